// The panels beside (on a phone: below) the picture, one at a time.
import { $, el, setAttribute, setHidden } from "./dom.js";
import { set, settings } from "./settings.js";
import { tell } from "./state.js";

const TABS = [
  ["measure", "Measure"],
  ["alarms", "Alarms"],
  ["picture", "Picture"],
  ["camera", "Camera"],
  ["record", "Record"],
  ["simulator", "Simulator"],
];

const holder = $("tabs");
const buttons = new Map(
  TABS.map(([id, label]) => [
    id,
    el(
      "button",
      {
        type: "button",
        role: "tab",
        id: `tab-${id}`,
        "aria-controls": `panel-${id}`,
        hidden: id === "simulator",
        onclick: () => openTab(id),
      },
      label,
    ),
  ]),
);
holder.append(...buttons.values());

export const tabNames = () => TABS.map(([id]) => id).filter((id) => !buttons.get(id).hidden);
let open = null;
export const openTabName = () => open;

/** Sideways only: the page itself stays where it is. */
function reveal(button) {
  const left = button.offsetLeft - holder.offsetLeft,
    right = left + button.offsetWidth;
  if (left < holder.scrollLeft) holder.scrollLeft = left;
  else if (right > holder.scrollLeft + holder.clientWidth) holder.scrollLeft = right - holder.clientWidth;
}

export function openTab(id) {
  if (!buttons.has(id) || buttons.get(id).hidden) id = "measure";
  for (const [name, button] of buttons) {
    setAttribute(button, "aria-selected", String(name === id));
    button.tabIndex = name === id ? 0 : -1;
    setHidden($(`panel-${name}`), name !== id);
  }
  reveal(buttons.get(id));
  if (open === id) return;
  open = id;
  if (settings.tab !== id) set({ tab: id });
  tell("tab", id);
}

export function showTab(id, on) {
  setHidden(buttons.get(id), !on);
  if (!on && open === id) openTab("measure");
}

holder.addEventListener("keydown", (event) => {
  const names = tabNames();
  const at = names.indexOf(open);
  const next = { ArrowRight: at + 1, ArrowLeft: at - 1, Home: 0, End: names.length - 1 }[event.key];
  if (next === undefined) return;
  event.preventDefault();
  event.stopPropagation();
  openTab(names[(next + names.length) % names.length]);
  buttons.get(open).focus();
});
