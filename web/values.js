// Values of the newest frame as text, in the viewer's unit; counts when they are no temperatures.
import * as degrees from "./degrees.js";
import { isRadiometric, kelvinOfValue } from "./frame.js";
import { settings } from "./settings.js";
import { state } from "./state.js";

export const radiometric = () => !!state.frame && isRadiometric(state.frame);

/** A pixel's value. */
export function pixelText(value, places = 1) {
  if (!state.frame) return "–";
  return radiometric()
    ? degrees.temperature(kelvinOfValue(state.frame, value), settings.units, places)
    : degrees.counts(value);
}

/** A number of a reading: kelvin or counts. */
export function readingText(reading, value, places = 1) {
  if (!reading || !reading.count || value === null) return "–";
  return reading.radiometric ? degrees.bare(value, settings.units, places) : degrees.counts(value);
}

/** "°C" and so on, or "" when the picture has no degrees. */
export const unitText = () => (radiometric() ? degrees.symbolOf(settings.units) : "");

export function valueAt(x, y) {
  const { frame } = state;
  if (!frame || x < 0 || y < 0 || x >= frame.width || y >= frame.height) return null;
  return frame.pixels[y * frame.width + x];
}

export function age(ms) {
  const s = Math.max(0, Math.round(ms / 1000));
  if (s < 60) return `${s} s`;
  if (s < 3600) return `${Math.floor(s / 60)}:${String(s % 60).padStart(2, "0")} min`;
  return `${Math.floor(s / 3600)}:${String(Math.floor((s % 3600) / 60)).padStart(2, "0")} h`;
}

export function bytes(n) {
  if (!Number.isFinite(n)) return "–";
  if (n < 1000) return `${n} B`;
  const units = ["kB", "MB", "GB", "TB"];
  let i = -1;
  do {
    n /= 1000;
    i++;
  } while (n >= 999.5 && i < units.length - 1);
  return `${n < 10 ? n.toFixed(1) : Math.round(n)} ${units[i]}`;
}
