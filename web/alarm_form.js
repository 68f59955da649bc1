// The form that makes and changes an alarm. It only reads and gives back a rule's text.
import * as degrees from "./degrees.js";
import { el, setHidden, setText } from "./dom.js";
import { STATS } from "./region_text.js";
import { CONDITIONS, limitFromShown, limitToShown, limitUnit, parseRule, printRule } from "./rule_text.js";

const FIXED = "=fixed"; // no region's name: a difference from a fixed temperature, kept as it is

const select = (label, options, value) =>
  el(
    "select",
    { "aria-label": label },
    ...options.map(([v, text]) => el("option", { value: v, selected: v === value }, text)),
  );
const same = (list) => list.map((v) => [v, v]);
const field = (label, ...nodes) =>
  el("div", { class: "field-row" }, el("span", {}, label), el("span", { class: "row" }, ...nodes));
const numeric = (label, value, more) =>
  el("input", { type: "number", step: "any", inputmode: "decimal", "aria-label": label, value, ...more });
const soft = (text) => el("span", { class: "soft" }, text);

const secondsOf = (text) => parseFloat(text) * ({ m: 60, h: 3600 }[text.slice(-1)] || 1) || 0;

function inputsOf(name, rule, regionNames, units) {
  const q = rule.quantity;
  const shown = (v) => (v === undefined ? "" : Number(limitToShown(rule, v, units).toFixed(2)));
  const others = [["", "nothing"], ...same(regionNames)];
  if (q.fixed !== undefined) others.push([FIXED, degrees.temperature(q.fixed + 273.15, units)]);
  return {
    name: el("input", {
      value: name,
      maxlength: 31,
      "aria-label": "Name of the alarm",
      spellcheck: "false",
      autocomplete: "off",
    }),
    region: select("Region", same(regionNames), q.region),
    stat: select("Value", same(STATS), q.stat),
    other: select("Minus", others, q.other || (q.fixed !== undefined ? FIXED : "")),
    otherStat: select("Value subtracted", same(STATS), q.otherStat || q.stat),
    condition: select("Condition", Object.entries(CONDITIONS), rule.condition),
    low: numeric("Limit", shown(rule.limits[0]), { required: true }),
    high: numeric("Upper limit", shown(rule.limits[1])),
    preLow: numeric("Pre-alarm at", shown(rule.pre?.[0]), { placeholder: "none" }),
    preHigh: numeric("Pre-alarm, upper", shown(rule.pre?.[1]), { placeholder: "none" }),
    hold: numeric("Seconds beyond the limit before it is raised", secondsOf(rule.hold), { min: 0 }),
    hyst: numeric("Hysteresis", Number(degrees.stepFromKelvin(rule.hyst, units).toFixed(2)), { min: 0 }),
    latch: el("input", { type: "checkbox", checked: rule.latch }),
  };
}

function read(inputs, rule, units) {
  const out = { ...rule, quantity: { region: inputs.region.value, stat: inputs.stat.value } };
  out.condition = inputs.condition.value;
  if (inputs.other.value === FIXED) out.quantity.fixed = rule.quantity.fixed;
  else if (inputs.other.value)
    Object.assign(out.quantity, { other: inputs.other.value, otherStat: inputs.otherStat.value });
  const two = out.condition === "outside";
  const limits = (low, high) =>
    (two ? [low, high] : [low]).map((node) => limitFromShown(out, Number(node.value), units));
  out.limits = limits(inputs.low, inputs.high);
  out.pre = inputs.preLow.value === "" ? null : limits(inputs.preLow, inputs.preHigh);
  out.hold = Number(inputs.hold.value) > 0 ? `${Number(inputs.hold.value)}s` : "";
  out.hyst = degrees.stepToKelvin(Number(inputs.hyst.value) || 0, units);
  out.latch = inputs.latch.checked;
  return out;
}

/** A rule that this form does not know, as its text. */
function fillWithText(form, alarm) {
  const text = el("input", { value: alarm.rule, "aria-label": "Rule", spellcheck: "false" });
  form.replaceChildren(field("Rule", text));
  form.onchange = null;
  return () => ({ name: alarm.name, rule: text.value });
}

const NEW = { condition: ">", limits: [60], pre: null, hyst: 1, hold: "2s", latch: false, rest: "" };

/**
 * Fill the form for `alarm` ({name, rule}; a new one has an empty rule).
 * Return: a function that gives {name, rule} of what stands in it.
 */
export function fillAlarmForm(form, alarm, regionNames, region, units) {
  const rule = alarm.rule ? parseRule(alarm.rule) : { ...NEW, quantity: { region, stat: "max" } };
  if (!rule) return fillWithText(form, alarm);
  const inputs = inputsOf(alarm.name, rule, regionNames, units);
  const unit = soft(""),
    preUnit = soft(""),
    hystUnit = soft("");
  form.onchange = () => {
    const now = read(inputs, rule, units);
    const two = now.condition === "outside";
    setHidden(inputs.high, !two);
    setHidden(inputs.preHigh, !two);
    setHidden(inputs.otherStat, !now.quantity.other);
    setText(unit, limitUnit(now, units));
    setText(preUnit, limitUnit(now, units));
    setText(hystUnit, degrees.stepSymbol(units) + (now.condition === "rises" ? "/min" : ""));
  };
  form.replaceChildren(
    field("Name", inputs.name),
    field("Watch", inputs.region, inputs.stat),
    field("minus", inputs.other, inputs.otherStat),
    field("Alarm when", inputs.condition),
    field("limit", inputs.low, inputs.high, unit),
    field("for at least", inputs.hold, soft("s")),
    field("Hysteresis", inputs.hyst, hystUnit),
    field("Pre-alarm at", inputs.preLow, inputs.preHigh, preUnit),
    el("label", { class: "check" }, inputs.latch, "Stays until somebody acknowledges it"),
  );
  form.onchange();
  return () => ({ name: inputs.name.value.trim(), rule: printRule(read(inputs, rule, units)) });
}
