// Statistics of a frame, and from them the range of values that the palette is spread over.

export const HISTOGRAM_BINS = 128;

/** Minimum, maximum (first in reading order), mean and a histogram between the two. */
export function statsOf(pixels, width) {
  let min = 65535,
    max = 0,
    minAt = 0,
    maxAt = 0,
    sum = 0;
  for (let i = 0; i < pixels.length; i++) {
    const v = pixels[i];
    sum += v;
    if (v < min) {
      min = v;
      minAt = i;
    }
    if (v > max) {
      max = v;
      maxAt = i;
    }
  }
  if (min > max) min = max;
  const bins = new Uint32Array(HISTOGRAM_BINS);
  const k = max > min ? HISTOGRAM_BINS / (max - min + 1) : 0;
  for (let i = 0; i < pixels.length; i++) bins[((pixels[i] - min) * k) | 0]++;
  const point = (i) => [i % width, Math.floor(i / width)];
  return {
    min,
    max,
    mean: sum / pixels.length,
    minAt: point(minAt),
    maxAt: point(maxAt),
    bins,
    count: pixels.length,
  };
}

/** The value under which `share` (0..1) of the pixels lie. */
export function percentile(stats, share) {
  const wanted = share * stats.count;
  const width = (stats.max - stats.min + 1) / HISTOGRAM_BINS;
  let seen = 0;
  for (let i = 0; i < HISTOGRAM_BINS; i++) {
    const n = stats.bins[i];
    if (seen + n >= wanted && n) return Math.min(stats.max, stats.min + (i + (wanted - seen) / n) * width);
    seen += n;
  }
  return stats.max;
}

const EASE = 0.4; // of the way to where it should be, each frame: calm, and there within half a second
const SNAP = 0.004; // of the span: near enough

/** Follows the frames; a jump of the whole scene is followed at once. */
export class AutoRange {
  constructor() {
    this.reset();
  }
  reset() {
    this.low = null;
    this.high = null;
  }

  next(stats, mode, percent) {
    let low = stats.min,
      high = stats.max;
    if (mode === "percentile") {
      low = percentile(stats, percent / 100);
      high = percentile(stats, 1 - percent / 100);
    }
    if (high - low < 1) {
      low -= 0.5;
      high += 0.5;
    }
    const span = high - low;
    const far =
      this.low === null || Math.abs(this.low - low) > span / 2 || Math.abs(this.high - high) > span / 2;
    const ease = (from, to) => (far || Math.abs(from - to) < span * SNAP ? to : from + (to - from) * EASE);
    this.low = ease(this.low, low);
    this.high = ease(this.high, high);
    return { low: this.low, high: this.high };
  }
}

/** What the scale shows: the range and all there is in the picture, with a little air. */
export function axisOf(range, stats, wide) {
  let low = range.low,
    high = range.high;
  if (wide && stats) {
    low = Math.min(low, stats.min);
    high = Math.max(high, stats.max);
  }
  const air = Math.max((high - low) * (wide ? 0.12 : 0.02), 0.5);
  return { low: low - air, high: high + air };
}
