// A headless Chromium behind the DevTools protocol, over two pipes: nothing but Node is needed.
import { spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

export class Browser {
  static async start({ width = 1440, height = 900, flags = [] } = {}) {
    const browser = new Browser();
    browser.folder = mkdtempSync(join(tmpdir(), "page-"));
    browser.process = spawn(process.env.CHROMIUM ?? "chromium", [
      "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--remote-debugging-pipe", "--hide-scrollbars", "--no-first-run", "--disable-extensions",
      "--disable-background-networking", `--user-data-dir=${browser.folder}`, `--window-size=${width},${height}`, ...flags, "about:blank",
    ], { stdio: ["ignore", "ignore", "ignore", "pipe", "pipe"] });
    Object.assign(browser, { next: 1, waiting: new Map(), events: [], listeners: [] });
    let rest = Buffer.alloc(0);
    browser.process.stdio[4].on("data", (bytes) => {
      rest = Buffer.concat([rest, bytes]);
      for (let end = rest.indexOf(0); end >= 0; end = rest.indexOf(0)) {
        browser.receive(JSON.parse(rest.subarray(0, end).toString()));
        rest = rest.subarray(end + 1);
      }
    });
    const { targetId } = await browser.send("Target.createTarget", { url: "about:blank" });
    browser.session = (await browser.send("Target.attachToTarget", { targetId, flatten: true })).sessionId;
    for (const domain of ["Page", "Runtime", "Log", "Network"]) await browser.send(domain + ".enable");
    await browser.size(width, height);
    return browser;
  }

  receive(message) {
    if (message.id) {
      const { resolve, reject } = this.waiting.get(message.id);
      this.waiting.delete(message.id);
      if (message.error) reject(new Error(message.error.message));
      else resolve(message.result);
      return;
    }
    this.events.push(message);
    for (const listener of [...this.listeners]) listener(message);
  }

  send(method, params = {}) {
    const id = this.next++;
    this.process.stdio[3].write(JSON.stringify({ id, method, params, sessionId: this.session }) + "\0");
    return new Promise((resolve, reject) => this.waiting.set(id, { resolve, reject }));
  }

  size(width, height) { return this.send("Emulation.setDeviceMetricsOverride", { width, height, deviceScaleFactor: 1, mobile: false }); }

  once(method) {
    return new Promise((resolve) => {
      const listener = (message) => {
        if (message.method !== method) return;
        this.listeners.splice(this.listeners.indexOf(listener), 1);
        resolve(message.params);
      };
      this.listeners.push(listener);
    });
  }

  // Milliseconds until the page is there and drawn.
  async open(path, hash = "") {
    const left = this.once("Page.loadEventFired");
    await this.send("Page.navigate", { url: "about:blank" });
    await left;
    this.events.length = 0;
    const start = performance.now(), loaded = this.once("Page.loadEventFired");
    await this.send("Page.navigate", { url: "file://" + path + hash });
    await loaded;
    await this.frames(2);
    return performance.now() - start;
  }

  // The value of an expression, or of the promise that it is.
  async ask(expression) {
    const { result, exceptionDetails } = await this.send("Runtime.evaluate", { expression, awaitPromise: true, returnByValue: true });
    if (exceptionDetails) throw new Error(expression.slice(0, 200) + ": " + (exceptionDetails.exception?.description ?? exceptionDetails.text));
    return result.value;
  }

  frames(count) {
    return this.ask(`new Promise((done) => { let left = ${count}; const step = () => (left-- > 0 ? requestAnimationFrame(step) : done(true)); step(); })`);
  }

  async settle() {
    await this.ask("new Promise((done) => { const look = () => (page.view.walk || page.view.pending ? requestAnimationFrame(look) : done(true)); look(); })");
    await this.frames(2);
  }

  async click(x, y) {
    for (const type of ["mouseMoved", "mousePressed", "mouseReleased"]) {
      await this.send("Input.dispatchMouseEvent", { type, x, y, button: type === "mouseMoved" ? "none" : "left", clickCount: type === "mouseMoved" ? 0 : 1 });
    }
    await this.settle();
  }

  async clickOn(selector) {
    const place = await this.ask(`(() => { const e = document.querySelector(${JSON.stringify(selector)}); e.scrollIntoView({ block: "nearest" }); const r = e.getBoundingClientRect(); return [r.x + r.width / 2, r.y + r.height / 2]; })()`);
    await this.click(...place);
  }

  async press(key, { shift = false } = {}) {
    const text = key.length === 1 ? key : key === "Enter" ? "\r" : undefined;
    const common = { key, modifiers: shift ? 8 : 0, windowsVirtualKeyCode: key === "Enter" ? 13 : undefined };
    await this.send("Input.dispatchKeyEvent", { type: "keyDown", text, ...common });
    await this.send("Input.dispatchKeyEvent", { type: "keyUp", ...common });
    await this.settle();
  }

  async type(text) { for (const letter of text) await this.press(letter); }

  async picture(path) {
    const { writeFileSync } = await import("node:fs");
    const { data } = await this.send("Page.captureScreenshot", { format: "png" });
    writeFileSync(path, Buffer.from(data, "base64"));
  }

  // What went wrong since the page was opened: errors of scripts, warnings of the console, requests.
  get complaints() {
    return this.events.flatMap(({ method, params }) => {
      if (method === "Runtime.exceptionThrown") return [params.exceptionDetails.exception?.description ?? params.exceptionDetails.text];
      if (method === "Runtime.consoleAPICalled" && ["error", "warning"].includes(params.type)) return ["console: " + params.args.map((arg) => arg.value ?? arg.description).join(" ")];
      if (method === "Log.entryAdded" && ["error", "warning"].includes(params.entry.level)) return ["log: " + params.entry.text];
      if (method === "Network.requestWillBeSent" && !params.request.url.startsWith("file:")) return ["request: " + params.request.url.slice(0, 120)];
      return [];
    });
  }

  async stop() {
    try { await Promise.race([this.send("Browser.close"), new Promise((done) => setTimeout(done, 3000))]); } catch { /* it is gone */ }
    const gone = new Promise((done) => this.process.once("exit", done));
    if (this.process.exitCode === null && this.process.kill()) await Promise.race([gone, new Promise((done) => setTimeout(done, 3000))]);
    await new Promise((done) => setTimeout(done, 300));  // its children write for a while
    rmSync(this.folder, { recursive: true, force: true, maxRetries: 20 });
  }
}
