// Regions as geometry: outline, handles, moving, making. Whole pixels, as src/measure has them:
//   spot {points: [[x, y]], w}            the middle, w x w pixels
//   box {points: [[x, y]], w, h}          top left and size
//   line {points: [[x, y], [x, y]]}       both ends
//   polygon {points: [3..16]}             corners (pixel centres)
//   ellipse {points: [[x, y]], w, h}      the middle and the half axes

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
export function bounds({ shape, points, w, h }) {
  const [x, y] = points[0];
  if (shape === "spot") return { x: x - Math.floor((w - 1) / 2), y: y - Math.floor((w - 1) / 2), w, h: w };
  if (shape === "box") return { x, y, w, h };
  if (shape === "ellipse") return { x: x - w, y: y - h, w: 2 * w + 1, h: 2 * h + 1 };
  const xs = points.map((p) => p[0]), ys = points.map((p) => p[1]);
  const left = Math.min(...xs), top = Math.min(...ys);
  return { x: left, y: top, w: Math.max(...xs) - left + 1, h: Math.max(...ys) - top + 1 };
}

/** An SVG path and its box. `place` takes sensor coordinates to the drawing's; `unit` is one CSS pixel there. */
export function outline(region, place, unit) {
  const n = (v) => v.toFixed(1);
  if (region.shape === "spot" || region.shape === "ellipse") {
    const box = bounds(region);
    const [a, b] = place(box.x + box.w / 2, box.y + box.h / 2);
    const [c, d] = place(box.x + box.w, box.y + box.h);
    let rx = Math.abs(c - a), ry = Math.abs(d - b);
    let arms = "";
    if (region.shape === "spot") {
      rx = ry = Math.max(5 * unit, Math.min(rx, ry));
      const arm = 4.5 * unit;
      arms = `M${n(a + rx)} ${n(b)}h${n(arm)}M${n(a - rx)} ${n(b)}h${n(-arm)}M${n(a)} ${n(b + ry)}v${n(arm)}M${n(a)} ${n(b - ry)}v${n(-arm)}`;
    }
    const d0 = `M${n(a - rx)} ${n(b)}a${n(rx)} ${n(ry)} 0 1 0 ${n(2 * rx)} 0a${n(rx)} ${n(ry)} 0 1 0 ${n(-2 * rx)} 0z${arms}`;
    return { d: d0, left: a - rx, top: b - ry, right: a + rx, bottom: b + ry };
  }
  const { x, y } = bounds(region);
  const corners = region.shape === "box"
    ? [[x, y], [x + region.w, y], [x + region.w, y + region.h], [x, y + region.h]]
    : region.points.map(([px, py]) => [px + 0.5, py + 0.5]);
  const placed = corners.map(([px, py]) => place(px, py));
  const close = region.shape === "box" || (region.shape === "polygon" && placed.length > 2);
  const xs = placed.map((p) => p[0]), ys = placed.map((p) => p[1]);
  return {
    d: `M${placed.map(([a, b]) => `${n(a)} ${n(b)}`).join("L")}${close ? "z" : ""}`,
    left: Math.min(...xs), top: Math.min(...ys), right: Math.max(...xs), bottom: Math.max(...ys),
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
      return [["nw", 0, 0], ["ne", 1, 0], ["se", 1, 1], ["sw", 0, 1]].map(([key, a, b]) => ({
        key, x: box.x + a * box.w, y: box.y + b * box.h,
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
  return { ...region, points: region.points.map(([x, y]) => [Math.max(0, x + dx), Math.max(0, y + dy)]) };
}

const boxBetween = (ax, ay, bx, by) => ({
  points: [[Math.min(ax, bx), Math.min(ay, by)]],
  w: Math.abs(bx - ax) + 1,
  h: Math.abs(by - ay) + 1,
});

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
    const [cx, cy] = region.points[0];
    return { ...region, w: Math.max(1, Math.abs(x - cx)), h: Math.max(1, Math.abs(y - cy)) };
  }
  if (region.shape === "line" || region.shape === "polygon")
    return { ...region, points: region.points.map((p, i) => (String(i) === key ? [x, y] : p)) };
  return { ...region, points: [[x, y]] };
}

/** Larger or smaller from the keyboard. */
export function grown(region, dx, dy, width, height) {
  if (region.shape === "spot") return { ...region, w: clamp(region.w + 2 * (dx - dy), 1, MOST_SPOT_PX) };
  if (region.shape === "box") {
    const [x, y] = region.points[0];
    return { ...region, w: clamp(region.w + dx, 1, width - x), h: clamp(region.h + dy, 1, height - y) };
  }
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
  if (shape === "spot") return { shape, points: [[bx, by]], w: 1, h: 1 };
  if (still) return preset(shape, ax, ay, width, height);
  if (shape === "box") return { shape, ...boxBetween(ax, ay, bx, by) };
  if (shape === "line") return { shape, points: [[ax, ay], [bx, by]] };
  const r = Math.max(1, Math.round(Math.hypot(bx - ax, by - ay)));
  return { shape, points: [[ax, ay]], w: r, h: r };
}

/** A region of a useful size around a pixel: what a click or the keyboard makes. */
export function preset(shape, x, y, width, height) {
  const r = Math.max(2, Math.round(Math.min(width, height) / 10));
  let region;
  if (shape === "spot") region = { shape, points: [[x, y]], w: 1, h: 1 };
  else if (shape === "box") region = { shape, points: [[x - r, y - r]], w: 2 * r, h: 2 * r };
  else if (shape === "line") region = { shape, points: [[x - 2 * r, y], [x + 2 * r, y]] };
  else if (shape === "polygon") region = { shape, points: [[x, y - r], [x + r, y + r], [x - r, y + r]] };
  else region = { shape, points: [[x, y]], w: r, h: r };
  const box = bounds(region);
  const dx = clamp(0, -box.x, width - box.x - box.w), dy = clamp(0, -box.y, height - box.y - box.h);
  return { ...region, points: region.points.map(([px, py]) => [px + dx, py + dy]) };
}

/** Whether a polygon's corners span an area; any other shape does. */
export function hasArea({ shape, points }) {
  if (shape !== "polygon") return true;
  const [x, y] = points[0];
  return points.some(([ax, ay]) => points.some(([bx, by]) => (ax - x) * (by - y) !== (ay - y) * (bx - x)));
}
