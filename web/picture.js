// The page's end of the worker: hands it canvases, settings and regions; spreads what it reports.
import { $ } from "./dom.js";
import { FLAG } from "./frame.js";
import { orientation } from "./orient.js";
import { palettes } from "./palettes.js";
import { settings } from "./settings.js";
import { listen, state, tell } from "./state.js";

const STALL_MS = 2500;
const STALL_FFC_MS = 5000; // around a shutter correction a sensor may send nothing for so long

const worker = new Worker("camera_worker.js", { type: "module", name: "camera" });
let axisHeld = null; // while a handle of the scale is being pulled

export const view = { orient: orientation(160, 120, 0, false), widthPx: 0, heightPx: 0, scalePx: 0 };

/** Sensor coordinates → CSS pixels within the picture, and back. */
export function toScreen(x, y) {
  const [u, v] = view.orient.toView(x, y);
  return [(u * view.widthPx) / view.orient.width, (v * view.heightPx) / view.orient.height];
}
export function toSensor(px, py) {
  return view.orient.toSensor(
    (px * view.orient.width) / view.widthPx,
    (py * view.orient.height) / view.heightPx,
  );
}

const colour = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();

function sendLayout() {
  const dpr = Math.min(3, window.devicePixelRatio || 1);
  const picture = $("picture").getBoundingClientRect();
  const scale = $("scale-canvas").getBoundingClientRect();
  view.widthPx = picture.width;
  view.heightPx = picture.height;
  view.scalePx = scale.height;
  const narrow = scale.width < 90;
  const bar = narrow ? 2 : 32;
  worker.postMessage({
    type: "layout",
    layout: {
      dpr,
      axis: axisHeld,
      soft: colour("--soft"),
      marks: { width: Math.round(picture.width * dpr), height: Math.round(picture.height * dpr) },
      scale: {
        width: Math.round(scale.width * dpr),
        height: Math.round(scale.height * dpr),
        bar: bar * dpr,
        barWidth: 14 * dpr,
        top: 10 * dpr,
        bottom: (scale.height - 10) * dpr,
      },
    },
  });
  tell("layout");
}

export function holdAxis(axis) {
  axisHeld = axis;
  sendLayout();
}

let sentPalette = null;
function sendSettings() {
  const palette = palettes.bytes(settings.palette);
  const { units, range, percent, isotherm, show, quarters, mirrored } = settings;
  worker.postMessage({
    type: "settings",
    settings: { units, range, percent, isotherm, show, quarters, mirrored },
    palette: palette === sentPalette ? null : palette,
  });
  sentPalette = palette;
}

function orientPicture() {
  const { frame } = state;
  const width = frame ? frame.width : 160,
    height = frame ? frame.height : 120;
  view.orient = orientation(width, height, settings.quarters, settings.mirrored);
  document.documentElement.style.setProperty("--aspect", String(view.orient.width / view.orient.height));
  $("pixels").classList.toggle("nearest", !settings.smooth);
}

export function sendRegions(list) {
  worker.postMessage({ type: "regions", regions: list });
}

export const retry = () => worker.postMessage({ type: "retry" });

// ---- what the worker reports ----

/** After a change of the viewer's: what is shown follows at once. */
function tickSoon() {
  requestAnimationFrame(() => tell("tick"));
}

const limitMs = () =>
  state.frame && (state.frame.flags & FLAG.FFC || state.frame.ffcState === 2) ? STALL_FFC_MS : STALL_MS;

function watchStall() {
  const age = performance.now() - state.frameAt;
  const stalled = state.frameAt > 0 && age > limitMs();
  if (stalled === (state.stalledSince !== null)) return;
  state.stalledSince = stalled ? Date.now() - age : null;
  tell("link", state.link);
}

worker.onmessage = ({ data }) => {
  switch (data.type) {
    case "frame": {
      const resized =
        !state.frame || state.frame.width !== data.frame.width || state.frame.height !== data.frame.height;
      state.frame = data.frame;
      if (data.due) {
        state.stats = data.stats;
        state.readings = new Map(data.readings);
        state.range = data.range;
        state.axis = data.axis;
      }
      const first = state.frameAt === 0;
      state.frameAt = performance.now();
      if (resized) {
        orientPicture();
        tell("orient");
      }
      if (first) {
        performance.mark("first-image");
        tell("first");
      }
      watchStall();
      tell("frame", data.frame);
      if (data.due) {
        tell("range");
        tell("tick");
      }
      break;
    }
    case "range":
      state.range = data.range;
      state.axis = data.axis;
      tell("range");
      break;
    case "document":
      if (data.document.type === "status") state.status = data.document;
      tell(data.document.type, data.document);
      break;
    case "link":
      state.link = data.link;
      tell("link", data.link);
      break;
    case "problem":
      console.warn(`live picture: ${data.text}`);
      break;
  }
};

/** Return: false when the browser is too old to paint in a worker. */
export const canPaint = () =>
  "OffscreenCanvas" in window && "transferControlToOffscreen" in HTMLCanvasElement.prototype;

export async function startPicture() {
  const canvases = [$("pixels"), $("marks"), $("scale-canvas")].map((c) => c.transferControlToOffscreen());
  worker.postMessage(
    { type: "canvases", picture: canvases[0], marks: canvases[1], scale: canvases[2] },
    canvases,
  );
  const url = new URL("/api/v1/live", location.href);
  url.protocol = url.protocol === "https:" ? "wss:" : "ws:";
  worker.postMessage({ type: "connect", url: url.href });
  orientPicture();
  new ResizeObserver(sendLayout).observe($("picture"));
  new ResizeObserver(sendLayout).observe($("scale-canvas"));
  matchMedia("(prefers-color-scheme: light)").addEventListener("change", sendLayout);
  setInterval(watchStall, 500);
  await palettes.load();
  sendSettings();
  listen("palettes", sendSettings);
  listen("settings", (change) => {
    if (change.quarters !== undefined || change.mirrored !== undefined || change.smooth !== undefined) {
      orientPicture();
      tell("orient");
    }
    if (change.theme !== undefined) sendLayout();
    sendSettings();
    tickSoon();
  });
}
