// The camera page from a file, with a camera that shows a photo.
//
//   node camera.mjs PAGE PHOTO LABEL OTHER_BUNDLE [--pictures FOLDER]
import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { Browser } from "../Page/browser.mjs";
import { check } from "./checks.mjs";
import { grayVideo, readPNG } from "./pictures.mjs";

const [page, photo, label, other, flag, pictures] = process.argv.slice(2);
const folder = mkdtempSync(join(tmpdir(), "camera-"));

// What a fake camera plays: JPEGs behind each other, or a video without compression.
const jpeg = photo.endsWith(".jpg"), video = join(folder, jpeg ? "camera.mjpeg" : "camera.y4m");
writeFileSync(video, jpeg ? Buffer.concat(Array(2).fill(readFileSync(photo))) : grayVideo(readPNG(photo), 32));

const camera = ["--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream", `--use-file-for-fake-video-capture=${video}`];
const browser = await Browser.start({ width: 390, height: 844, flags: camera });
const text = (selector) => browser.ask(`document.querySelector(${JSON.stringify(selector)}).textContent`);
const best = "#labels li:first-child .label";

/** Until an expression holds, at most 20 seconds. */
async function until(expression) {
  for (const end = performance.now() + 20_000; performance.now() < end;) {
    if (await browser.ask(`Boolean(${expression})`)) return;
    await new Promise((done) => setTimeout(done, 100));
  }
  throw new Error(`never: ${expression}; the page says '${await text("body main")}' '${await text("#message")}'`);
}
const shows = (name) => until(`document.querySelector("${best}").textContent === ${JSON.stringify(name)}`);

/** Nothing of the page is cut or lies outside the window. */
const pieces = "header, h1, #rate, #labels li, #stages dl > div, footer button:not([hidden])";
const misplaced = () => browser.ask(`[...document.querySelectorAll("${pieces}")]
  .filter((e) => { const r = e.getBoundingClientRect();
    const { visibility, display } = getComputedStyle(e);
    const inside = r.width > 0 && r.left >= 0 && r.top >= 0 && r.right <= innerWidth + 0.5 && r.bottom <= innerHeight + 0.5;
    return visibility === "visible" && display !== "none" && !inside; })
  .map((e) => e.tagName + " " + e.textContent.trim())`);

async function shot(name) {
  if (flag !== "--pictures") return;
  mkdirSync(pictures, { recursive: true });
  await browser.picture(join(pictures, `${name}.png`));
}

console.log("web: the camera page in Chromium");
try {
  await check("the camera's picture is named, with its rate and stages", async () => {
    await browser.open(resolve(page));
    await shows(label);
    await until(`Number(document.querySelector("#fps").textContent) >= 3`);
    await new Promise((done) => setTimeout(done, 2000));
    const stages = await browser.ask(`Object.fromEntries(["camera", "prepare", "run", "show", "total"]
      .map((name) => [name, Number(document.querySelector("#stage-" + name).textContent)]))`);
    const { camera, prepare, run, show, total } = stages;
    assert.ok(run > 0 && total > 0 && Math.abs(camera + prepare + run + show - total) < 0.5, JSON.stringify(stages));
    return `${label} ${await text("#labels li:first-child .share")}, ${await text("#fps")} fps, ms ${JSON.stringify(stages)}`;
  });

  await check("it fits phones, tablets and desktops, light and dark", async () => {
    const sizes = [[390, 844], [320, 568], [844, 390], [820, 1180], [1280, 800]];
    for (const scheme of ["light", "dark"]) {
      await browser.send("Emulation.setEmulatedMedia", { features: [{ name: "prefers-color-scheme", value: scheme }] });
      for (const [width, height] of sizes) {
        await browser.size(width, height);
        await browser.frames(3);
        assert.deepEqual(await misplaced(), [], `${width}x${height}`);
        await shot(`camera-${width}x${height}-${scheme}`);
      }
    }
    await browser.size(390, 844);
    return sizes.map((size) => size.join("x")).join(", ");
  });

  await check("a pause stops it, and it goes on", async () => {
    const press = () => browser.ask(`document.querySelector("#pause").click()`);
    await press();
    assert.equal(await browser.ask(`document.querySelector("#video").paused`), true);
    await press();
    await until(`!document.querySelector("#video").paused`);
    await shows(label);
  });

  // A file as the page gets it from a person: dropped, or chosen.
  const file = (path, name, type) => `new File([Uint8Array.from(atob("${readFileSync(path).toString("base64")}"), (c) => c.charCodeAt(0))],
    ${JSON.stringify(name)}, { type: "${type}" })`;
  const drop = (made) => browser.ask(`{
    const dataTransfer = new DataTransfer(), view = document.querySelector("#view");
    dataTransfer.items.add(${made});
    for (const type of ["dragenter", "dragover", "drop"]) view.dispatchEvent(new DragEvent(type, { dataTransfer, bubbles: true }));
  }`);

  await check("a photo that is dropped is named", async () => {
    await drop(file(photo, "photo", jpeg ? "image/jpeg" : "image/png"));
    await until(`!document.querySelector("#photo").hidden`);
    await shows(label);
    await shot("photo");
    await browser.ask(`document.querySelector("#pause").click()`);
    await until(`document.querySelector("#photo").hidden && !document.querySelector("#video").paused`);
  });

  await check("a bundle that is dropped is used, and one that is none is refused", async () => {
    await drop(file(other, "digits.o2m", ""));
    await until(`document.querySelector("#name").textContent === "digits.o2m"`);
    await until(`/^(zero|one|two|three|four|five|six|seven|eight|nine)$/.test(document.querySelector("${best}").textContent)`);
    await drop(file(import.meta.filename, "camera.mjs", ""));
    await until(`!document.querySelector("#message").hidden`);
    assert.match(await text("#message"), /not a bundle/);
    await shot("message");
    assert.equal(await text("#name"), "digits.o2m");
  });

  await check("boxes and maps are drawn over the picture", async () => {
    const made = (name) => join(dirname(other), `${name}.installed.o2m`);
    await drop(file(made("detector"), "detector.o2m", ""));
    await until(`document.querySelector("#name").textContent === "detector.o2m" && document.querySelectorAll("#boxes rect").length === 2`);
    const [view, ...boxes] = await browser.ask(`[...document.querySelectorAll("#view, #boxes rect")].map((part) => {
      const { left, top, right, bottom } = part.getBoundingClientRect();
      return [left, top, right, bottom].map(Math.round);
    })`);
    assert.ok(boxes.every(([left, top, right, bottom]) => right > left && bottom > top && left < view[2] && top < view[3]), `${boxes}`);
    assert.equal(await browser.ask(`document.querySelector("#map").hidden`), true);
    await shot("boxes");
    await drop(file(made("segmentation"), "segmentation.o2m", ""));
    await until(`document.querySelector("#name").textContent === "segmentation.o2m" && !document.querySelector("#map").hidden`);
    await until(`document.querySelector("#map").width > 0 && document.querySelector("#boxes").hasAttribute("hidden")`);
    await shot("map");
    await drop(file(other, "digits.o2m", ""));
    await until(`document.querySelector("#map").hidden && document.querySelector("#name").textContent === "digits.o2m"`);
    return `${boxes.length} boxes in ${view}`;
  });

  await check("nothing is asked of a network, and the console is empty", () => {
    assert.deepEqual(browser.complaints.filter((line) => !line.startsWith("request: blob:")), []);
  });

  await check("without a camera it says so and takes photos", async () => {
    await browser.ask(`navigator.mediaDevices.getUserMedia = () => Promise.reject(new Error("Requested device not found"));
      document.querySelector("#again").click()`);
    await until(`!document.querySelector("#notice").hidden`);
    assert.match(await text("#notice"), /Requested device not found/);
    await until(`document.querySelector("#labels li").style.visibility === "hidden"`);
    await shot("no-camera");
    await drop(file(photo, "photo", jpeg ? "image/jpeg" : "image/png"));
    await until(`!document.querySelector("#photo").hidden && document.querySelector("#notice").hidden`);
  });
} finally {
  await browser.stop();
  rmSync(folder, { recursive: true, force: true });
}
