// The scale's handles: they show the range, and set it when they are dragged or moved by keys.
import * as degrees from "./degrees.js";
import { $, setAttribute, setHidden, setIcon, setText } from "./dom.js";
import { isRadiometric, kelvinOfValue, valueOfKelvin } from "./frame.js";
import { holdAxis, view } from "./picture.js";
import { set, settings } from "./settings.js";
import { listen, state } from "./state.js";

const TOP = 10; // as picture.js lays the canvas out
const room = $("scale-canvas");
const parts = { high: $("handle-high"), low: $("handle-low") };
let axis = null; // of the scale while a handle is pulled
let pulled = null,
  grip = 0; // the end that is pulled; from the pointer's value to the handle's

const shownOf = (value) =>
  isRadiometric(state.frame) ? degrees.fromKelvin(kelvinOfValue(state.frame, value), settings.units) : value;
const valueOf = (shown) =>
  isRadiometric(state.frame) ? valueOfKelvin(state.frame, degrees.toKelvin(shown, settings.units)) : shown;

/** The range by hand, from pixel values; kept in kelvin so that it outlives a change of gain. */
export function setRange(low, high) {
  const { frame } = state;
  if (!frame) return;
  const least = isRadiometric(frame) ? valueOfKelvin(frame, 0.2) : 2;
  if (high - low < least) return;
  const before = settings.range.mode === "manual" ? settings.range.before : settings.range.mode;
  set({
    range: isRadiometric(frame)
      ? { mode: "manual", before, kelvin: [kelvinOfValue(frame, low), kelvinOfValue(frame, high)] }
      : { mode: "manual", before, counts: [low, high] },
  });
}

export function lockRange() {
  if (settings.range.mode === "manual") set({ range: { mode: settings.range.before } });
  else if (state.range) setRange(state.range.low, state.range.high);
}

function place() {
  const { range, frame, axis: shown } = state;
  if (!range || !shown || !frame) return;
  const height = view.scalePx - 2 * TOP; // measured once, not with every frame
  const places = isRadiometric(frame) ? 1 : 0;
  for (const [end, node] of Object.entries(parts)) {
    const y = TOP + (1 - (range[end] - shown.low) / (shown.high - shown.low)) * height;
    node.style.transform = `translateY(${y.toFixed(1)}px)`;
    const text = degrees.number(shownOf(range[end]), places);
    setText(node.firstElementChild, text);
    setAttribute(node, "aria-valuenow", shownOf(range[end]).toFixed(places));
    setAttribute(node, "aria-valuemin", shownOf(shown.low).toFixed(places));
    setAttribute(node, "aria-valuemax", shownOf(shown.high).toFixed(places));
    setAttribute(
      node,
      "aria-valuetext",
      isRadiometric(frame) ? `${text} ${degrees.symbolOf(settings.units)}` : `${text} counts`,
    );
  }
}

function valueUnder(event) {
  const box = room.getBoundingClientRect();
  const share = 1 - (event.clientY - box.top - TOP) / (box.height - 2 * TOP);
  return axis.low + share * (axis.high - axis.low);
}

function pull(end, event) {
  const { range } = state;
  const value = Math.max(0, Math.min(65535, valueUnder(event) + grip));
  setRange(end === "low" ? value : range.low, end === "high" ? value : range.high);
}

for (const [end, node] of Object.entries(parts)) {
  node.addEventListener("pointerdown", (event) => {
    if (!state.axis || event.button !== 0) return;
    event.preventDefault();
    node.focus({ preventScroll: true });
    pulled = end;
    node.setPointerCapture(event.pointerId);
    // The first pull opens the scale beyond the range, then it stands still under the finger.
    const { range, stats } = state;
    const air = Math.max((stats.max - stats.min) * 0.3, 20);
    axis = { low: Math.min(range.low, stats.min) - air, high: Math.max(range.high, stats.max) + air };
    holdAxis(axis);
    grip = range[end] - valueUnder(event);
  });
  node.addEventListener("pointermove", (event) => {
    if (pulled === end && (event.movementY || event.movementX)) pull(end, event);
  });
  const release = () => {
    if (pulled !== end) return;
    pulled = null;
    holdAxis(null);
  };
  node.addEventListener("pointerup", release);
  node.addEventListener("pointercancel", release);
  node.addEventListener("keydown", (event) => {
    const steps = { ArrowUp: 1, ArrowRight: 1, ArrowDown: -1, ArrowLeft: -1, PageUp: 10, PageDown: -10 }[
      event.key
    ];
    if (!steps || !state.range) return;
    event.preventDefault();
    event.stopPropagation();
    const { range } = state;
    const step = isRadiometric(state.frame) ? 0.5 : 10;
    const value = valueOf(shownOf(range[end]) + steps * (event.shiftKey ? step / 5 : step));
    setRange(end === "low" ? value : range.low, end === "high" ? value : range.high);
  });
}

$("lock").addEventListener("click", lockRange);

function lockState() {
  const locked = settings.range.mode === "manual";
  setAttribute($("lock"), "aria-pressed", String(locked));
  setAttribute(
    $("lock"),
    "aria-label",
    locked ? "Range is locked: follow the picture again" : "Lock the range",
  );
  setAttribute($("lock"), "title", locked ? "Follow the picture again (H)" : "Hold this range (H)");
  setIcon($("lock-icon"), locked ? "lock" : "unlock");
}

listen("range", place);
listen("settings", () => {
  lockState();
  place();
});
listen("first", lockState);
listen("layout", place);
setHidden($("scale"), false);
