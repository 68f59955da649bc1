// A picture of what is on the screen, with scale and caption, as a PNG.
import * as degrees from "./degrees.js";
import { isRadiometric, kelvinOfValue, valueOfKelvin } from "./frame.js";
import { drawMarks, REGION_COLOURS } from "./marks.js";
import { orientation } from "./orient.js";
import { colourWord, paint, paletteWords } from "./paint.js";
import { palettes } from "./palettes.js";
import { axisOf } from "./range.js";
import { regions, slotOf } from "./regions.js";
import { fileName, saveBlob } from "./save.js";
import { drawScale } from "./scale_draw.js";
import { settings } from "./settings.js";
import { state } from "./state.js";
import { say } from "./overlay.js";
import { pixelText, readingText, unitText } from "./values.js";

const SCALE = 6,
  MARGIN = 24,
  BAR = 130,
  FOOT = 64;

function isotherm(frame) {
  const { mode, low, high, colour } = settings.isotherm;
  if (mode === "off" || !isRadiometric(frame)) return null;
  return {
    word: colourWord(colour),
    low: mode === "below" ? 0 : valueOfKelvin(frame, low),
    high: mode === "above" ? 65535 : valueOfKelvin(frame, high),
  };
}

function native(frame, orient, words) {
  const canvas = new OffscreenCanvas(orient.width, orient.height);
  const image = new ImageData(orient.width, orient.height);
  paint(new Uint32Array(image.data.buffer), frame.pixels, orient, words, state.range, isotherm(frame));
  canvas.getContext("2d").putImageData(image, 0, 0);
  return canvas;
}

export async function picturePng() {
  const { frame, stats, range } = state;
  if (!frame || !range) return null;
  const words = paletteWords(palettes.bytes(settings.palette));
  const orient = orientation(frame.width, frame.height, settings.quarters, settings.mirrored);
  orient.centre = [Math.floor(frame.width / 2), Math.floor(frame.height / 2)];
  const width = orient.width * SCALE,
    height = orient.height * SCALE;
  const canvas = new OffscreenCanvas(width + 2 * MARGIN + BAR, height + MARGIN + FOOT);
  const ctx = canvas.getContext("2d");
  ctx.fillStyle = "#12151b";
  ctx.fillRect(0, 0, canvas.width, canvas.height);
  ctx.imageSmoothingEnabled = settings.smooth;
  ctx.imageSmoothingQuality = "high";
  ctx.drawImage(native(frame, orient, words), MARGIN, MARGIN, width, height);

  const unit = 2;
  const marks = new OffscreenCanvas(width, height);
  drawMarks(
    marks.getContext("2d"),
    { orient, scaleX: SCALE, scaleY: SCALE, width, height, unit: 1.7 },
    {
      stats,
      show: settings.show,
      spotmeter: frame.spotmeter,
      text: (v) => pixelText(v),
      regions: regions.list.map((r) => {
        const reading = state.readings.get(r.name);
        return {
          ...r,
          colour: REGION_COLOURS[slotOf(r.name)],
          label: `${r.name}  ${readingText(reading, reading?.[r.shape === "spot" ? "mean" : "max"] ?? null)} ${unitText()}`,
        };
      }),
    },
  );
  ctx.drawImage(marks, MARGIN, MARGIN);

  const scale = new OffscreenCanvas(BAR, height);
  drawScale(
    scale.getContext("2d"),
    { width: BAR, height, unit, bar: 12, barWidth: 30, top: 12, bottom: height - 12 },
    {
      axis: axisOf(range, null, false),
      range,
      stats: null,
      palette: words,
      soft: "#c3cbd6",
      handles: false,
      show: (v) => (isRadiometric(frame) ? degrees.fromKelvin(kelvinOfValue(frame, v), settings.units) : v),
      text: (v, step) => `${degrees.number(v, step < 1 && isRadiometric(frame) ? 1 : 0)} ${unitText()}`,
    },
  );
  ctx.drawImage(scale, MARGIN + width + 10, MARGIN);

  ctx.fillStyle = "#e3e7ed";
  ctx.font = "600 22px system-ui, sans-serif";
  ctx.textBaseline = "middle";
  const y = MARGIN + height + FOOT / 2 - 4;
  const name = String(state.status?.name || "ironbow").slice(0, 60);
  ctx.fillText(name, MARGIN, y);
  const after = MARGIN + ctx.measureText(`${name}   `).width;
  ctx.fillStyle = "#9aa5b4";
  ctx.font = "20px system-ui, sans-serif";
  const emissivity = state.status?.config?.emissivity;
  const about = isRadiometric(frame) && emissivity ? `, emissivity ${(emissivity / 100).toFixed(2)}` : "";
  ctx.fillText(`${new Date(frame.wallUs / 1000).toLocaleString([], { hour12: false })}${about}`, after, y);
  return canvas.convertToBlob({ type: "image/png" });
}

export async function savePng() {
  const blob = await picturePng();
  if (!blob) return say("There is no picture yet");
  const name = fileName("png");
  saveBlob(blob, name);
  say(`${name} saved`);
}
