// Alarms: states, acknowledging, trying out, editing. They are the camera's own and work without
// this page; here they are seen and heard.
import { get, named, post } from "./api.js";
import * as degrees from "./degrees.js";
import { readAlarms } from "./documents.js";
import { $, ask, el, icon, problem, setHidden, setText } from "./dom.js";
import { nameOk } from "./measure.js";
import { freeName, STATS } from "./region_text.js";
import { busy, change, load as loadRegions, regions } from "./regions.js";
import { CONDITIONS, limitFromShown, limitToShown, limitUnit, parseRule, printRule, sentence } from "./rule_text.js";
import { settings } from "./settings.js";
import { listen, state } from "./state.js";
import { openTab, openTabName } from "./tabs.js";
import { radiometric } from "./values.js";

let states = [], events = [];
const say = (text) => problem($("alarms-problem"), text);

const MASKS = { start: "waits for the first shutter correction", ffc: "waits out a shutter correction", gain: "waits after a gain switch", gap: "frames were lost", not_radiometric: "no degrees to judge", no_value: "its region is outside of the picture", no_frame: "no picture" };

function valueText(a) {
  const { units } = settings;
  if (!radiometric()) return "";
  if (Number.isFinite(a.value_c)) return degrees.temperature(a.value_c + 273.15, units);
  if (Number.isFinite(a.value_k)) return degrees.difference(a.value_k, units);
  if (Number.isFinite(a.value_k_per_min)) return `${degrees.difference(a.value_k_per_min, units)}/min`;
  return "";
}

async function act(name, what) {
  try {
    await post(`${named("/api/v1/alarms", name)}/${what}`);
    say(null);
  } catch (error) {
    say(error.message);
  }
  load();
}

function rows() {
  setHidden($("alarms-empty"), states.length > 0);
  $("alarm-rows").replaceChildren(...states.map((a) => {
    const name = String(a.name);
    const level = String(a.state);
    const about = [valueText(a), a.latched ? "not acknowledged" : "", MASKS[a.masked] || ""].filter(Boolean).join(", ");
    return el("li", { class: "alarm", "data-level": level },
      el("div", { class: "grow" },
        el("div", { class: "row" }, el("b", {}, name), el("span", { class: "level" }, level)),
        el("span", { class: "rule" }, sentence(String(a.rule), settings.units, radiometric())),
        about && el("span", { class: "rule" }, about)),
      el("div", { class: "actions" },
        a.latched && el("button", { type: "button", class: "button small", "aria-label": `Acknowledge ${name}`, onclick: () => act(name, "acknowledge") }, "Acknowledge"),
        el("button", { type: "button", class: "button small", "aria-label": `Test ${name}`, title: "Makes its event happen once, without a cause", onclick: () => act(name, "test") }, "Test"),
        el("button", { type: "button", class: "icon-button", "aria-label": `Edit ${name}`, onclick: () => edit(name) }, icon("pencil")),
        el("button", { type: "button", class: "icon-button", "aria-label": `Delete ${name}`, onclick: () => discardAlarm(name) }, icon("trash"))));
  }));
  const raised = states.filter((a) => a.state === "alarm"), pre = states.filter((a) => a.state === "pre-alarm");
  setHidden($("alarm-badge"), !raised.length && !pre.length);
  $("alarm-badge").dataset.level = raised.length ? "alarm" : "pre";
  setText($("alarm-badge-text"), raised.length ? raised.map((a) => a.name).join(", ") : `${pre.map((a) => a.name).join(", ")} (pre-alarm)`);
}

function eventRows() {
  $("alarm-events").replaceChildren(...events.slice(0, 20).map((e) => {
    const at = new Date(e.time);
    return el("li", {}, el("time", { datetime: String(e.time) }, Number.isNaN(at.getTime()) ? String(e.time) : at.toLocaleTimeString([], { hour12: false })),
      el("span", {}, el("b", {}, String(e.alarm)), ` ${e.test ? "test" : e.event}${valueText(e) ? `, ${valueText(e)}` : ""}`));
  }));
  if (!events.length) $("alarm-events").replaceChildren(el("li", { class: "soft" }, "Nothing has happened yet."));
}

async function load() {
  try {
    ({ states, events } = readAlarms(await get("/api/v1/alarms")));
  } catch (error) {
    if (openTabName() === "alarms") say(error.message);
    return;
  }
  rows();
  eventRows();
  const rules = (list) => JSON.stringify(list.map((a) => [String(a.name), String(a.rule)]));
  if (rules(states) !== rules(regions.alarms) && !busy()) loadRegions(); // somebody else has changed them
}

async function discardAlarm(name) {
  if (!(await ask("Delete this alarm?", name, "Delete"))) return;
  change({ alarms: regions.alarms.filter((a) => a.name !== name) });
}

// ---- the form ----

const form = $("alarm-form");
let editing = null; // name of the one that is changed, or null for a new one

const select = (label, options, value) => {
  const node = el("select", { "aria-label": label }, ...options.map(([v, text]) => el("option", { value: v, selected: v === value }, text)));
  return node;
};
const field = (label, ...nodes) => el("div", { class: "field-row" }, el("span", {}, label), el("span", { class: "row" }, ...nodes));
const numeric = (label, value, more) => el("input", { type: "number", step: "any", inputmode: "decimal", "aria-label": label, value: value ?? "", ...more });

function build(name = null) {
  editing = name;
  setText($("alarm-form-title"), name ? `Change ${name}` : "New alarm");
  const names = regions.list.map((r) => r.name);
  if (!radiometric()) return form.replaceChildren(el("p", { class: "empty" }, "An alarm judges temperatures; this picture has none."));
  if (!names.length) return form.replaceChildren(el("p", { class: "empty" }, "Draw a region first: an alarm watches one."));
  const kept = name ? regions.alarms.find((a) => a.name === name) : null;
  const rule = (kept && parseRule(kept.rule)) || { quantity: { region: regions.selected || names[0], stat: "max" }, condition: ">", limits: [60], pre: null, hyst: 1, hold: "2s", latch: false, rest: "" };
  if (kept && !parseRule(kept.rule)) {
    const text = el("input", { value: kept.rule, "aria-label": "Rule", spellcheck: "false" });
    form.replaceChildren(field("Rule", text), el("div", { class: "row end" }, el("button", { class: "button primary", type: "submit" }, "Save")));
    form.read = () => ({ name, rule: text.value });
    return;
  }
  const { units } = settings;
  const q = rule.quantity;
  const shown = (v) => (v === undefined ? "" : Number(limitToShown(rule, v, units).toFixed(2)));
  const nodes = {
    name: el("input", { value: name || freeName(regions.alarms.map((a) => a.name), "alarm"), maxlength: 31, "aria-label": "Name of the alarm", spellcheck: "false", autocomplete: "off" }),
    region: select("Region", names.map((n) => [n, n]), q.region),
    stat: select("Value", STATS.map((s) => [s, s]), q.stat),
    other: select("Minus", [["", "nothing"], ...names.map((n) => [n, n])], q.other || ""),
    otherStat: select("Value subtracted", STATS.map((s) => [s, s]), q.otherStat || q.stat),
    condition: select("Condition", Object.entries(CONDITIONS), rule.condition),
    low: numeric("Limit", shown(rule.limits[0]), { required: true }),
    high: numeric("Upper limit", shown(rule.limits[1])),
    preLow: numeric("Pre-alarm at", rule.pre ? shown(rule.pre[0]) : "", { placeholder: "none" }),
    preHigh: numeric("Pre-alarm, upper", rule.pre ? shown(rule.pre[1]) : "", { placeholder: "none" }),
    hold: numeric("Seconds beyond the limit before it is raised", parseFloat(rule.hold) * ({ m: 60, h: 3600 }[/[mh]/.exec(rule.hold)?.[0]] || 1) || 0, { min: 0 }),
    hyst: numeric("Hysteresis", Number(degrees.stepFromKelvin(rule.hyst, units).toFixed(2)), { min: 0 }),
    latch: el("input", { type: "checkbox", checked: rule.latch }),
  };
  const unit = el("span", { class: "soft" }), preUnit = el("span", { class: "soft" }), hystUnit = el("span", { class: "soft" });
  const read = () => {
    const out = { ...rule, quantity: { region: nodes.region.value, stat: nodes.stat.value }, condition: nodes.condition.value };
    if (nodes.other.value) Object.assign(out.quantity, { other: nodes.other.value, otherStat: nodes.otherStat.value });
    const two = out.condition === "outside";
    const value = (node) => limitFromShown(out, Number(node.value), units);
    out.limits = two ? [value(nodes.low), value(nodes.high)] : [value(nodes.low)];
    out.pre = nodes.preLow.value === "" ? null : two ? [value(nodes.preLow), value(nodes.preHigh)] : [value(nodes.preLow)];
    out.hold = Number(nodes.hold.value) > 0 ? `${Number(nodes.hold.value)}s` : "";
    out.hyst = degrees.stepToKelvin(Number(nodes.hyst.value) || 0, units);
    out.latch = nodes.latch.checked;
    return out;
  };
  const follow = () => {
    const now = read();
    const two = now.condition === "outside";
    setHidden(nodes.high, !two);
    setHidden(nodes.preHigh, !two);
    setHidden(nodes.otherStat, !nodes.other.value);
    setText(unit, limitUnit(now, units));
    setText(preUnit, limitUnit(now, units));
    setText(hystUnit, degrees.stepSymbol(units) + (now.condition === "rises" ? "/min" : ""));
  };
  form.onchange = follow;
  form.read = () => ({ name: nodes.name.value.trim(), rule: printRule(read()) });
  form.replaceChildren(
    field("Name", nodes.name),
    field("Watch", nodes.region, nodes.stat),
    field("minus", nodes.other, nodes.otherStat),
    field("Alarm when", nodes.condition),
    field("limit", nodes.low, nodes.high, unit),
    field("for at least", nodes.hold, el("span", { class: "soft" }, "s")),
    field("Hysteresis", nodes.hyst, hystUnit),
    field("Pre-alarm at", nodes.preLow, nodes.preHigh, preUnit),
    el("label", { class: "check" }, nodes.latch, "Stays until somebody acknowledges it"),
    el("div", { class: "row end" },
      name && el("button", { class: "button", type: "button", onclick: () => build() }, "Cancel"),
      el("button", { class: "button primary", type: "submit" }, name ? "Save" : "Add alarm")));
  follow();
}

function edit(name) {
  build(name);
  $("alarm-more").open = true;
  form.querySelector("input")?.focus();
}

form.addEventListener("submit", (event) => {
  event.preventDefault();
  if (!form.read) return;
  const alarm = form.read();
  if (!nameOk(alarm.name)) return say("A name has letters, digits, - and _, begins with a letter, and is at most 31 long.");
  if (alarm.name !== editing && regions.alarms.some((a) => a.name === alarm.name)) return say(`There is an alarm ${alarm.name} already.`);
  say(null);
  const at = regions.alarms.findIndex((a) => a.name === editing);
  change({ alarms: at < 0 ? [...regions.alarms, alarm] : regions.alarms.map((a, i) => (i === at ? alarm : a)) });
  $("alarm-more").open = false;
  editing = null;
});
$("alarm-more").addEventListener("toggle", () => $("alarm-more").open && editing === null && build());

// ---- when something happens ----

function toast(text, level) {
  const node = el("div", { class: `toast ${level}` }, icon("bell"), el("span", { class: "grow" }, text),
    el("button", { type: "button", class: "icon-button small", "aria-label": "Dismiss", onclick: () => node.remove() }, icon("close")));
  $("toasts").append(node);
  while ($("toasts").children.length > 4) $("toasts").firstElementChild.remove();
  setTimeout(() => node.remove(), level === "calm" ? 6000 : 30000);
}

listen("event", ({ event: kind, alarm: event }) => {
  if (kind !== "alarm" || !event) return;
  const to = String(event.event);
  const value = valueText(event);
  const level = to === "alarm" ? "" : to === "ok" ? "calm" : "pre";
  toast(`${event.test ? "Test of alarm" : "Alarm"} ${event.alarm}: ${to}${value ? `, ${value}` : ""}`, level);
  load();
});
listen("refresh", load);
listen("regions-problem", (text) => {
  if (openTabName() === "alarms") say(text);
  load();
});
listen("tab", (id) => {
  if (id !== "alarms") return;
  load();
  if ($("alarm-more").open) build(editing);
});
listen("settings", (change_) => change_.units && rows());
setInterval(() => openTabName() === "alarms" && document.visibilityState === "visible" && state.link.state === "open" && load(), 2000);
$("alarm-badge").addEventListener("click", () => openTab("alarms"));
