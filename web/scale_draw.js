// The scale beside the picture: histogram, colours, ticks. On any 2D context.

/** A round step so that about `wanted` ticks fall into `span`. */
export function tickStep(span, wanted) {
  const raw = span / Math.max(1, wanted);
  const power = 10 ** Math.floor(Math.log10(raw));
  for (const m of [1, 2, 5]) if (m * power >= raw) return m * power;
  return 10 * power;
}

/**
 * `g`: {width, height, unit, bar, barWidth, top, bottom} in the context's pixels.
 * `what`: {axis, range, stats, palette (256 words), ink, soft, show(value) → number shown, text(number)}.
 */
export function drawScale(ctx, g, what) {
  const { axis, range, stats, palette } = what;
  const span = axis.high - axis.low;
  const y = (value) => g.bottom - ((value - axis.low) / span) * (g.bottom - g.top);
  ctx.clearRect(0, 0, g.width, g.height);

  // Colours: one strip a pixel row; beyond the range the end colours, paler.
  const css = (i) => `rgb(${palette[i] & 255} ${(palette[i] >> 8) & 255} ${(palette[i] >> 16) & 255})`;
  const yHigh = y(range.high),
    yLow = y(range.low);
  ctx.globalAlpha = 0.35;
  ctx.fillStyle = css(255);
  ctx.fillRect(g.bar, g.top, g.barWidth, Math.max(0, yHigh - g.top));
  ctx.fillStyle = css(0);
  ctx.fillRect(g.bar, yLow, g.barWidth, Math.max(0, g.bottom - yLow));
  ctx.globalAlpha = 1;
  const gradient = ctx.createLinearGradient(0, yLow, 0, yHigh);
  // Of an equalised range the colours lie where their values are.
  const { levels } = range;
  const place = (i) => (levels ? Math.min(1, Math.max(0, (levels[i * 2] - range.low) / (range.high - range.low))) : i / 32);
  for (let i = 0; i <= 32; i++) gradient.addColorStop(place(i), css(Math.min(255, i * 8)));
  ctx.fillStyle = gradient;
  ctx.fillRect(g.bar, yHigh, g.barWidth, yLow - yHigh);

  if (stats && g.bar > 4 * g.unit) {
    const n = stats.bins.length;
    let most = 1;
    for (const b of stats.bins) if (b > most) most = b;
    const binSpan = (stats.max - stats.min + 1) / n;
    ctx.fillStyle = what.soft;
    ctx.globalAlpha = 0.55;
    ctx.beginPath();
    const edge = g.bar - 2 * g.unit;
    ctx.moveTo(edge, y(stats.min));
    for (let i = 0; i < n; i++) {
      const w = Math.sqrt(stats.bins[i] / most) * (edge - g.unit);
      ctx.lineTo(edge - w, y(stats.min + (i + 0.5) * binSpan));
    }
    ctx.lineTo(edge, y(stats.max + 1));
    ctx.closePath();
    ctx.fill();
    ctx.globalAlpha = 1;
  }

  ctx.font = `${10.5 * g.unit}px system-ui, sans-serif`;
  ctx.textBaseline = "middle";
  ctx.fillStyle = what.soft;
  const from = what.show(axis.low),
    to = what.show(axis.high);
  const step = tickStep(to - from, (g.bottom - g.top) / (38 * g.unit));
  const back = (shown) => axis.low + ((shown - from) / (to - from)) * span;
  for (let v = Math.ceil(from / step) * step; v <= to; v += step) {
    const at = y(back(v));
    ctx.fillRect(g.bar + g.barWidth, Math.round(at), 4 * g.unit, g.unit);
    // No tick's text under a handle's.
    if (what.handles && (Math.abs(at - yHigh) < 15 * g.unit || Math.abs(at - yLow) < 15 * g.unit)) continue;
    ctx.fillText(what.text(v, step), g.bar + g.barWidth + 7 * g.unit, at);
  }
}
