// Temperatures as text. Inside the page a temperature is always kelvin.

const UNITS = {
  C: { symbol: "°C", step: "K", from: (k) => k - 273.15, to: (v) => v + 273.15, scale: 1 },
  F: { symbol: "°F", step: "°F", from: (k) => k * 1.8 - 459.67, to: (v) => (v + 459.67) / 1.8, scale: 1.8 },
  K: { symbol: "K", step: "K", from: (k) => k, to: (v) => v, scale: 1 },
};
export const UNIT_LETTERS = Object.keys(UNITS);

export const symbolOf = (units) => UNITS[units].symbol;
export const fromKelvin = (k, units) => UNITS[units].from(k);
export const toKelvin = (value, units) => UNITS[units].to(value);
export const stepFromKelvin = (k, units) => k * UNITS[units].scale;
export const stepToKelvin = (value, units) => value / UNITS[units].scale;
export const stepSymbol = (units) => UNITS[units].step;

/** A number with a true minus sign, and never "-0.0". */
export function number(value, places) {
  let text = value.toFixed(places);
  if (/^-0(\.0*)?$/.test(text)) text = text.slice(1);
  return text.replace("-", "\u2212");
}

const finite = (k) => typeof k === "number" && Number.isFinite(k);
export const temperature = (k, units, places = 1) =>
  finite(k) ? `${number(fromKelvin(k, units), places)} ${symbolOf(units)}` : "–";
export const bare = (k, units, places = 1) => (finite(k) ? number(fromKelvin(k, units), places) : "–");
export const difference = (k, units, places = 1) =>
  finite(k) ? `${number(stepFromKelvin(k, units), places)} ${stepSymbol(units)}` : "–";
export const counts = (value) => (finite(value) ? number(value, 0) : "–");
