// The tools beside the picture.
import { $, el, icon, setAttribute, setIcon } from "./dom.js";
import { setTool, currentTool } from "./overlay.js";
import { toggleRecording } from "./record_panel.js";
import { set, settings } from "./settings.js";
import { SHAPES } from "./shapes.js";
import { savePng } from "./still.js";
import { listen, state } from "./state.js";

const holder = $("tools");
const tools = [
  ["select", "Select and move", "v"],
  ...Object.entries(SHAPES).map(([id, { label, key }]) => [id, label, key]),
];

export const rotate = () => set({ quarters: (settings.quarters + 1) % 4 });
export const mirror = () => set({ mirrored: !settings.mirrored });
/** Nothing but the picture; on the whole screen where the browser can. */
export function fullScreen() {
  const on = document.documentElement.classList.toggle("full");
  if (!document.fullscreenEnabled) return;
  if (on) document.documentElement.requestFullscreen().catch(() => {});
  else if (document.fullscreenElement) document.exitFullscreen();
}
document.addEventListener("fullscreenchange", () => {
  if (!document.fullscreenElement) document.documentElement.classList.remove("full");
});

const button = (name, label, key, onclick, more) =>
  el(
    "button",
    {
      type: "button",
      class: "tool",
      title: `${label} (${key.toUpperCase()})`,
      "aria-label": label,
      "aria-keyshortcuts": key,
      onclick,
      ...more,
    },
    icon(name),
  );

const toolButtons = tools.map(([id, label, key]) =>
  button(id, label, key, () => setTool(currentTool() === id ? "select" : id), {
    "aria-pressed": String(id === "select"),
    "data-tool": id,
  }),
);
const record = button("record", "Record", "r", toggleRecording, { class: "tool recording-tool" });
const actions = [
  button("rotate", "Turn the picture", "o", rotate),
  button("flip", "Mirror the picture", "m", mirror),
  button("full", "Full screen", "x", fullScreen),
  button("photo", "Save a picture", "n", savePng),
  record,
];
holder.append(...toolButtons, el("span", { class: "tools-gap", "aria-hidden": "true" }), ...actions);

// One tab stop; arrows go from tool to tool.
const all = [...toolButtons, ...actions];
all.forEach((b, i) => {
  b.tabIndex = i ? -1 : 0;
});
holder.addEventListener("keydown", (event) => {
  const by = { ArrowDown: 1, ArrowRight: 1, ArrowUp: -1, ArrowLeft: -1 }[event.key];
  const at = all.indexOf(document.activeElement);
  if (!by || at < 0) return;
  event.preventDefault();
  event.stopPropagation();
  const next = all[(at + by + all.length) % all.length];
  all.forEach((b) => {
    b.tabIndex = b === next ? 0 : -1;
  });
  next.focus();
});

listen("tool", (tool) => {
  for (const b of toolButtons) setAttribute(b, "aria-pressed", String(b.dataset.tool === tool));
  if (tool !== "select") $("picture").focus({ preventScroll: true });
});
listen("status", () => {
  const on = !!state.status.recording?.active;
  setAttribute(record, "aria-label", on ? "Stop recording" : "Record");
  record.classList.toggle("on", on);
  setIcon(record.querySelector("use"), on ? "stop" : "record");
});
