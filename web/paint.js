// From pixel values to colours. Used by the worker for the live picture and by the snapshot.

const LITTLE_ALPHA = 0xff000000; // RGBA in memory, read as a little-endian word

/** 768 bytes of red, green, blue → 256 words as ImageData has them. */
export function paletteWords(bytes) {
  const words = new Uint32Array(256);
  for (let i = 0; i < 256; i++)
    words[i] = (LITTLE_ALPHA | (bytes[3 * i + 2] << 16) | (bytes[3 * i + 1] << 8) | bytes[3 * i]) >>> 0;
  return words;
}

export function colourWord(text) {
  const n = parseInt(text.slice(1), 16) || 0;
  return (LITTLE_ALPHA | ((n & 0xff) << 16) | (n & 0xff00) | (n >> 16)) >>> 0;
}

/** The palette's step for a value: 0 at or under `low`, 255 at or over `high`. */
export function paletteIndex(value, low, high) {
  if (!(high > low)) return value < low ? 0 : value > high ? 255 : 128;
  const t = ((value - low) * 255) / (high - low) + 0.5;
  return t <= 0 ? 0 : t >= 255 ? 255 : t | 0;
}

/** The words of a range whose colours are not spread evenly: one for each value from `low` on. */
function wordsOfLevels(words, range) {
  const { low, high, levels } = range;
  const first = Math.floor(low);
  const table = new Uint32Array(Math.max(1, Math.ceil(high) - first + 1));
  const steps = levels.length - 1;
  let k = 0;
  for (let i = 0; i < table.length; i++) {
    const value = first + i;
    while (k < steps - 1 && levels[k + 1] < value) k++;
    const span = levels[k + 1] - levels[k];
    const t = span > 0 ? (value - levels[k]) / span : 0;
    table[i] = words[Math.round(((k + Math.min(1, Math.max(0, t))) * 255) / steps)];
  }
  return { first, table };
}

/**
 * Fill `out` (one word a pixel, the view's size) from the frame.
 * `range` is {low, high, levels}; `levels` null: evenly spread.
 * `isotherm` is null or {low, high, word} in pixel values: what lies within shows in that colour.
 */
export function paint(out, pixels, orient, words, range, isotherm) {
  const { low, high } = range;
  const equalised = range.levels ? wordsOfLevels(words, range) : null;
  const k = high > low ? 255 / (high - low) : 0;
  const base = k ? 0.5 - low * k : 128;
  const { width, height, stepU, stepV } = orient;
  const isoLow = isotherm ? isotherm.low : Infinity;
  const isoHigh = isotherm ? isotherm.high : -Infinity;
  const isoWord = isotherm ? isotherm.word : 0;
  let at = 0;
  for (let v = 0; v < height; v++) {
    let from = orient.start + v * stepV;
    for (let u = 0; u < width; u++, from += stepU) {
      const value = pixels[from];
      if (value >= isoLow && value <= isoHigh) {
        out[at++] = isoWord;
        continue;
      }
      if (equalised) {
        const i = value - equalised.first;
        out[at++] = equalised.table[i <= 0 ? 0 : i >= equalised.table.length ? equalised.table.length - 1 : i];
        continue;
      }
      const t = value * k + base;
      out[at++] = words[t <= 0 ? 0 : t >= 255 ? 255 : t | 0];
    }
  }
}
