// The time graph and the line profile, on any 2D context. Numbers come in already converted.
import { tickStep } from "./scale_draw.js";

function frameOf(g, low, high) {
  if (!(high > low)) {
    low -= 0.5;
    high += 0.5;
  }
  const air = Math.max((high - low) * 0.08, 0.05);
  return { low: low - air, high: high + air };
}

function axes(ctx, g, y, text) {
  const { left, right, top, bottom } = g;
  ctx.font = `${10.5 * g.unit}px system-ui, sans-serif`;
  ctx.textBaseline = "middle";
  ctx.textAlign = "right";
  ctx.lineWidth = g.unit;
  const step = tickStep(y.high - y.low, (bottom - top) / (18 * g.unit));
  for (let v = Math.ceil(y.low / step) * step; v <= y.high; v += step) {
    const at = Math.round(y.at(v)) + 0.5;
    ctx.strokeStyle = g.line;
    ctx.beginPath();
    ctx.moveTo(left, at);
    ctx.lineTo(right, at);
    ctx.stroke();
    ctx.fillStyle = g.soft;
    ctx.fillText(text(v, step), left - 6 * g.unit, at);
  }
}

const scaleY = (g, range) => ({
  ...range,
  at: (v) => g.bottom - ((v - range.low) / (range.high - range.low)) * (g.bottom - g.top),
});

/**
 * `series`: [{colour, points: [{x, y, low, high, gap}]}], x in `from`..`to`.
 * `xTicks`: [{x, text}]; `cursor`: x or null.
 */
export function drawGraph(ctx, g, { series, from, to, xTicks, text, cursor, band }) {
  ctx.clearRect(0, 0, g.width, g.height);
  let low = Infinity,
    high = -Infinity;
  for (const s of series)
    for (const p of s.points) {
      if (p.y < low) low = p.y;
      if (p.y > high) high = p.y;
    }
  if (low > high) return;
  const y = scaleY(g, frameOf(g, low, high));
  const x = (v) => g.left + ((v - from) / (to - from)) * (g.right - g.left);
  axes(ctx, g, y, text);
  ctx.fillStyle = g.soft;
  ctx.textBaseline = "alphabetic";
  let free = Infinity; // from the right: a tick's text that would touch the one before is left out
  for (const tick of xTicks) {
    const at = x(tick.x);
    const half = ctx.measureText(tick.text).width / 2 + 6 * g.unit;
    if (at + half > free && at < g.right - 20 * g.unit) continue;
    free = at - half;
    ctx.textAlign = at > g.right - 20 * g.unit ? "right" : at < g.left + 10 * g.unit ? "left" : "center";
    ctx.fillText(tick.text, at, g.height - 4 * g.unit);
  }
  ctx.textAlign = "left";
  ctx.save();
  ctx.beginPath();
  ctx.rect(g.left, g.top - 2, g.right - g.left, g.bottom - g.top + 4);
  ctx.clip();
  ctx.lineJoin = "round";
  for (const s of series) {
    if (band && s.points.length > 1 && s.points[0].low !== undefined) {
      ctx.fillStyle = s.colour;
      ctx.globalAlpha = 0.12;
      ctx.beginPath();
      s.points.forEach((p, i) => (i ? ctx.lineTo(x(p.x), y.at(p.high)) : ctx.moveTo(x(p.x), y.at(p.high))));
      for (let i = s.points.length - 1; i >= 0; i--) ctx.lineTo(x(s.points[i].x), y.at(s.points[i].low));
      ctx.fill();
      ctx.globalAlpha = 1;
    }
    ctx.strokeStyle = s.colour;
    ctx.lineWidth = 1.6 * g.unit;
    ctx.beginPath();
    let lastPx = -Infinity;
    s.points.forEach((p, i) => {
      const px = x(p.x);
      if (i && !p.gap) {
        if (px - lastPx < 0.8 && i < s.points.length - 1) return; // finer than the screen
        ctx.lineTo(px, y.at(p.y));
      } else ctx.moveTo(px, y.at(p.y));
      lastPx = px;
    });
    ctx.stroke();
  }
  ctx.restore();
  if (cursor === null) return;
  ctx.strokeStyle = g.soft;
  ctx.lineWidth = g.unit;
  ctx.beginPath();
  ctx.moveTo(Math.round(x(cursor)) + 0.5, g.top);
  ctx.lineTo(Math.round(x(cursor)) + 0.5, g.bottom);
  ctx.stroke();
  for (const s of series) {
    const p = nearest(s.points, cursor);
    if (!p) continue;
    ctx.fillStyle = s.colour;
    ctx.beginPath();
    ctx.arc(x(p.x), y.at(p.y), 3.2 * g.unit, 0, 7);
    ctx.fill();
  }
}

export function nearest(points, x) {
  let best = null,
    far = Infinity;
  for (const p of points) {
    const d = Math.abs(p.x - x);
    if (d < far) {
      far = d;
      best = p;
    }
  }
  return best;
}
