// What the page asks of measuring, in the page's own terms. (Stands on measure.js.)
import { isRadiometric, kelvinOfValue } from "./frame.js";

function* pixelsOf(region, frame) {
  const { width, height } = frame;
  const inside = (x, y) => x >= 0 && y >= 0 && x < width && y < height;
  const [x0, y0] = region.points[0];
  if (region.shape === "line") {
    const [x1, y1] = region.points[1];
    const n = Math.max(Math.abs(x1 - x0), Math.abs(y1 - y0), 1);
    for (let i = 0; i <= n; i++) {
      const x = Math.round(x0 + ((x1 - x0) * i) / n), y = Math.round(y0 + ((y1 - y0) * i) / n);
      if (inside(x, y)) yield [x, y];
    }
    return;
  }
  const half = Math.floor((region.w || 1) / 2);
  const box = region.shape === "box" ? [x0, y0, x0 + region.w, y0 + region.h]
    : region.shape === "spot" ? [x0 - half, y0 - half, x0 - half + (region.w || 1), y0 - half + (region.w || 1)]
    : region.shape === "ellipse" ? [x0 - region.w, y0 - region.h, x0 + region.w + 1, y0 + region.h + 1]
    : [0, 0, width, height];
  for (let y = box[1]; y < box[3]; y++)
    for (let x = box[0]; x < box[2]; x++) if (inside(x, y)) yield [x, y];
}

/** One region of a frame: {radiometric, count, min, max, mean, minAt, maxAt, plusMinus}. */
export function measureRegion(region, frame) {
  const radiometric = isRadiometric(frame);
  let min = Infinity, max = -Infinity, sum = 0, count = 0, minAt = null, maxAt = null;
  for (const [x, y] of pixelsOf(region, frame)) {
    const v = frame.pixels[y * frame.width + x];
    if (v < min) { min = v; minAt = [x, y]; }
    if (v > max) { max = v; maxAt = [x, y]; }
    sum += v;
    count++;
  }
  const k = (v) => (radiometric ? kelvinOfValue(frame, v) : v);
  return count
    ? { radiometric, count, min: k(min), max: k(max), mean: k(sum / count), minAt, maxAt, plusMinus: null }
    : { radiometric, count: 0, min: null, max: null, mean: null, minAt: null, maxAt: null, plusMinus: null };
}

/** The values under a line from its first end to its last: {radiometric, points: [{x, y, value}]}. */
export function profileOf(region, frame) {
  const radiometric = isRadiometric(frame);
  const out = [];
  for (const [x, y] of pixelsOf(region, frame)) {
    const v = frame.pixels[y * frame.width + x];
    out.push({ x, y, value: radiometric ? kelvinOfValue(frame, v) : v });
  }
  return { radiometric, points: out };
}
