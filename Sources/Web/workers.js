// What a worker does: an instance of its own on the memory of all, which then waits inside for work.
const script = `const go = (post, { module, memory, stack, worker }) => {
  const { exports } = new WebAssembly.Instance(module, { env: { memory } });
  exports.__stack_pointer.value = stack;
  post("ready");
  try { exports.o2m_worker_run(worker); } catch { exports.o2m_worker_failed(); }
};
`;
const forPages = `${script}self.onmessage = ({ data }) => go((text) => self.postMessage(text), data);`;
const forNode = `${script}const { parentPort, workerData } = require("node:worker_threads");
go((text) => parentPort.postMessage(text), workerData);`;

/** Threads beside the one that runs the module. They end with `end`. */
export class Workers {
  /** Whether this page, or this Node, can share memory with workers. */
  static areThere() {
    return typeof SharedArrayBuffer === "function" && globalThis.crossOriginIsolated !== false
      && (typeof Worker === "function" || Boolean(nodeThreads()));
  }

  /** How many threads pay on this device where nothing is said: one, where memory cannot be shared without a word. */
  static get usual() {
    return globalThis.crossOriginIsolated ? Math.min(4, Math.ceil((globalThis.navigator?.hardwareConcurrency ?? 1) / 2)) : 1;
  }

  #workers = [];

  /** `stack()` gives the end of a worker's stack. */
  constructor(module, memory, count, stack) {
    const starting = [];
    for (let worker = 0; worker < count; worker++) starting.push(this.#start({ module, memory, stack: stack(), worker }));
    this.ready = Promise.all(starting);
  }

  #start(what) {
    return new Promise((done, fail) => {
      const threads = typeof Worker === "function" ? undefined : nodeThreads();
      if (threads) {
        const worker = new threads.Worker(forNode, { eval: true, workerData: what });
        this.#workers.push(worker);
        worker.once("error", fail);
        worker.once("message", () => {
          worker.unref();  // it waits for ever, and the process need not wait for it
          done();
        });
        return;
      }
      const address = URL.createObjectURL(new Blob([forPages], { type: "text/javascript" }));
      const worker = new Worker(address, { type: "module" });
      this.#workers.push(worker);
      worker.onmessage = () => { URL.revokeObjectURL(address); done(); };
      worker.onerror = (event) => { URL.revokeObjectURL(address); fail(event); };
      worker.postMessage(what);
    });
  }

  end() { for (const worker of this.#workers.splice(0)) worker.terminate(); }
}

const nodeThreads = () => globalThis.process?.getBuiltinModule?.("node:worker_threads");
