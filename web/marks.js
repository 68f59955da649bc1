// What is drawn over the picture: hottest, coldest, centre, regions with their values, the
// spotmeter. On any 2D context: the worker's overlay, or a snapshot.
import { outline } from "./shapes.js";

export const REGION_COLOURS = [
  "#38d3ea",
  "#a4e45c",
  "#ff8bd6",
  "#ffe24d",
  "#86a8ff",
  "#5df0b4",
  "#ff977a",
  "#cba6ff",
];
export const REGION_COLOURS_ON_WHITE = [
  "#00819b",
  "#477f10",
  "#bd1f8d",
  "#8a6d00",
  "#2c58c9",
  "#087f58",
  "#bf3f22",
  "#7343c9",
];

const HALO = "rgba(8, 10, 14, 0.8)";

/** `t` takes sensor coordinates to this context's pixels. */
function place(t, x, y) {
  const [u, v] = t.orient.toView(x, y);
  return [u * t.scaleX, v * t.scaleY];
}

function outlineOf(region, t) {
  const shape = outline(region, (x, y) => place(t, x, y), t.unit);
  return { ...shape, path: new Path2D(shape.d) };
}

function stroke(ctx, path, colour, width) {
  ctx.lineJoin = ctx.lineCap = "round";
  ctx.strokeStyle = HALO;
  ctx.lineWidth = width * 2.4;
  ctx.stroke(path);
  ctx.strokeStyle = colour;
  ctx.lineWidth = width;
  ctx.stroke(path);
}

function label(ctx, t, text, x, y, colour) {
  const pad = 4 * t.unit,
    height = 15 * t.unit;
  const width = ctx.measureText(text).width + 2 * pad;
  const left = Math.max(1, Math.min(x, t.width - width - 1));
  let top = Math.max(1, Math.min(y, t.height - height - 1));
  // Not over another label: a step down, a few times, then it may.
  const over = () =>
    t.labels.some((l) => left < l.right && left + width > l.left && top < l.bottom && top + height > l.top);
  for (let i = 0; i < 4 && over(); i++) top = Math.min(top + height + t.unit, t.height - height - 1);
  t.labels.push({ left, right: left + width, top, bottom: top + height });
  ctx.fillStyle = "rgba(10, 12, 16, 0.72)";
  ctx.beginPath();
  ctx.roundRect(left, top, width, height, 3 * t.unit);
  ctx.fill();
  ctx.fillStyle = colour;
  ctx.textBaseline = "middle";
  ctx.fillText(text, left + pad, top + height / 2 + 0.5 * t.unit);
}

function triangle(t, x, y, up) {
  const [a, b] = place(t, x + 0.5, y + 0.5);
  const s = (up ? -1 : 1) * t.unit;
  const path = new Path2D();
  path.moveTo(a, b);
  path.lineTo(a - 5 * t.unit, b + 9 * s);
  path.lineTo(a + 5 * t.unit, b + 9 * s);
  path.closePath();
  return { path, a, b };
}

/**
 * `t`: {orient, scaleX, scaleY, width, height, unit} in the context's pixels, unit = one CSS pixel.
 * `what`: {stats, show, regions, spotmeter, text(value)}; a region has {colour, label, selected}.
 */
export function drawMarks(ctx, t, what) {
  t.labels = [];
  ctx.clearRect(0, 0, t.width, t.height);
  ctx.font = `600 ${11 * t.unit}px system-ui, sans-serif`;
  if (what.spotmeter && what.show.spotmeter) {
    const { c1, r1, c2, r2 } = what.spotmeter;
    const { path } = outlineOf({ shape: "box", x: c1, y: r1, points: [], w: c2 - c1 + 1, h: r2 - r1 + 1 }, t);
    ctx.setLineDash([3 * t.unit, 3 * t.unit]);
    stroke(ctx, path, "#ffffff", 1.1 * t.unit);
    ctx.setLineDash([]);
  }
  for (const region of what.regions) {
    const shape = outlineOf(region, t);
    stroke(ctx, shape.path, region.colour, (region.selected ? 2.2 : 1.4) * t.unit);
  }
  if (what.show.centre) {
    const path = new Path2D();
    const [a, b] = place(t, t.orient.centre[0] + 0.5, t.orient.centre[1] + 0.5);
    for (const [dx, dy] of [
      [1, 0],
      [-1, 0],
      [0, 1],
      [0, -1],
    ]) {
      path.moveTo(a + 3 * dx * t.unit, b + 3 * dy * t.unit);
      path.lineTo(a + 9 * dx * t.unit, b + 9 * dy * t.unit);
    }
    stroke(ctx, path, "#ffffff", 1.3 * t.unit);
  }
  const texts = [];
  if (what.stats) {
    for (const [on, at, value, up, colour] of [
      [what.show.cold, what.stats.minAt, what.stats.min, true, "#7cc7ff"],
      [what.show.hot, what.stats.maxAt, what.stats.max, false, "#ff6b5e"],
    ]) {
      if (!on) continue;
      // The tip touches the pixel: hottest from above, coldest from below.
      const { path, a, b } = triangle(t, at[0], at[1], !up);
      ctx.fillStyle = colour;
      ctx.strokeStyle = HALO;
      ctx.lineWidth = 2.4 * t.unit;
      ctx.lineJoin = "round";
      ctx.stroke(path);
      ctx.fill(path);
      texts.push([what.text(value), a + 8 * t.unit, up ? b + 2 * t.unit : b - 17 * t.unit, colour]);
    }
  }
  if (!what.show.labels) return;
  for (const region of what.regions) {
    if (!region.label) continue;
    const { labelX, top } = outlineOf(region, t);
    label(ctx, t, region.label, labelX, top - 18 * t.unit, region.colour);
  }
  for (const [text, x, y, colour] of texts) label(ctx, t, text, x, y, colour);
}
