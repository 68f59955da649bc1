// Temperatures as text, as a page sets them. Inside the page a temperature is always kelvin.
import * as measure from "./measure.js";

export const UNIT_LETTERS = ["C", "F", "K"];

export const symbolOf = measure.symbol;
export const fromKelvin = (k, units) => measure.fromKelvin(units, k);
export const toKelvin = (value, units) => measure.toKelvin(units, value);
export const stepFromKelvin = (k, units) => measure.stepFromKelvin(units, k);
export const stepToKelvin = (value, units) => measure.stepToKelvin(units, value);
export const stepSymbol = (units) => (units === "F" ? measure.symbol(units) : "K");

/** A number with a true minus sign, and never "-0.0". */
export function number(value, places) {
  const steps = Math.round(Math.abs(value) * 10 ** places); // halves away from zero, as the camera prints
  const text = (steps / 10 ** places).toFixed(places);
  return value < 0 && steps > 0 ? `\u2212${text}` : text;
}

const finite = (k) => typeof k === "number" && Number.isFinite(k);
export const temperature = (k, units, places = 1) =>
  finite(k) ? `${number(fromKelvin(k, units), places)} ${symbolOf(units)}` : "–";
export const bare = (k, units, places = 1) => (finite(k) ? number(fromKelvin(k, units), places) : "–");
export const difference = (k, units, places = 1) =>
  finite(k) ? `${number(stepFromKelvin(k, units), places)} ${stepSymbol(units)}` : "–";
export const counts = (value) => (finite(value) ? number(value, 0) : "–");
