// Temperatures over time, one trace a region or difference: the camera's own graph from before the
// page was opened, then what the frames say.
import { get } from "./api.js";
import { fromKelvin, stepFromKelvin, stepSymbol, symbolOf } from "./degrees.js";
import { readGraph } from "./documents.js";
import { FFC, FLAG } from "./frame.js";
import { printQuantity } from "./region_text.js";
import { regions } from "./regions.js";
import { listen, state, tell } from "./state.js";

export const STEP_MS = 500;
export const KEEP_MS = 30 * 60 * 1000;

// name → {points: [{t, min, mean, max, gap}], radiometric}
const traces = new Map();
let lastAt = 0;

export const traceOf = (name) => traces.get(name);

/** A quantity of one region alone: a temperature, not a difference. */
export const isPlain = (delta) => delta.other === undefined && delta.fixed === undefined;

export function deltaValue(delta, readings) {
  const a = readings.get(delta.region);
  if (!a || !a.count) return null;
  if (isPlain(delta)) return a[delta.stat];
  if (delta.fixed !== undefined) return a.radiometric ? a[delta.stat] - (delta.fixed + 273.15) : null;
  const b = readings.get(delta.other);
  if (!b || !b.count || a.radiometric !== b.radiometric) return null;
  return a[delta.stat] - b[delta.otherStat];
}

function add(name, radiometric, point) {
  let trace = traces.get(name);
  if (!trace || trace.radiometric !== radiometric) traces.set(name, (trace = { points: [], radiometric }));
  const { points } = trace;
  if (points.length && points[points.length - 1].t >= point.t) return;
  points.push(point);
  while (points.length && points[0].t < point.t - KEEP_MS) points.shift();
}

function sample(frame) {
  const t = frame.wallUs / 1000;
  if (t < lastAt) lastAt = 0; // the camera's clock was set back
  if (t - lastAt < STEP_MS || frame.flags & FLAG.FFC || frame.ffcState === FFC.RUNNING) return;
  const gap = lastAt > 0 && t - lastAt > 3 * STEP_MS;
  lastAt = t;
  for (const [name, r] of state.readings)
    if (name && r?.count) add(name, r.radiometric, { t, min: r.min, mean: r.mean, max: r.max, gap });
  for (const delta of regions.deltas) {
    const value = deltaValue(delta, state.readings);
    const reading = state.readings.get(delta.region);
    if (value !== null)
      add(printQuantity(delta), reading.radiometric, { t, min: value, mean: value, max: value, gap });
  }
}

/** What the camera remembers of a region from before. */
async function history(name) {
  try {
    const { radiometric, points } = readGraph(await get(`/api/v1/graph?region=${encodeURIComponent(name)}`));
    const now = traces.get(name);
    if (now && now.radiometric !== radiometric) return;
    const first = now?.points[0]?.t ?? Infinity;
    const before = points.filter((p) => p.t < first);
    traces.set(name, { radiometric, points: before.concat(now?.points || []) });
    tell("traces");
  } catch {
    // a region this young has none; the trace begins now
  }
}

const asked = new Set();
listen("regions", () => {
  const names = new Set([...regions.list.map((r) => r.name), ...regions.deltas.map(printQuantity)]);
  for (const name of traces.keys()) if (!names.has(name)) traces.delete(name);
  for (const name of asked) if (!names.has(name)) asked.delete(name);
});
listen("regions-loaded", () => {
  for (const { name } of regions.list)
    if (!asked.has(name)) {
      asked.add(name);
      history(name);
    }
});
listen("tick", () => state.frame && sample(state.frame));

/** The points within the last `ms`, all traces: [{name, radiometric, points}]. */
export function within(names, ms) {
  const end = state.frame ? state.frame.wallUs / 1000 : 0;
  return names
    .map((name) => ({ name, ...traces.get(name) }))
    .filter((t) => t.points)
    .map((t) => ({ ...t, points: t.points.filter((p) => p.t >= end - ms && p.t <= end) }));
}

/** Comma-separated: one row a moment, one column a number, in the viewer's unit. */
export function csvOf(list, units) {
  const columns = list.flatMap((trace, i) => {
    const step = trace.delta;
    const unit = !trace.radiometric ? "counts" : step ? stepSymbol(units) : symbolOf(units);
    const convert = !trace.radiometric ? (v) => v : step ? stepFromKelvin : fromKelvin;
    return (step ? ["mean"] : ["min", "mean", "max"]).map((stat) => ({
      title: `${trace.name}${step ? "" : `.${stat}`} [${unit}]`,
      text: (row) => (row[i] ? convert(row[i][stat], units).toFixed(trace.radiometric ? 2 : 1) : ""),
    }));
  });
  const rows = new Map(); // time → a point of each trace
  list.forEach((trace, i) => {
    for (const p of trace.points) {
      if (!rows.has(p.t)) rows.set(p.t, []);
      rows.get(p.t)[i] = p;
    }
  });
  const lines = [...rows]
    .sort(([a], [b]) => a - b)
    .map(([t, row]) => [new Date(t).toISOString(), ...columns.map((c) => c.text(row))].join(","));
  return [["time", ...columns.map((c) => c.title)].join(","), ...lines, ""].join("\r\n");
}
