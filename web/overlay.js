// Regions under the pointer and the keyboard: invisible shapes over the picture that can be
// focused, dragged and pulled; and drawing new ones. What is seen is drawn by the worker.
import { $, setAttribute, svg } from "./dom.js";
import { put } from "./api.js";
import { toScreen, toSensor, view } from "./picture.js";
import { add, change, discard, draft, find, regions, replace, select } from "./regions.js";
import {
  bounds,
  drawn,
  grown,
  handles,
  hasArea,
  moved,
  MOST_CORNERS,
  outline,
  polygonOf,
  preset,
  reshaped,
  SHAPES,
} from "./shapes.js";
import { listen, state, tell } from "./state.js";

const picture = $("picture");
const overlay = $("overlay");
let tool = "select";
let action = null; // {kind: "move" | "handle" | "draw", …}
let corners = []; // of a polygon being drawn

export const currentTool = () => tool;
export function setTool(next) {
  tool = next;
  corners = [];
  action = null;
  draft(null);
  picture.dataset.tool = tool;
  tell("tool", tool);
  const label = SHAPES[tool]?.label;
  if (label) say(`${label}: draw on the picture, or press Enter to place one in the middle`);
}

export function say(text) {
  $("spoken").textContent = text;
}

const size = () => (state.frame ? [state.frame.width, state.frame.height] : [160, 120]);

function pixelAt(event) {
  const box = picture.getBoundingClientRect();
  const [x, y] = toSensor(event.clientX - box.left, event.clientY - box.top);
  return [Math.floor(x), Math.floor(y)];
}

// ---- shapes ----

const groups = new Map(); // name → {g, path}

function render() {
  const seen = new Set();
  regions.list.forEach((region) => {
    seen.add(region.name);
    let held = groups.get(region.name);
    if (!held) {
      const path = svg("path", { class: "hit" });
      const g = svg("g", { class: "region", tabindex: "0", role: "button", "data-name": region.name }, path);
      held = { g, path };
      groups.set(region.name, held);
      overlay.append(g);
    }
    setAttribute(held.path, "d", outline(region, toScreen, 1).d);
    const on = region.name === regions.selected;
    held.g.classList.toggle("open", region.shape === "line");
    setAttribute(held.g, "aria-pressed", String(on));
    setAttribute(
      held.g,
      "aria-label",
      `${SHAPES[region.shape].label} ${region.name}. Arrow keys move it, with Shift they change its size, Delete removes it.`,
    );
    renderHandles(held.g, on ? handles(region) : []);
  });
  for (const [name, { g }] of groups)
    if (!seen.has(name)) {
      g.remove();
      groups.delete(name);
    }
}

function renderHandles(g, list) {
  const now = [...g.querySelectorAll(".grip")];
  list.forEach(({ key, x, y }, i) => {
    const [a, b] = toScreen(x, y);
    const grip =
      now[i] ||
      g.appendChild(
        svg(
          "g",
          { class: "grip" },
          svg("circle", { r: 14, class: "grip-room" }),
          svg("circle", { r: 4.5, class: "grip-dot" }),
        ),
      );
    grip.dataset.key = key;
    setAttribute(grip, "transform", `translate(${a.toFixed(1)} ${b.toFixed(1)})`);
  });
  now.slice(list.length).forEach((node) => node.remove());
}

// ---- pointer ----

picture.addEventListener("pointerdown", (event) => {
  if (event.button !== 0) return;
  const at = pixelAt(event);
  if (tool === "select") {
    const g = event.target.closest?.(".region");
    if (!g) {
      select(null);
      return;
    }
    const name = g.dataset.name;
    select(name);
    g.focus({ preventScroll: true });
    const grip = event.target.closest(".grip");
    action = { kind: grip ? "handle" : "move", key: grip?.dataset.key, name, from: at, start: find(name) };
    event.preventDefault();
  } else if (tool === "polygon") {
    event.preventDefault();
    picture.focus({ preventScroll: true });
    corner(at);
    return;
  } else {
    event.preventDefault();
    picture.focus({ preventScroll: true });
    action = { kind: "draw", from: at, to: at };
    showDraft();
  }
  picture.setPointerCapture(event.pointerId);
});

picture.addEventListener("pointermove", (event) => {
  const at = pixelAt(event);
  if (tool === "polygon" && corners.length) {
    draft({ ...polygonOf([...corners, at]), object: {} });
    return;
  }
  if (!action) return;
  const [width, height] = size();
  if (action.kind === "draw") {
    action.to = at;
    showDraft();
  } else if (action.kind === "move") {
    replace(action.name, moved(action.start, at[0] - action.from[0], at[1] - action.from[1], width, height));
  } else {
    const next = reshaped(action.start, action.key, at[0], at[1], width, height);
    if (hasArea(next)) replace(action.name, next);
  }
});

function showDraft() {
  const [width, height] = size();
  const shape = tool === "spotmeter" ? "box" : tool;
  const still = action.from[0] === action.to[0] && action.from[1] === action.to[1];
  draft(
    still && shape !== "spot" ? null : { ...drawn(shape, action.from, action.to, width, height), object: {} },
  );
}

function finish(event) {
  if (!action) return;
  const { kind, from, to } = action;
  action = null;
  if (kind !== "draw" || event.type === "pointercancel") {
    draft(null);
    return;
  }
  const [width, height] = size();
  if (tool === "spotmeter") placeSpotmeter(drawn("box", from, to, width, height));
  else finishRegion(drawn(tool, from, to, width, height));
}
picture.addEventListener("pointerup", finish);
picture.addEventListener("pointercancel", finish);
picture.addEventListener("dblclick", () => {
  if (tool === "polygon") closePolygon();
});

function finishRegion(geometry) {
  setTool("select");
  const region = add(geometry);
  groups.get(region.name)?.g.focus({ preventScroll: true });
  say(`${SHAPES[region.shape].label} ${region.name} added`);
}

function corner(at) {
  const near = ([x, y]) => {
    const [a, b] = toScreen(x + 0.5, y + 0.5),
      [c, d] = toScreen(at[0] + 0.5, at[1] + 0.5);
    return Math.hypot(a - c, b - d) < 10;
  };
  if (corners.length >= 3 && near(corners[0])) return closePolygon();
  if (corners.length && near(corners[corners.length - 1])) return;
  corners.push(at);
  if (corners.length === MOST_CORNERS) closePolygon();
  else draft({ ...polygonOf(corners), object: {} });
}

function closePolygon() {
  const region = polygonOf(corners);
  if (corners.length < 3 || !hasArea(region)) return;
  finishRegion(region);
}

async function placeSpotmeter(box) {
  setTool("select");
  const { x, y } = box;
  try {
    await put("/api/v1/spotmeter", { c1: x, r1: y, c2: x + box.w - 1, r2: y + box.h - 1 });
    tell("camera-problem", null);
  } catch (error) {
    tell("camera-problem", `Spotmeter: ${error.message}`);
  }
}

// ---- keyboard ----

/** An arrow as the viewer means it, in pixels of the sensor. */
export function arrow(event) {
  const by = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] }[event.key];
  if (!by) return null;
  const [x0, y0] = view.orient.toSensor(0, 0),
    [x1, y1] = view.orient.toSensor(by[0], by[1]);
  return [Math.round(x1 - x0), Math.round(y1 - y0)];
}

overlay.addEventListener("keydown", (event) => {
  const name = event.target.dataset?.name;
  const region = name && find(name);
  if (!region) return;
  const by = arrow(event);
  const [width, height] = size();
  if (by) {
    const far = event.ctrlKey || event.metaKey ? 10 : 1;
    const next = event.shiftKey
      ? grown(region, by[0], by[1], width, height)
      : moved(region, by[0] * far, by[1] * far, width, height);
    if (hasArea(next)) replace(name, next);
    const box = bounds(find(name));
    say(`${name}: ${box.x}, ${box.y}, ${box.w} by ${box.h}`);
  } else if (event.key === "Delete" || event.key === "Backspace") {
    removeRegion(name);
  } else if (event.key === "Enter" || event.key === " ") {
    select(name);
    tell("edit-region", name);
  } else return;
  event.preventDefault();
  event.stopPropagation();
});
overlay.addEventListener("focusin", (event) => {
  const name = event.target.dataset?.name;
  if (name) select(name);
});

export function removeRegion(name) {
  const at = regions.list.findIndex((r) => r.name === name);
  discard(name);
  say(`${name} removed`);
  const next = regions.list[Math.min(at, regions.list.length - 1)];
  (next ? groups.get(next.name)?.g : picture)?.focus({ preventScroll: true });
}

/** Enter with a tool in hand places one without a pointer. Return: whether it did. */
export function placeByKey(x, y) {
  const [width, height] = size();
  if (tool === "spotmeter") {
    placeSpotmeter(preset("box", x, y, width, height));
    return true;
  }
  if (!SHAPES[tool]) return false;
  if (tool === "polygon" && corners.length >= 3) closePolygon();
  else finishRegion(preset(tool, x, y, width, height));
  return true;
}

export function undoStep() {
  if (document.documentElement.classList.contains("full") && tool === "select" && !regions.selected) {
    document.documentElement.classList.remove("full"); // where there is no full screen to leave
  } else if (tool !== "select") setTool("select");
  else select(null);
}

export const clearRegions = () => change({ list: [] });

listen("regions", render);
listen("layout", render);
listen("orient", render);
