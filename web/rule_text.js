// An alarm's rule as text, as the camera prints it: "r1.max>55 for 3s hyst 2 pre 50 latch".
// Limits are degrees Celsius, or kelvin for differences; docs/measure.md has the grammar.
import * as degrees from "./degrees.js";
import { parseQuantity, printQuantity } from "./region_text.js";

export const CONDITIONS = { ">": "above", "<": "below", outside: "outside of", rises: "rises faster than" };
const ZERO_C_K = 273.15;
const plain = (v) => String(Number(v.toFixed(3)));

/** Return: {quantity, condition, limits, pre, hyst, hold, latch, rest}, or null. `rest` is kept as it is. */
export function parseRule(text) {
  const whole =
    /^([^\s<>]+)\s*(>|<|outside|rises)\s*(-?[\d.]+?)(?:\.\.(-?[\d.]+))?(?:\/min)?(?=\s|$)(.*)$/.exec(
      text.trim(),
    );
  if (!whole) return null;
  const quantity = parseQuantity(whole[1]);
  if (!quantity) return null;
  const rule = {
    quantity,
    condition: whole[2],
    limits: [Number(whole[3])],
    pre: null,
    hyst: 0,
    hold: "",
    latch: false,
    rest: "",
  };
  if (whole[4] !== undefined) rule.limits.push(Number(whole[4]));
  const words = whole[5].trim().split(/\s+/).filter(Boolean);
  const number = (word) => Number(String(word).replace(/\/min$/, ""));
  for (let i = 0; i < words.length; i++) {
    if (words[i] === "for") rule.hold = words[++i];
    else if (words[i] === "hyst") rule.hyst = number(words[++i]);
    else if (words[i] === "pre") rule.pre = String(words[++i]).split("..").map(number);
    else if (words[i] === "latch") rule.latch = true;
    else rule.rest += ` ${words[i]} ${words[++i] ?? ""}`.trimEnd();
  }
  return rule;
}

export function printRule(rule) {
  const rate = rule.condition === "rises" ? "/min" : "";
  const limits = (list) => list.map(plain).join("..") + rate;
  const space = rule.condition.length > 1 ? " " : "";
  return (
    `${printQuantity(rule.quantity)}${space}${rule.condition}${space}${limits(rule.limits)}` +
    (rule.hold ? ` for ${rule.hold}` : "") +
    (rule.hyst ? ` hyst ${plain(rule.hyst)}${rate}` : "") +
    (rule.pre ? ` pre ${limits(rule.pre)}` : "") +
    (rule.latch ? " latch" : "") +
    rule.rest
  );
}

/** Whether its limits are differences of temperatures. */
export const isStep = (rule) =>
  rule.condition === "rises" || rule.quantity.other !== undefined || rule.quantity.fixed !== undefined;
export const limitToShown = (rule, v, units) =>
  isStep(rule) ? degrees.stepFromKelvin(v, units) : degrees.fromKelvin(v + ZERO_C_K, units);
export const limitFromShown = (rule, v, units) =>
  isStep(rule) ? degrees.stepToKelvin(v, units) : degrees.toKelvin(v, units) - ZERO_C_K;
export const limitUnit = (rule, units) =>
  (isStep(rule) ? degrees.stepSymbol(units) : degrees.symbolOf(units)) +
  (rule.condition === "rises" ? "/min" : "");

/** A sentence for a person, in the viewer's unit; without degrees the text as it is. */
export function sentence(text, units, hasDegrees) {
  const rule = parseRule(text);
  if (!rule || !hasDegrees) return text;
  const number = (v) => degrees.number(limitToShown(rule, v, units), 1).replace(/\.0$/, "");
  const list = (values) => values.map(number).join(" to ");
  const q = rule.quantity;
  const less = q.other
    ? ` − ${q.other} ${q.otherStat}`
    : q.fixed !== undefined
      ? ` − ${degrees.temperature(q.fixed + ZERO_C_K, units)}`
      : "";
  const what = `${q.region} ${q.stat}${less}`;
  return (
    `${what} ${CONDITIONS[rule.condition]} ${list(rule.limits)} ${limitUnit(rule, units)}` +
    (rule.hold ? ` for ${rule.hold.replace(/(\d)([a-z])/, "$1 $2")}` : "") +
    (rule.pre ? `, pre-alarm ${list(rule.pre)}` : "") +
    (rule.latch ? ", stays until acknowledged" : "")
  );
}
