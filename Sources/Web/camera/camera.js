import { load, unpacked } from "./onnx2mobile.js";

// The page: a picture from the camera or a file goes to the model; what it is and how long each stage took is shown.

const $ = (id) => document.getElementById(id);
const video = $("video"), photo = $("photo");
const rows = 5;
const state = { model: undefined, facing: "environment", paused: false, stages: undefined, times: [] };

for (let row = 0; row < rows; row++) {
  const line = document.createElement("li");
  line.innerHTML = `<span class="label">&nbsp;</span><span class="share"></span><div class="bar"><i></i></div>`;
  $("labels").append(line);
}

/** ImageNet's labels begin with a number of WordNet and go on with synonyms. */
const shortened = (label) => label.replace(/^n\d{8} /, "").replace(/,.*/, "");

function show(best) {
  [...$("labels").children].forEach((line, row) => {
    const [label, share, bar] = line.children, item = best[row];
    line.style.visibility = item ? "visible" : "hidden";
    if (!item) return;
    label.textContent = shortened(item.label);
    label.title = item.label;
    share.textContent = `${(100 * item.probability).toFixed(item.probability > 0.995 ? 0 : 1)} %`;
    bar.firstElementChild.style.transform = `scaleX(${item.probability || 0})`;
  });
}

/** Times wander from frame to frame: what is shown follows a tenth of the way. */
function showStages(stages) {
  state.stages = state.stages ? state.stages.map((value, index) => value + 0.1 * (stages[index] - value)) : stages;
  [...document.querySelectorAll(".track i")].forEach((part, index) => { part.style.flexGrow = state.stages[index]; });
  ["camera", "prepare", "run", "show"].forEach((name, index) => { $(`stage-${name}`).textContent = state.stages[index].toFixed(1); });
  $("stage-total").textContent = state.stages.reduce((sum, value) => sum + value).toFixed(1);
}

function showRate(now) {
  state.times = state.times.filter((time) => time > now - 1000);
  state.times.push(now);
  const [first] = state.times;
  if (now > first) $("fps").textContent = Math.round((1000 * (state.times.length - 1)) / (now - first));
}

let hiding;
function complain(problem) {
  $("message").textContent = problem.message;
  $("message").hidden = false;
  clearTimeout(hiding);
  hiding = setTimeout(() => { $("message").hidden = true; }, 8000);
}

/** A colour for each class, as red, green and blue: turned by the golden angle from one to the next. */
const colors = Array.from({ length: 256 }, (_, index) => {
  const part = (from) => {
    const place = (from + (index * 137.508) / 30) % 12;
    return Math.round(255 * (0.55 - 0.4 * Math.max(-1, Math.min(place - 3, 9 - place, 1))));
  };
  return [part(0), part(8), part(4)];
});

/** Boxes over the picture, which is cut as it is. A front camera's picture is shown mirrored, its labels are not. */
function showBoxes(boxes, width, height) {
  const mirrored = photo.hidden && $("view").classList.contains("front"), size = Math.max(width, height) / 32;
  $("boxes").setAttribute("viewBox", `0 0 ${width} ${height}`);
  $("boxes").setAttribute("preserveAspectRatio", photo.hidden ? "xMidYMid slice" : "xMidYMid meet");
  const draw = (name, attributes, text = "") => {
    const part = document.createElementNS("http://www.w3.org/2000/svg", name);
    for (const [key, value] of Object.entries(attributes)) part.setAttribute(key, value);
    part.textContent = text;
    return part;
  };
  $("boxes").replaceChildren(...boxes.flatMap((box) => {
    const x = mirrored ? width - box.x - box.width : box.x, { y } = box;
    return [
      draw("rect", { x, y, width: box.width, height: box.height, rx: size / 6, style: `--color: rgb(${colors[box.index % 256]})` }),
      draw("text", { x: x + size / 4, y: y + 1.1 * size, "font-size": size }, shortened(box.label)),
    ];
  }));
}

/** The map over the picture; what is class 0, usually the background, stays as it is. */
function showMap({ width, height, classes }) {
  const canvas = $("map"), context = canvas.getContext("2d"), image = context.createImageData(width, height);
  Object.assign(canvas, { width, height });
  classes.forEach((index, pixel) => {
    if (index === 0 || index === 255) return;
    image.data.set([...colors[index], 255], 4 * pixel);
  });
  context.putImageData(image, 0, 0);
}
/** What a list of classes and shares says of a map. */
function shares({ classes }) {
  const counts = new Map();
  for (const index of classes) if (index !== 255) counts.set(index, (counts.get(index) ?? 0) + 1);
  const all = [...counts.values()].reduce((sum, count) => sum + count, 0);
  return [...counts].sort((a, b) => b[1] - a[1])
    .map(([index, count]) => ({ label: state.model.labels[index] ?? String(index), probability: count / all }));
}

/** Asks the model what it was made for, and shows the answer. */
async function ask(picture) {
  const { model } = state, width = picture.videoWidth ?? picture.naturalWidth, height = picture.videoHeight ?? picture.naturalHeight;
  $("boxes").toggleAttribute("hidden", model.task !== "detect");
  $("map").hidden = model.task !== "segment";
  if (model.task === "detect") {
    const boxes = await model.detect(picture);
    showBoxes(boxes, width, height);
    show(boxes.map(({ label, score }) => ({ label, probability: score })));
  } else if (model.task === "segment") {
    const scale = Math.min(1, 480 / Math.max(width, height));
    const map = await model.segment(picture, { width: Math.round(width * scale), height: Math.round(height * scale) });
    showMap(map);
    show(shares(map));
  } else {
    show(await model.classify(picture, { top: rows }));
  }
}

async function look(picture) {
  const start = performance.now();
  await ask(picture);
  const { pixels, prepare, run } = state.model.timings;
  const end = performance.now();
  showStages([pixels, prepare, run, Math.max(0, end - start - pixels - prepare - run)]);
  showRate(end);
}

/** Frame by frame, as they come; one that comes while another is looked at is left out. */
async function follow() {
  try {
    if (state.model && !state.paused && photo.hidden && video.readyState >= 2 && video.videoWidth) await look(video);
  } catch (problem) {
    pause(true);
    complain(problem);
  }
  if (video.requestVideoFrameCallback && video.srcObject && !video.paused) {
    // A camera that stops gives no more frames: look again in a while.
    let called = false;
    const once = () => { if (!called) { called = true; clearTimeout(late); follow(); } };
    const late = setTimeout(once, 500);
    video.requestVideoFrameCallback(once);
  } else {
    setTimeout(follow, 100);
  }
}

function pause(paused) {
  state.paused = paused;
  if (paused) video.pause();
  else video.play().catch(() => {});
  $("pause").textContent = paused ? "Go on" : "Pause";
}

async function openCamera() {
  photo.hidden = $("notice").hidden = true;
  $("rate").hidden = false;
  for (const track of video.srcObject?.getTracks() ?? []) track.stop();
  video.srcObject = null;
  try {
    if (!navigator.mediaDevices) throw new Error("this page must come from https or a file");
    const wanted = { facingMode: { ideal: state.facing }, width: { ideal: 1280 }, height: { ideal: 720 } };
    video.srcObject = await navigator.mediaDevices.getUserMedia({ video: wanted, audio: false });
    const facing = video.srcObject.getVideoTracks()[0].getSettings().facingMode ?? "user";
    $("view").classList.toggle("front", facing === "user");
    pause(false);
    const devices = await navigator.mediaDevices.enumerateDevices();
    $("switch").hidden = devices.filter((device) => device.kind === "videoinput").length < 2;
  } catch (problem) {
    $("notice").firstElementChild.textContent = `No camera (${problem.message}). Open a photo instead, or drop one here.`;
    $("notice").hidden = false;
    show([]);
  }
}

async function openPhoto(file) {
  photo.src = URL.createObjectURL(file);
  await photo.decode();
  photo.hidden = false;
  $("rate").hidden = $("notice").hidden = true;
  $("pause").textContent = "Camera";
  Object.assign(state, { stages: undefined, times: [] });
  await look(photo);
}

async function openBundle(source, name) {
  const model = await load(source);
  state.model?.dispose();
  Object.assign(state, { model, stages: undefined, times: [] });
  $("name").textContent = name;
  document.title = `${name} · onnx2mobile camera`;
  if (!photo.hidden) await look(photo);
}

async function openFile(file) {
  if (!file) return;
  $("message").hidden = true;
  try {
    await (file.type.startsWith("image/") ? openPhoto(file) : openBundle(file, file.name));
  } catch (problem) {
    const what = problem.name === "EncodingError" ? "this is not a picture that can be decoded here" : problem.message;
    complain(new Error(`${file.name}: ${what}`));
  }
}

$("open").addEventListener("click", () => $("file").click());
$("file").addEventListener("change", async ({ target }) => {
  await openFile(target.files[0]);
  target.value = "";
});
$("again").addEventListener("click", openCamera);
$("switch").addEventListener("click", () => {
  state.facing = state.facing === "user" ? "environment" : "user";
  openCamera();
});
$("pause").addEventListener("click", () => (photo.hidden ? pause(!state.paused) : openCamera()));
$("message").addEventListener("click", () => { $("message").hidden = true; });

let inside = 0;
addEventListener("dragenter", () => { $("drop").hidden = ++inside === 0; });
addEventListener("dragleave", () => { $("drop").hidden = --inside <= 0; });
addEventListener("dragover", (event) => event.preventDefault());
addEventListener("drop", (event) => {
  event.preventDefault();
  inside = 0;
  $("drop").hidden = true;
  openFile(event.dataTransfer.files[0]);
});

try {
  await openBundle(await unpacked($("bundle").textContent), $("name").textContent);
} catch (problem) {
  complain(problem);
}
openCamera();
follow();
