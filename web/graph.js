// The card under the picture: temperature over time, or along a line.
import * as degrees from "./degrees.js";
import { $, segments, setAttribute, setHidden, setText } from "./dom.js";
import { drawGraph, nearest } from "./graph_draw.js";
import { REGION_COLOURS, REGION_COLOURS_ON_WHITE } from "./marks.js";
import { profileOf } from "./readings.js";
import { printQuantity } from "./region_text.js";
import { find, regions, slotOf } from "./regions.js";
import { set, settings } from "./settings.js";
import { cameraOf, listen, state } from "./state.js";
import { onWhite } from "./theme.js";
import { csvOf, within } from "./traces.js";
import { saveBlob } from "./save.js";

const canvas = $("graph"),
  ctx = canvas.getContext("2d");
const kinds = segments(
  $("graph-kind"),
  [
    { value: "time", label: "Time" },
    { value: "profile", label: "Profile" },
    { value: "deltas", label: "Differences" },
  ],
  (kind) => set({ graph: { kind } }),
);
const stats = segments(
  $("graph-stat"),
  [
    ["min", "Min"],
    ["mean", "Mean"],
    ["max", "Max"],
  ].map(([value, label]) => ({ value, label })),
  (stat) => set({ graph: { stat } }),
);
const windows = segments(
  $("graph-window"),
  [1, 5, 30].map((m) => ({ value: m, label: `${m} min` })),
  (minutes) => set({ graph: { minutes } }),
);
let cursor = null; // share of the width, or null

const lineOf = () => {
  const chosen = find(regions.selected);
  return chosen?.shape === "line" ? chosen : regions.list.find((r) => r.shape === "line");
};
const colourOf = (name) => (onWhite() ? REGION_COLOURS_ON_WHITE : REGION_COLOURS)[slotOf(name)];
const style = (name) => getComputedStyle(canvas).getPropertyValue(name).trim();

let room = null; // where the graph is drawn; asked for once, because asking makes the browser lay out
function fit() {
  if (room) return room;
  const dpr = Math.min(3, window.devicePixelRatio || 1);
  const width = Math.round(canvas.clientWidth * dpr),
    height = Math.round(canvas.clientHeight * dpr);
  if (canvas.width !== width || canvas.height !== height) {
    canvas.width = width;
    canvas.height = height;
  }
  room = {
    unit: dpr,
    width,
    height,
    left: 46 * dpr,
    right: width - 8 * dpr,
    top: 22 * dpr,
    bottom: height - 18 * dpr,
    line: style("--line"),
    soft: style("--soft"),
  };
  return room;
}
function refit() {
  room = null;
  draw(true);
}

function timeSeries() {
  const { kind, stat, minutes } = settings.graph;
  const isDelta = kind === "deltas";
  const names = isDelta ? regions.deltas.map(printQuantity) : regions.list.map((r) => r.name);
  const traces = within(names, minutes * 60000);
  const convert = (t, k) =>
    !t.radiometric
      ? k
      : isDelta
        ? degrees.stepFromKelvin(k, settings.units)
        : degrees.fromKelvin(k, settings.units);
  const series = traces.map((t) => ({
    name: t.name,
    radiometric: t.radiometric,
    colour: isDelta
      ? colourOf(regions.deltas.find((d) => printQuantity(d) === t.name).region)
      : colourOf(t.name),
    points: t.points.map((p) => ({ x: p.t, y: convert(t, p[stat]), gap: p.gap })),
  }));
  const to = state.frame ? state.frame.wallUs / 1000 : 0,
    from = to - minutes * 60000;
  const step = { 1: 15, 5: 60, 30: 300 }[minutes] * 1000;
  const xTicks = [];
  for (let back = 0; back <= minutes * 60000; back += step)
    xTicks.push({
      x: to - back,
      text: back === 0 ? "now" : minutes === 1 ? `−${back / 1000} s` : `−${back / 60000} min`,
    });
  return { series, from, to, xTicks, at: (x) => new Date(x).toLocaleTimeString([], { hour12: false }) };
}

function profileSeries() {
  const line = lineOf();
  if (!line || !state.frame) return { series: [], from: 0, to: 1, xTicks: [], at: String };
  const { radiometric, points } = profileOf(line, state.frame, cameraOf(state.status));
  const series = [
    {
      name: line.name,
      radiometric,
      colour: colourOf(line.name),
      points: points
        .map((p, i) => ({
          x: i,
          y: radiometric ? degrees.fromKelvin(p.value, settings.units) : p.value,
          gap: false,
          px: p,
        }))
        .filter((p) => p.y === p.y),
    },
  ];
  const to = Math.max(1, points.length - 1);
  const xTicks = [1, 0.75, 0.5, 0.25, 0].map((s) => ({ x: s * to, text: `${Math.round(s * to)} px` }));
  return { series, from: 0, to, xTicks, at: (x) => `${Math.round(x)} px` };
}

let drawnAt = 0;
function draw(now) {
  const stamp = performance.now();
  const { kind } = settings.graph;
  if (now !== true && kind !== "profile" && stamp - drawnAt < 900) return;
  drawnAt = stamp;
  if (now !== true && !regions.list.length) return;
  const data = kind === "profile" ? profileSeries() : timeSeries();
  const any = data.series.some((s) => s.points.length);
  setHidden($("graph-empty"), any);
  if (!any)
    setText(
      $("graph-empty"),
      {
        profile: "Draw a line on the picture: the temperatures along it appear here.",
        deltas: "Add a difference in the Measure panel: it appears here.",
        time: "Draw a spot, box, line, polygon or circle on the picture: its temperature appears here.",
      }[kind],
    );
  const g = fit();
  const x = cursor === null ? null : data.from + cursor * (data.to - data.from);
  drawGraph(ctx, g, {
    ...data,
    cursor: any ? x : null,
    text: (v, step) => degrees.number(v, step < 0.1 ? 2 : step < 1 ? 1 : 0),
  });
  if (any) legend(g, data, x);
}

function legend(g, data, x) {
  ctx.font = `600 ${11 * g.unit}px system-ui, sans-serif`;
  ctx.textBaseline = "middle";
  let at = g.left;
  const y = 10 * g.unit;
  const put = (text, colour) => {
    ctx.fillStyle = colour;
    ctx.fillText(text, at, y);
    at += ctx.measureText(text).width + 12 * g.unit;
  };
  if (x !== null) put(data.at(x), g.soft);
  for (const s of data.series) {
    const p = x === null ? s.points[s.points.length - 1] : nearest(s.points, x);
    if (!p || at > g.right - 40 * g.unit) continue;
    const unit = !s.radiometric
      ? ""
      : settings.graph.kind === "deltas"
        ? ` ${degrees.stepSymbol(settings.units)}`
        : ` ${degrees.symbolOf(settings.units)}`;
    put(`${s.name} ${degrees.number(p.y, s.radiometric ? 1 : 0)}${unit}`, s.colour);
  }
}

function controls() {
  const { kind, stat, minutes } = settings.graph;
  kinds.set(kind);
  stats.set(stat);
  windows.set(minutes);
  setHidden($("graph-stat"), kind !== "time");
  setHidden($("graph-window"), kind === "profile");
  setAttribute(
    canvas,
    "aria-label",
    { time: "Temperature over time", profile: "Temperature along a line", deltas: "Differences over time" }[
      kind
    ],
  );
}

function saveCsv() {
  const { kind, minutes } = settings.graph;
  const unit = degrees.symbolOf(settings.units);
  if (kind === "profile") {
    const line = lineOf();
    if (!line || !state.frame) return;
    const { radiometric, points } = profileOf(line, state.frame, cameraOf(state.status));
    const head = `pixel,x,y,${line.name} [${radiometric ? unit : "counts"}]`;
    const number = (v) =>
      Number.isNaN(v) ? "" : radiometric ? degrees.fromKelvin(v, settings.units).toFixed(2) : v;
    const text = points.map((p, i) => `${i},${p.x},${p.y},${number(p.value)}`);
    saveBlob(new Blob([[head, ...text, ""].join("\r\n")], { type: "text/csv" }), `${line.name}-profile.csv`);
    return;
  }
  const deltas = regions.deltas.map(printQuantity);
  const list = within([...regions.list.map((r) => r.name), ...deltas], minutes * 60000).map((t) => ({
    ...t,
    delta: deltas.includes(t.name),
  }));
  const text = csvOf(list, settings.units);
  saveBlob(new Blob(["\ufeff", text], { type: "text/csv" }), "temperatures.csv");
}
$("graph-csv").addEventListener("click", saveCsv);

canvas.addEventListener("pointermove", (event) => {
  const box = canvas.getBoundingClientRect();
  cursor = Math.max(0, Math.min(1, (event.clientX - box.left - 46) / (box.width - 54)));
  draw(true);
});
canvas.addEventListener("pointerleave", () => {
  cursor = null;
  draw(true);
});
listen("settings", () => {
  controls();
  refit();
});
listen("tick", draw);
listen("traces", () => draw(true));
let count = -1;
listen("regions", () => {
  if (regions.list.length !== count) draw(true);
  count = regions.list.length;
});
new ResizeObserver(refit).observe(canvas);
matchMedia("(prefers-color-scheme: light)").addEventListener("change", refit);
controls();
