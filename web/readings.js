// What the page asks of measuring, in the page's own terms: measure.js does the work.
import { FLAG, GAIN_NAMES, UNIT } from "./frame.js";
import { compile, kelvinOf, linePixels, measure, objectOf, sensorOfFrame } from "./measure.js";

const UNITS = { [UNIT.COUNTS]: "counts", [UNIT.KELVIN]: "kelvin", [UNIT.GREY8]: "grey8" };
const ROW_B_EMISSIVITY = 80 + 19; // word 19 of telemetry row B: what the camera corrected with, 8192 = 1

/** The frame as measure.js takes it. `camera`: {emissivity} that the camera was told, when the frame does not say. */
function measurable(frame, camera) {
  const telemetry = new Uint16Array(240);
  if (frame.applied) telemetry.set(frame.applied, ROW_B_EMISSIVITY);
  else telemetry[ROW_B_EMISSIVITY] = Math.round((camera.emissivity ?? 1) * 8192);
  return {
    width: frame.width,
    height: frame.height,
    pixels: frame.pixels,
    unit: UNITS[frame.unit],
    agc: frame.agc ? 1 : 0,
    scale_ck: frame.scaleCk,
    gain: GAIN_NAMES[frame.gain] ?? "unknown",
    housing_ck: frame.housingCk,
    telemetry,
    flags: { ffc: !!(frame.flags & FLAG.FFC), after_gap: !!(frame.flags & FLAG.AFTER_GAP) },
  };
}

function doubtOf({ flags, impossible }) {
  if (flags.impossible) return `${impossible} pixels give no temperature with this emissivity`;
  if (flags.saturated) return "some pixels are at the end of their range";
  if (flags.out_of_range) return "beyond what the sensor is specified for";
  if (flags.clipped) return "partly outside of the picture";
  return "";
}

/** One region of a frame: {radiometric, count, min, max, mean, median, minAt, maxAt, plusMinus, doubt}; kelvin or counts. */
export function measureRegion(region, frame, camera) {
  const found = measure(region, measurable(frame, camera));
  const { min, max, mean, median, minAt, maxAt, flags } = found;
  return {
    radiometric: !flags.counts,
    count: found.count - found.impossible,
    min,
    max,
    mean,
    median,
    minAt,
    maxAt,
    plusMinus: found.uncertainty,
    doubt: doubtOf(found),
  };
}

/** The values under a line from end to end: {radiometric, points: [{x, y, value}]}, NaN where there is none. */
export function profileOf(region, frame, camera) {
  const from = measurable(frame, camera);
  const sensor = sensorOfFrame(from);
  const correction = compile(sensor, objectOf(sensor, region));
  const points = linePixels(region)
    .filter(([x, y]) => x < frame.width && y < frame.height)
    .map(([x, y]) => {
      const pixel = frame.pixels[y * frame.width + x];
      return { x, y, value: correction ? kelvinOf(correction, pixel) : pixel };
    });
  return { radiometric: !!correction, points };
}
