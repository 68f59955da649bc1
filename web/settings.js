// How this viewer wants to see things: kept in this browser, nobody else's business.
import { tell } from "./state.js";

const KEY = "ironbow";

const DEFAULTS = {
  units: "C",
  theme: "auto",
  palette: "ironbow",
  smooth: true,
  quarters: 0,
  mirrored: false,
  percent: 1,
  range: { mode: "minmax", before: "minmax", kelvin: null, counts: null },
  isotherm: { mode: "off", low: 303.15, high: 333.15, colour: "#27e07d" },
  show: { hot: true, cold: true, centre: true, labels: true, spotmeter: false },
  graph: { kind: "time", stat: "max", minutes: 5 },
  tab: "measure",
  shortcuts: true,
  format: "mkv",
};

/** Only what has the type of the default is taken over: the store is not ours alone. */
function merged(defaults, kept) {
  if (typeof kept !== "object" || kept === null) return structuredClone(defaults);
  const out = {};
  for (const [key, value] of Object.entries(defaults)) {
    const old = kept[key];
    if (value === null)
      out[key] = Array.isArray(old) && old.every(Number.isFinite) && old.length === 2 ? old : null;
    else if (typeof value === "object") out[key] = merged(value, old);
    else out[key] = typeof old === typeof value && old === old ? old : value;
  }
  return out;
}

function load() {
  try {
    return merged(DEFAULTS, JSON.parse(localStorage.getItem(KEY)));
  } catch {
    return structuredClone(DEFAULTS);
  }
}

export const settings = load();

let saving = 0;
function save() {
  clearTimeout(saving);
  saving = 0;
  try {
    localStorage.setItem(KEY, JSON.stringify(settings));
  } catch {
    // a full or forbidden store: the page works, it only forgets
  }
}
addEventListener("pagehide", () => saving && save());

/** Change some; `change` may name nested groups: {range: {mode: "manual"}}. */
export function set(change) {
  for (const [key, value] of Object.entries(change)) {
    if (typeof value === "object" && value !== null && !Array.isArray(value))
      Object.assign(settings[key], value);
    else settings[key] = value;
  }
  clearTimeout(saving);
  saving = setTimeout(save, 200);
  tell("settings", change);
}
