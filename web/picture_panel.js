// How the picture looks: palette, range, isotherm, which way up.
import * as degrees from "./degrees.js";
import { $, el, icon, segments, setHidden, setText } from "./dom.js";
import { isRadiometric, kelvinOfValue, valueOfKelvin } from "./frame.js";
import { palettes } from "./palettes.js";
import { lockRange, setRange } from "./scale.js";
import { set, settings } from "./settings.js";
import { listen, state } from "./state.js";
import { fullScreen, mirror, rotate } from "./toolbar.js";
import { radiometric, unitText } from "./values.js";

function strip(bytes) {
  const canvas = el("canvas", { width: 64, height: 1, "aria-hidden": "true" });
  const image = new ImageData(64, 1);
  for (let i = 0; i < 64; i++)
    image.data.set([bytes[i * 12], bytes[i * 12 + 1], bytes[i * 12 + 2], 255], i * 4);
  canvas.getContext("2d").putImageData(image, 0, 0);
  return canvas;
}

let choice = segments($("palettes"), [], () => {});
function showPalettes() {
  choice = segments(
    $("palettes"),
    palettes.list.map((p) => ({
      value: p.name,
      label: p.title,
      content: [strip(p.bytes), el("span", {}, p.title)],
    })),
    (palette) => set({ palette }),
  );
  choice.set(settings.palette);
}
export function stepPalette(by) {
  const names = palettes.list.map((p) => p.name);
  const at = Math.max(0, names.indexOf(settings.palette));
  set({ palette: names[(at + by + names.length) % names.length] });
}

const modes = segments(
  $("range-mode"),
  [
    { value: "minmax", label: "Min–max", title: "From the coldest to the hottest pixel" },
    { value: "percentile", label: "Percentile", title: "Without the extremes" },
    { value: "equalised", label: "Equalised", title: "About as many pixels for each colour: what is faint shows" },
    { value: "manual", label: "Manual", title: "As set; also by dragging the scale's handles" },
  ],
  (mode) => (mode === "manual" ? settings.range.mode !== "manual" && lockRange() : set({ range: { mode } })),
);

const isotherms = segments(
  $("isotherm-mode"),
  [
    ["off", "Off"],
    ["above", "Above"],
    ["below", "Below"],
    ["between", "Between"],
  ].map(([value, label]) => ({ value, label })),
  (mode) => set({ isotherm: { mode } }),
);
export function toggleIsotherm() {
  set({ isotherm: { mode: settings.isotherm.mode === "off" ? "above" : "off" } });
}

const shown = (k) => (radiometric() ? degrees.fromKelvin(k, settings.units) : k);
function typed(input) {
  const v = Number(input.value);
  return input.value !== "" && Number.isFinite(v) ? v : null;
}
function rangeTyped() {
  const low = typed($("range-low")),
    high = typed($("range-high"));
  if (low === null || high === null || !state.frame || !(high > low)) return;
  const value = (v) => (radiometric() ? valueOfKelvin(state.frame, degrees.toKelvin(v, settings.units)) : v);
  setRange(value(low), value(high));
}
$("range-low").addEventListener("change", rangeTyped);
$("range-high").addEventListener("change", rangeTyped);
$("range-percent").addEventListener("change", () => {
  const v = typed($("range-percent"));
  if (v !== null) set({ percent: Math.max(0, Math.min(20, v)) });
});
for (const end of ["low", "high"])
  $(`isotherm-${end}`).addEventListener("change", () => {
    const v = typed($(`isotherm-${end}`));
    if (v !== null) set({ isotherm: { [end]: degrees.toKelvin(v, settings.units) } });
  });
$("isotherm-colour").addEventListener("input", () =>
  set({ isotherm: { colour: $("isotherm-colour").value } }),
);

$("view-buttons").append(
  el("button", { type: "button", class: "button small", onclick: rotate }, icon("rotate"), "Turn"),
  el("button", { type: "button", class: "button small", onclick: mirror }, icon("flip"), "Mirror"),
  el("button", { type: "button", class: "button small", onclick: fullScreen }, icon("full"), "Full screen"),
);

const CHECKS = [
  ["smooth", "Smooth pixels", () => settings.smooth, (on) => set({ smooth: on })],
  ...[
    ["hot", "Hottest"],
    ["cold", "Coldest"],
    ["centre", "Centre"],
    ["labels", "Values in the picture"],
    ["spotmeter", "Spotmeter's place"],
  ].map(([key, label]) => [key, label, () => settings.show[key], (on) => set({ show: { [key]: on } })]),
];
const boxes = CHECKS.map(([key, label, read, write]) => {
  const input = el("input", { type: "checkbox", id: `view-${key}` });
  input.addEventListener("change", () => write(input.checked));
  $("view-checks").append(el("label", { class: "check" }, input, label));
  return [input, read];
});

const put = (input, text) => {
  if (document.activeElement !== input && input.value !== text) input.value = text;
};
function follow() {
  const { mode } = settings.range;
  choice.set(settings.palette);
  modes.set(mode);
  isotherms.set(settings.isotherm.mode);
  setHidden($("range-percent-row"), mode !== "percentile" && mode !== "equalised");
  put($("range-percent"), String(settings.percent));
  for (const [input, read] of boxes) input.checked = read();
  const iso = settings.isotherm.mode;
  setHidden($("isotherm-values"), iso === "off");
  setHidden($("isotherm-low-field"), iso === "below");
  setHidden($("isotherm-high-field"), iso === "above");
  setText($("isotherm-low-label"), iso === "above" ? "Above" : "From");
  setText($("isotherm-high-label"), iso === "below" ? "Below" : "to");
  $("isotherm-colour").value = settings.isotherm.colour;
  numbers();
}
function numbers() {
  const { frame, range } = state;
  if (!frame || !range || settings.tab !== "picture") return;
  const k = isRadiometric(frame);
  const places = k ? 1 : 0;
  const value = (v) => (k ? shown(kelvinOfValue(frame, v)) : v).toFixed(places);
  put($("range-low"), value(range.low));
  put($("range-high"), value(range.high));
  put($("isotherm-low"), degrees.fromKelvin(settings.isotherm.low, settings.units).toFixed(1));
  put($("isotherm-high"), degrees.fromKelvin(settings.isotherm.high, settings.units).toFixed(1));
  for (const unit of document.querySelectorAll("#panel-picture .unit")) setText(unit, unitText());
  setHidden($("isotherm-mode"), !k);
  if (!k) setHidden($("isotherm-values"), true);
}

listen("palettes", showPalettes);
listen("settings", follow);
listen("tick", numbers);
listen("tab", follow);
follow();
