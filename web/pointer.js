// The temperature under the pointer, a finger, or the keyboard's reading point; and the row of
// readings under the picture.
import { $, setHidden, setText } from "./dom.js";
import { arrow, currentTool, placeByKey, say } from "./overlay.js";
import { toScreen, toSensor, view } from "./picture.js";
import { listen, state } from "./state.js";
import { pixelText, radiometric, valueAt } from "./values.js";

const picture = $("picture"),
  hover = $("hover"),
  cursor = $("cursor");
let at = null; // sensor pixel
let byKey = false;
let speaking = 0;

function show() {
  const value = at && valueAt(at[0], at[1]);
  const on = value !== null && value !== undefined && at !== null;
  setHidden(hover, !on);
  setHidden(cursor, !on || !byKey);
  setText($("read-pointer"), on ? pixelText(value) : "–");
  setText($("read-pointer-at"), on ? `${at[0]}, ${at[1]}` : "");
  if (!on) return;
  const [x, y] = toScreen(at[0] + 0.5, at[1] + 0.5);
  const right = x > view.widthPx - 120,
    low = y > view.heightPx - 50;
  const px = Math.round(x + (right ? -14 : 14)),
    py = Math.round(y + (low ? -14 : 14));
  hover.style.transform = `translate(${px}px, ${py}px) translate(${right ? "-100%" : "0"}, ${low ? "-100%" : "0"})`;
  setText($("hover-value"), pixelText(value));
  setText($("hover-at"), `${at[0]}, ${at[1]}`);
  if (byKey) {
    const [left, top] = toScreen(at[0], at[1]),
      [r, b] = toScreen(at[0] + 1, at[1] + 1);
    cursor.style.transform = `translate(${(left + r) / 2}px, ${(top + b) / 2}px)`;
  }
}

function clear() {
  at = null;
  byKey = false;
  show();
}

picture.addEventListener("pointermove", (event) => {
  const box = picture.getBoundingClientRect();
  const [x, y] = toSensor(event.clientX - box.left, event.clientY - box.top);
  at = [Math.floor(x), Math.floor(y)];
  byKey = false;
  show();
});
picture.addEventListener("pointerdown", (event) => {
  const box = picture.getBoundingClientRect();
  at = toSensor(event.clientX - box.left, event.clientY - box.top).map(Math.floor);
  byKey = false;
  show();
});
picture.addEventListener("pointerleave", (event) => {
  if (event.pointerType !== "touch" && !byKey) clear();
});

picture.addEventListener("keydown", (event) => {
  if (event.target !== picture || !state.frame) return;
  const { width, height } = state.frame;
  const by = arrow(event);
  if (by) {
    const step = event.shiftKey ? 10 : 1;
    if (!at) at = [Math.floor(width / 2), Math.floor(height / 2)];
    else at = [at[0] + by[0] * step, at[1] + by[1] * step];
    at = [Math.max(0, Math.min(width - 1, at[0])), Math.max(0, Math.min(height - 1, at[1]))];
    byKey = true;
    show();
    clearTimeout(speaking);
    speaking = setTimeout(() => say(`${at[0]}, ${at[1]}: ${pixelText(valueAt(at[0], at[1]))}`), 300);
  } else if (event.key === "Enter" || event.key === " ") {
    const [x, y] = at || [Math.floor(width / 2), Math.floor(height / 2)];
    if (!placeByKey(x, y)) return;
  } else if (event.key === "Escape" && at && currentTool() === "select") clear();
  else return;
  event.preventDefault();
  event.stopPropagation();
});

function readouts() {
  const { stats, frame } = state;
  if (!frame || !stats) return;
  show();
  setText($("read-hot"), pixelText(stats.max));
  setText($("read-hot-at"), `${stats.maxAt[0]}, ${stats.maxAt[1]}`);
  setText($("read-cold"), pixelText(stats.min));
  setText($("read-cold-at"), `${stats.minAt[0]}, ${stats.minAt[1]}`);
  const c = [Math.floor(frame.width / 2), Math.floor(frame.height / 2)];
  setText($("read-centre"), pixelText(valueAt(c[0], c[1])));
  setText($("read-centre-at"), `${c[0]}, ${c[1]}`);
  setText($("read-mean"), pixelText(stats.mean));
  setText($("read-mean-at"), radiometric() ? "all pixels" : "counts, all pixels");
}
listen("tick", readouts);
listen("layout", show);
listen("orient", clear);
