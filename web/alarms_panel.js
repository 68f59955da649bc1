// Alarms: states, acknowledging, trying out, editing. They are the camera's own and work without
// this page; here they are seen and heard.
import { fillAlarmForm } from "./alarm_form.js";
import { get, named, post } from "./api.js";
import * as degrees from "./degrees.js";
import { readAlarms } from "./documents.js";
import { $, ask, el, icon, problem, replaceKeepingFocus, setHidden, setText } from "./dom.js";
import { nameOk } from "./measure.js";
import { freeName } from "./region_text.js";
import { busy, change, load as loadRegions, regions } from "./regions.js";
import { sentence } from "./rule_text.js";
import { settings } from "./settings.js";
import { listen, state } from "./state.js";
import { openTab, openTabName } from "./tabs.js";
import { radiometric } from "./values.js";

let states = [],
  events = [];
const say = (text) => problem($("alarms-problem"), text);

const MASKS = {
  start: "waits for the first shutter correction",
  ffc: "waits out a shutter correction",
  gain: "waits after a gain switch",
  gap: "frames were lost",
  not_radiometric: "no degrees to judge",
  no_value: "its region is outside of the picture",
  no_frame: "no picture",
};

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
  replaceKeepingFocus(
    $("alarm-rows"),
    ...states.map((a) => {
      const name = String(a.name);
      const level = String(a.state);
      const about = [valueText(a), a.latched ? "not acknowledged" : "", MASKS[a.masked] || ""]
        .filter(Boolean)
        .join(", ");
      return el(
        "li",
        { class: "alarm", "data-level": level },
        el(
          "div",
          { class: "grow" },
          el("div", { class: "row" }, el("b", {}, name), el("span", { class: "level" }, level)),
          el("span", { class: "rule" }, sentence(String(a.rule), settings.units, radiometric())),
          about && el("span", { class: "rule" }, about),
        ),
        el(
          "div",
          { class: "actions" },
          a.latched &&
            el(
              "button",
              {
                type: "button",
                class: "button small",
                "aria-label": `Acknowledge ${name}`,
                onclick: () => act(name, "acknowledge"),
              },
              "Acknowledge",
            ),
          el(
            "button",
            {
              type: "button",
              class: "button small",
              "aria-label": `Test ${name}`,
              title: "Makes its event happen once, without a cause",
              onclick: () => act(name, "test"),
            },
            "Test",
          ),
          el(
            "button",
            { type: "button", class: "icon-button", "aria-label": `Edit ${name}`, onclick: () => edit(name) },
            icon("pencil"),
          ),
          el(
            "button",
            {
              type: "button",
              class: "icon-button",
              "aria-label": `Delete ${name}`,
              onclick: () => discardAlarm(name),
            },
            icon("trash"),
          ),
        ),
      );
    }),
  );
  const raised = states.filter((a) => a.state === "alarm"),
    pre = states.filter((a) => a.state === "pre-alarm");
  setHidden($("alarm-badge"), !raised.length && !pre.length);
  $("alarm-badge").dataset.level = raised.length ? "alarm" : "pre";
  setText(
    $("alarm-badge-text"),
    raised.length ? raised.map((a) => a.name).join(", ") : `${pre.map((a) => a.name).join(", ")} (pre-alarm)`,
  );
}

function eventRows() {
  $("alarm-events").replaceChildren(
    ...events.slice(0, 20).map((e) => {
      const at = new Date(e.time);
      return el(
        "li",
        {},
        el(
          "time",
          { datetime: String(e.time) },
          Number.isNaN(at.getTime()) ? String(e.time) : at.toLocaleTimeString([], { hour12: false }),
        ),
        el(
          "span",
          {},
          el("b", {}, String(e.alarm)),
          ` ${e.test ? "test" : e.event}${valueText(e) ? `, ${valueText(e)}` : ""}`,
        ),
      );
    }),
  );
  if (!events.length)
    $("alarm-events").replaceChildren(el("li", { class: "soft" }, "Nothing has happened yet."));
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
let readForm = null;

function build(name = null) {
  editing = name;
  readForm = null;
  setText($("alarm-form-title"), name ? `Change ${name}` : "New alarm");
  const names = regions.list.map((r) => r.name);
  const missing = !radiometric()
    ? "An alarm judges temperatures; this picture has none."
    : names.length
      ? ""
      : "Draw a region first: an alarm watches one.";
  if (missing) return form.replaceChildren(el("p", { class: "empty" }, missing));
  const taken = regions.alarms.map((a) => a.name);
  const alarm = regions.alarms.find((a) => a.name === name) || { name: freeName(taken, "alarm"), rule: "" };
  readForm = fillAlarmForm(form, alarm, names, regions.selected || names[0], settings.units);
  form.append(
    el(
      "div",
      { class: "row end" },
      name && el("button", { class: "button", type: "button", onclick: () => build() }, "Cancel"),
      el("button", { class: "button primary", type: "submit" }, name ? "Save" : "Add alarm"),
    ),
  );
}

function edit(name) {
  build(name);
  $("alarm-more").open = true;
  form.querySelector("input")?.focus();
}

form.addEventListener("submit", (event) => {
  event.preventDefault();
  if (!readForm) return;
  const alarm = readForm();
  if (!nameOk(alarm.name))
    return say("A name has letters, digits, - and _, begins with a letter, and is at most 31 long.");
  if (alarm.name !== editing && regions.alarms.some((a) => a.name === alarm.name))
    return say(`There is an alarm ${alarm.name} already.`);
  say(null);
  const at = regions.alarms.findIndex((a) => a.name === editing);
  change({
    alarms: at < 0 ? [...regions.alarms, alarm] : regions.alarms.map((a, i) => (i === at ? alarm : a)),
  });
  $("alarm-more").open = false;
  editing = null;
});
$("alarm-more").addEventListener("toggle", () => $("alarm-more").open && editing === null && build());

// ---- when something happens ----

function toast(text, level) {
  const node = el(
    "div",
    { class: `toast ${level}` },
    icon("bell"),
    el("span", { class: "grow" }, text),
    el(
      "button",
      { type: "button", class: "icon-button small", "aria-label": "Dismiss", onclick: () => node.remove() },
      icon("close"),
    ),
  );
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
setInterval(
  () =>
    openTabName() === "alarms" &&
    document.visibilityState === "visible" &&
    state.link.state === "open" &&
    load(),
  2000,
);
$("alarm-badge").addEventListener("click", () => openTab("alarms"));
