// The worker: holds the connection, paints the picture, measures. The page's main thread only gets
// results, so it stays free whatever the frame rate is.
import { FLAG, isRadiometric, kelvinOfValue, parseFrame, valueOfKelvin } from "./frame.js";
import { Live } from "./live.js";
import { drawMarks } from "./marks.js";
import { orientation } from "./orient.js";
import { colourWord, paint, paletteWords } from "./paint.js";
import { AutoRange, axisOf, statsOf } from "./range.js";
import { measureRegion } from "./readings.js";
import { drawScale } from "./scale_draw.js";
import * as degrees from "./degrees.js";
import { cameraOf } from "./state.js";

let live = null;
let picture = null,
  marks = null,
  scale = null; // {canvas, ctx}
let image = null,
  imageWords = null,
  orient = null;
let frame = null,
  stats = null,
  range = null;
let words = paletteWords(new Uint8Array(768).map((_, i) => Math.floor(i / 3)));
let settings = null,
  layout = null;
let regions = [];
let camera = {}; // what the status says of the camera's own correction
const auto = new AutoRange();
let autoKind = "";

const valueText = (value) => {
  if (!frame) return "";
  return isRadiometric(frame)
    ? degrees.temperature(kelvinOfValue(frame, value), settings.units)
    : degrees.counts(value);
};

/** The range in pixel values: the one set by hand, or the automatic one. */
function rangeNow(fresh) {
  const { mode } = settings.range;
  if (mode === "manual") {
    const hand = isRadiometric(frame) ? settings.range.kelvin : settings.range.counts;
    if (hand)
      return isRadiometric(frame)
        ? { low: valueOfKelvin(frame, hand[0]), high: valueOfKelvin(frame, hand[1]) }
        : { low: hand[0], high: hand[1] };
  }
  const kind = `${mode} ${frame.unit} ${frame.scaleCk} ${settings.percent}`;
  if (kind !== autoKind) auto.reset();
  autoKind = kind;
  // A shutter's picture says nothing about the scene: the range waits.
  if (auto.low === null || (fresh && !(frame.flags & FLAG.FFC))) auto.next(stats, mode, settings.percent, frame.pixels);
  return auto.now();
}

function isotherm() {
  const { mode, low, high, colour } = settings.isotherm;
  if (mode === "off" || !isRadiometric(frame)) return null;
  const word = colourWord(colour);
  return {
    word,
    low: mode === "below" ? 0 : valueOfKelvin(frame, low),
    high: mode === "above" ? 65535 : valueOfKelvin(frame, high),
  };
}

function paintPicture() {
  if (!orient || orient.of !== `${frame.width} ${frame.height} ${settings.quarters} ${settings.mirrored}`) {
    orient = orientation(frame.width, frame.height, settings.quarters, settings.mirrored);
    orient.of = `${frame.width} ${frame.height} ${settings.quarters} ${settings.mirrored}`;
    orient.centre = [Math.floor(frame.width / 2), Math.floor(frame.height / 2)];
    picture.canvas.width = orient.width;
    picture.canvas.height = orient.height;
    image = new ImageData(orient.width, orient.height);
    imageWords = new Uint32Array(image.data.buffer);
  }
  paint(imageWords, frame.pixels, orient, words, range, isotherm());
  picture.ctx.putImageData(image, 0, 0);
}

function paintMarks() {
  if (!layout || !layout.marks.width) return;
  const t = { orient, unit: layout.dpr, width: layout.marks.width, height: layout.marks.height };
  t.scaleX = t.width / orient.width;
  t.scaleY = t.height / orient.height;
  drawMarks(marks.ctx, t, {
    stats,
    show: settings.show,
    spotmeter: frame.spotmeter,
    text: valueText,
    regions: regions.map((region) => ({ ...region, label: labelOf(region) })),
  });
}

function labelOf(region) {
  const r = region.reading;
  if (!r || !r.count) return region.name;
  const shown = region.shape === "spot" ? r.mean : r.max;
  const text = r.radiometric ? degrees.temperature(shown, settings.units) : degrees.counts(shown);
  return `${region.name}  ${text}`;
}

function paintScale() {
  if (!layout || !layout.scale.width) return;
  const { dpr } = layout;
  const radiometric = isRadiometric(frame);
  const axis = layout.axis || axisOf(range, stats, settings.range.mode !== "minmax");
  drawScale(
    scale.ctx,
    { ...layout.scale, unit: dpr },
    {
      axis,
      range,
      stats,
      palette: words,
      soft: layout.soft,
      handles: true,
      show: (v) => (radiometric ? degrees.fromKelvin(kelvinOfValue(frame, v), settings.units) : v),
      text: (v, step) => degrees.number(v, step < 1 && radiometric ? 1 : 0),
    },
  );
  return axis;
}

// The picture follows every frame; numbers, marks and the scale every third or fourth: faster cannot
// be read, and everything that changes costs the page a little.
const CALM_MS = 350;
let calmAt = -Infinity,
  axis = null;

function redraw(fresh) {
  if (!frame || !settings || !picture) return false;
  range = rangeNow(fresh);
  paintPicture();
  const now = performance.now();
  const due = !fresh || now - calmAt >= CALM_MS;
  if (due) {
    calmAt = now;
    for (const region of regions) region.reading = measureRegion(region, frame, camera);
    paintMarks();
    axis = paintScale() || null;
  }
  if (!fresh) postMessage({ type: "range", range, axis });
  return due;
}

/** A new frame: on the screen, and to the page. */
function show() {
  const due = redraw(true);
  const { pixels, ...header } = frame;
  const copy = pixels.slice();
  postMessage(
    {
      type: "frame",
      frame: { ...header, pixels: copy },
      stats: due ? { ...stats, bins: null } : null,
      readings: due ? regions.map((r) => [r.name, r.reading]) : null,
      range,
      axis,
      due,
    },
    [copy.buffer],
  );
}

const listener = {
  frame(buffer) {
    let next;
    try {
      next = parseFrame(buffer);
    } catch (error) {
      postMessage({ type: "problem", text: error.message });
      return;
    }
    frame = next;
    stats = statsOf(frame.pixels, frame.width);
    if (settings && picture) show();
  },
  document(document) {
    if (document.type === "status") camera = cameraOf(document);
    postMessage({ type: "document", document });
  },
  link(link) {
    postMessage({ type: "link", link });
  },
};

onmessage = ({ data }) => {
  switch (data.type) {
    case "canvases":
      picture = { canvas: data.picture, ctx: data.picture.getContext("2d", { alpha: false }) };
      marks = { canvas: data.marks, ctx: data.marks.getContext("2d") };
      scale = { canvas: data.scale, ctx: data.scale.getContext("2d") };
      break;
    case "connect":
      live?.close();
      live = new Live(data.url, listener);
      live.open();
      break;
    case "retry":
      live?.open();
      break;
    case "settings": {
      const first = !settings;
      settings = data.settings;
      if (data.palette) words = paletteWords(data.palette);
      if (first && frame) show();
      else redraw(false);
      break;
    }
    case "layout":
      for (const [held, size] of [
        [marks, data.layout.marks],
        [scale, data.layout.scale],
      ])
        if (held.canvas.width !== size.width || held.canvas.height !== size.height) {
          held.canvas.width = size.width;
          held.canvas.height = size.height;
        }
      layout = data.layout;
      redraw(false);
      break;
    case "regions":
      regions = data.regions;
      redraw(false);
      break;
  }
};
