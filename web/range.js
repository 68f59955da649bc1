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

export const LEVELS = 64; // steps of an equalised range
const FINE_BINS = 1024;
const PLATEAU = 4; // no bin counts for more than so many average ones: a wall does not get all colours
const LINEAR = 0.1; // so much of the contrast is spread evenly: rare values stay distinct

/** Values of LEVELS + 1 evenly spaced colours, each step for about as many pixels. */
export function equalised(pixels, low, high) {
  const bins = new Uint32Array(FINE_BINS);
  const k = FINE_BINS / (high - low);
  let inside = 0;
  for (let i = 0; i < pixels.length; i++) {
    const bin = Math.floor((pixels[i] - low) * k);
    if (bin < 0 || bin >= FINE_BINS) continue;
    bins[bin]++;
    inside++;
  }
  // The share of the colours that is used up at each bin's end.
  const most = (PLATEAU * inside) / FINE_BINS || 1;
  const ends = new Float64Array(FINE_BINS + 1);
  for (let i = 0; i < FINE_BINS; i++) ends[i + 1] = ends[i] + Math.min(bins[i], most);
  const total = ends[FINE_BINS] || 1;
  for (let i = 0; i <= FINE_BINS; i++) ends[i] = (1 - LINEAR) * (ends[i] / total) + LINEAR * (i / FINE_BINS);
  const levels = new Float64Array(LEVELS + 1);
  for (let i = 0, bin = 0; i <= LEVELS; i++) {
    while (bin < FINE_BINS - 1 && ends[bin + 1] < i / LEVELS) bin++;
    const within = (i / LEVELS - ends[bin]) / (ends[bin + 1] - ends[bin]);
    levels[i] = low + ((bin + Math.min(1, Math.max(0, within))) / FINE_BINS) * (high - low);
  }
  return levels;
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
    this.levels = null;
  }

  next(stats, mode, percent, pixels) {
    let low = stats.min,
      high = stats.max;
    if (mode === "percentile" || mode === "equalised") {
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
    if (mode === "equalised") {
      const wanted = equalised(pixels, low, high), before = this.levels;
      this.levels = far || !before ? wanted : before.map((from, i) => from + (wanted[i] - from) * EASE);
      this.low = this.levels[0];
      this.high = this.levels[LEVELS];
    } else this.levels = null;
    return this.now();
  }

  /** {low, high} and, of an equalised range, the `levels` between them. */
  now() { return { low: this.low, high: this.high, levels: this.levels }; }
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
