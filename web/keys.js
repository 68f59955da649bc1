// Single-key shortcuts, and the list of them.
import { ffcNow } from "./camera_panel.js";
import { UNIT_LETTERS } from "./degrees.js";
import { $, el } from "./dom.js";
import { currentTool, setTool, undoStep } from "./overlay.js";
import { stepPalette, toggleIsotherm } from "./picture_panel.js";
import { toggleRecording } from "./record_panel.js";
import { lockRange } from "./scale.js";
import { set, settings } from "./settings.js";
import { SHAPES } from "./shapes.js";
import { savePng } from "./still.js";
import { openTab, tabNames } from "./tabs.js";
import { toggleTheme } from "./theme.js";
import { fullScreen, mirror, rotate } from "./toolbar.js";

const pick = (tool) => () => setTool(currentTool() === tool ? "select" : tool);
const KEYS = [
  ["v", "Select and move", () => setTool("select")],
  ...Object.entries(SHAPES).map(([id, { label, key }]) => [key, `Draw: ${label.toLowerCase()}`, pick(id)]),
  ["h", "Hold the range, or let it follow", lockRange],
  ["[", "Palette before", () => stepPalette(-1)],
  ["]", "Palette after", () => stepPalette(1)],
  ["i", "Isotherm on, off", toggleIsotherm],
  [
    "u",
    "Next unit",
    () => set({ units: UNIT_LETTERS[(UNIT_LETTERS.indexOf(settings.units) + 1) % UNIT_LETTERS.length] }),
  ],
  ["f", "Shutter correction (FFC) now", ffcNow],
  ["r", "Record, stop", toggleRecording],
  ["n", "Save the picture", savePng],
  ["o", "Turn the picture", rotate],
  ["m", "Mirror the picture", mirror],
  ["x", "Full screen", fullScreen],
  ["d", "Light or dark", toggleTheme],
  ["1 … 6", "Panels", null],
  ["?", "This list", help],
];
const FIXED = [
  ["Enter", "With a tool: place one; on a region: its settings; polygon: close it"],
  ["Arrows", "On the picture: reading point; on a region: move it"],
  ["Shift+Arrows", "Ten pixels; on a region: its size"],
  ["Delete", "Remove the region"],
  ["Escape", "Put the tool away, let go"],
];

const dialog = $("help");
function help() {
  if (dialog.open) dialog.close();
  else dialog.showModal();
}
$("help-open").addEventListener("click", help);
$("keys").append(
  ...[...KEYS, ...FIXED].map(([key, about]) =>
    el(
      "div",
      {},
      el("dt", {}, el("kbd", {}, key.length === 1 ? key.toUpperCase() : key)),
      el("dd", {}, about),
    ),
  ),
);
dialog.addEventListener("click", (event) => {
  if (event.target === dialog) dialog.close();
});
const on = $("shortcuts-on");
on.checked = settings.shortcuts;
on.addEventListener("change", () => set({ shortcuts: on.checked }));

const typing = (node) =>
  node.closest?.('input:not([type="checkbox"], [type="range"], [type="color"]), select, textarea');

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented || event.repeat) return;
  if (typing(event.target)) return;
  if (document.querySelector("dialog[open]")) {
    if (event.key === "?") dialog.open && dialog.close();
    return;
  }
  if (event.key === "Escape") return undoStep();
  if (!settings.shortcuts) return;
  const names = tabNames();
  const n = Number(event.key);
  if (n >= 1 && n <= names.length && event.key.trim()) {
    event.preventDefault();
    openTab(names[n - 1]);
    $(`tab-${names[n - 1]}`).focus({ preventScroll: true });
    return;
  }
  const known = KEYS.find(([key]) => key === event.key.toLowerCase());
  if (!known?.[2]) return;
  event.preventDefault();
  known[2]();
});
