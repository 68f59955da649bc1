// Regions as geometry: outline, handles, moving, making. Whole pixels, in the form of measure.js:
//   spot {x, y, w}          the middle, w x w pixels
//   box {x, y, w, h}        top left and size
//   ellipse {x, y, w, h}    the middle and the half axes
//   line {points}           both ends
//   polygon {points}        3 to 16 corners (pixel centres)
import { bounds as boundsOf } from "./measure.js";

export const SHAPES = {
  spot: { label: "Spot", key: "s" },
  box: { label: "Box", key: "b" },
  line: { label: "Line", key: "l" },
  polygon: { label: "Polygon", key: "p" },
  ellipse: { label: "Circle", key: "c" },
};
export const MOST_CORNERS = 16;
export const MOST_SPOT_PX = 63;

const clamp = (v, low, high) => Math.max(low, Math.min(high, v));

/** Of the pixels it covers: {x, y, w, h}. */
export function bounds(region) {
  const [x, y, w, h] = boundsOf(region);
  return { x, y, w, h };
}

const sized = (shape, x, y, w, h) => ({ shape, x, y, w, h, points: [] });
const cornered = (shape, points) => ({ shape, x: points[0][0], y: points[0][1], w: 0, h: 0, points });

/** An SVG path and its box. `place` takes sensor coordinates to the drawing's; `unit` is one CSS pixel there. */
export function outline(region, place, unit) {
  const n = (v) => v.toFixed(1);
  if (region.shape === "spot" || region.shape === "ellipse") {
    const box = bounds(region);
    const [a, b] = place(box.x + box.w / 2, box.y + box.h / 2);
    const [c, d] = place(box.x + box.w, box.y + box.h);
    let rx = Math.abs(c - a),
      ry = Math.abs(d - b);
    let arms = "";
    if (region.shape === "spot") {
      rx = ry = Math.max(5 * unit, Math.min(rx, ry));
      const arm = 4.5 * unit;
      arms =
        `M${n(a + rx)} ${n(b)}h${n(arm)}M${n(a - rx)} ${n(b)}h${n(-arm)}` +
        `M${n(a)} ${n(b + ry)}v${n(arm)}M${n(a)} ${n(b - ry)}v${n(-arm)}`;
    }
    const half = (dx) => `a${n(rx)} ${n(ry)} 0 1 0 ${n(dx)} 0`;
    const d0 = `M${n(a - rx)} ${n(b)}${half(2 * rx)}${half(-2 * rx)}z${arms}`;
    return { d: d0, left: a - rx, top: b - ry, right: a + rx, bottom: b + ry, labelX: a - rx };
  }
  const { x, y, w, h } = bounds(region);
  const corners =
    region.shape === "box"
      ? [
          [x, y],
          [x + w, y],
          [x + w, y + h],
          [x, y + h],
        ]
      : region.points.map(([px, py]) => [px + 0.5, py + 0.5]);
  const placed = corners.map(([px, py]) => place(px, py));
  const close = region.shape === "box" || (region.shape === "polygon" && placed.length > 2);
  const xs = placed.map((p) => p[0]),
    ys = placed.map((p) => p[1]);
  return {
    d: `M${placed.map(([a, b]) => `${n(a)} ${n(b)}`).join("L")}${close ? "z" : ""}`,
    left: Math.min(...xs),
    top: Math.min(...ys),
    right: Math.max(...xs),
    bottom: Math.max(...ys),
    labelX: region.shape === "box" ? Math.min(...xs) : placed[ys.indexOf(Math.min(...ys))][0], // over its highest corner
  };
}

/** Where it can be taken hold of: [{key, x, y}] in sensor coordinates. */
export function handles(region) {
  const box = bounds(region);
  switch (region.shape) {
    case "spot":
      return [];
    case "box":
    case "ellipse":
      return [
        ["nw", 0, 0],
        ["ne", 1, 0],
        ["se", 1, 1],
        ["sw", 0, 1],
      ].map(([key, a, b]) => ({
        key,
        x: box.x + a * box.w,
        y: box.y + b * box.h,
      }));
    default:
      return region.points.map(([x, y], i) => ({ key: String(i), x: x + 0.5, y: y + 0.5 }));
  }
}

/** Moved by whole pixels, kept inside of the picture. */
export function moved(region, dx, dy, width, height) {
  const box = bounds(region);
  dx = clamp(dx, -box.x, Math.max(-box.x, width - box.x - box.w));
  dy = clamp(dy, -box.y, Math.max(-box.y, height - box.y - box.h));
  return shifted(region, dx, dy);
}

function shifted(region, dx, dy) {
  return {
    ...region,
    x: Math.max(0, region.x + dx),
    y: Math.max(0, region.y + dy),
    points: region.points.map(([x, y]) => [Math.max(0, x + dx), Math.max(0, y + dy)]),
  };
}

const boxBetween = (ax, ay, bx, by) =>
  sized("box", Math.min(ax, bx), Math.min(ay, by), Math.abs(bx - ax) + 1, Math.abs(by - ay) + 1);

/** One handle pulled to the pixel (x, y). */
export function reshaped(region, key, x, y, width, height) {
  x = clamp(Math.floor(x), 0, width - 1);
  y = clamp(Math.floor(y), 0, height - 1);
  if (region.shape === "box") {
    const b = bounds(region);
    const fx = key.includes("w") ? b.x + b.w - 1 : b.x;
    const fy = key.includes("n") ? b.y + b.h - 1 : b.y;
    return { ...region, ...boxBetween(fx, fy, x, y) };
  }
  if (region.shape === "ellipse") {
    return { ...region, w: Math.max(1, Math.abs(x - region.x)), h: Math.max(1, Math.abs(y - region.y)) };
  }
  if (region.shape === "line" || region.shape === "polygon")
    return {
      ...region,
      ...cornered(
        region.shape,
        region.points.map((p, i) => (String(i) === key ? [x, y] : p)),
      ),
    };
  return { ...region, x, y };
}

/** Larger or smaller from the keyboard. */
export function grown(region, dx, dy, width, height) {
  if (region.shape === "spot") {
    const w = clamp(region.w + 2 * (dx - dy), 1, MOST_SPOT_PX);
    return { ...region, w, h: w };
  }
  if (region.shape === "box")
    return {
      ...region,
      w: clamp(region.w + dx, 1, width - region.x),
      h: clamp(region.h + dy, 1, height - region.y),
    };
  if (region.shape === "ellipse")
    return { ...region, w: clamp(region.w + dx, 1, width >> 1), h: clamp(region.h + dy, 1, height >> 1) };
  const last = region.points.length - 1;
  const [x, y] = region.points[last];
  return reshaped(region, String(last), x + dx, y + dy, width, height);
}

/** What a drag from one pixel to another draws; a click alone gives one of a useful size. */
export function drawn(shape, a, b, width, height) {
  const [ax, ay] = [clamp(a[0], 0, width - 1), clamp(a[1], 0, height - 1)];
  const [bx, by] = [clamp(b[0], 0, width - 1), clamp(b[1], 0, height - 1)];
  const still = ax === bx && ay === by;
  if (shape === "spot") return sized(shape, bx, by, 1, 1);
  if (still) return preset(shape, ax, ay, width, height);
  if (shape === "box") return boxBetween(ax, ay, bx, by);
  if (shape === "line")
    return cornered(shape, [
      [ax, ay],
      [bx, by],
    ]);
  const r = Math.max(1, Math.round(Math.hypot(bx - ax, by - ay)));
  return sized(shape, ax, ay, r, r);
}

/** A region of a useful size around a pixel: what a click or the keyboard makes. */
export function preset(shape, x, y, width, height) {
  const r = Math.max(2, Math.round(Math.min(width, height) / 10));
  let region;
  if (shape === "spot") region = sized(shape, x, y, 1, 1);
  else if (shape === "box") region = sized(shape, x - r, y - r, 2 * r, 2 * r);
  else if (shape === "line")
    region = cornered(shape, [
      [x - 2 * r, y],
      [x + 2 * r, y],
    ]);
  else if (shape === "polygon")
    region = polygonOf([
      [x, y - r],
      [x + r, y + r],
      [x - r, y + r],
    ]);
  else region = sized(shape, x, y, r, r);
  const box = bounds(region);
  return shifted(region, clamp(0, -box.x, width - box.x - box.w), clamp(0, -box.y, height - box.y - box.h));
}

export const polygonOf = (points) => cornered("polygon", points);

/** Whether a polygon's corners span an area; any other shape does. */
export function hasArea({ shape, points }) {
  if (shape !== "polygon") return true;
  const [x, y] = points[0];
  return points.some(([ax, ay]) => points.some(([bx, by]) => (ax - x) * (by - y) !== (ay - y) * (bx - x)));
}
