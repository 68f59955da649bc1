// The camera's documents of measuring (docs/measure.md), from and to the page's own terms.
import { parseRegion, printRegion } from "./measure.js";
import { parseQuantity, printQuantity } from "./region_text.js";

const ZERO_C_K = 273.15;
const array = (value) => (Array.isArray(value) ? value : []);

// member of the document: [member of a region's object, degrees Celsius]
const OBJECT = {
  emissivity: ["emissivity", false],
  reflected_c: ["reflected_k", true],
  atmosphere: ["atmosphere", false],
  atmosphere_c: ["atmosphere_k", true],
  window: ["window", false],
  window_c: ["window_k", true],
  window_reflection: ["window_reflection", false],
  window_reflected_c: ["window_reflected_k", true],
};

function readRegion(document) {
  let region;
  try {
    region = parseRegion(String(document.shape));
  } catch (error) {
    console.warn(`region ${document.name}: ${error.message}`); // a shape of a newer camera: left out
    return null;
  }
  region.name = String(document.name);
  for (const [key, [member, celsius]] of Object.entries(OBJECT))
    if (Number.isFinite(document[key])) region.object[member] = document[key] + (celsius ? ZERO_C_K : 0);
  return region;
}

function writeRegion(region) {
  const document = { name: region.name, shape: printRegion({ ...region, object: {} }, false) };
  for (const [key, [member, celsius]] of Object.entries(OBJECT))
    if (Number.isFinite(region.object[member]))
      document[key] = Number((region.object[member] - (celsius ? ZERO_C_K : 0)).toFixed(4));
  return document;
}

/** {list, deltas, alarms}; an alarm is {name, rule}: its text. */
export function readRegions(document) {
  return {
    list: array(document.regions).map(readRegion).filter(Boolean),
    deltas: array(document.deltas)
      .map((d) => ({ name: String(d.name), ...parseQuantity(String(d.quantity)) }))
      .filter((d) => d.region),
    alarms: array(document.alarms).map((a) => ({ name: String(a.name), rule: String(a.rule) })),
  };
}

/** The lists named by `keys` (list, deltas, alarms): the camera leaves the others alone. */
export function writeRegions({ list, deltas, alarms }, keys) {
  const document = {};
  if (keys.includes("list")) document.regions = list.map(writeRegion);
  if (keys.includes("deltas"))
    document.deltas = deltas.map((d) => ({ name: d.name, quantity: printQuantity(d) }));
  if (keys.includes("alarms")) document.alarms = alarms;
  return document;
}

/** What somebody else's change would change, from the measurements. */
export const keyOfMeasurements = (document) =>
  JSON.stringify([
    array(document.regions).map((r) => [r.name, r.shape, r.emissivity]),
    array(document.deltas).map((d) => [d.name, d.quantity]),
  ]);

export const sameShapes = (document, list) =>
  JSON.stringify(array(document.regions).map((r) => [r.name, r.shape])) ===
  JSON.stringify(list.map((r) => [r.name, writeRegion(r).shape]));

/** A region's graph: {radiometric, points: [{t (Unix ms), min, mean, max, gap}]}, kelvin. */
export function readGraph(document) {
  const start = Number(document.start_s) * 1000,
    step = Number(document.bucket_s) * 1000;
  const gaps = new Set(array(document.gaps));
  const points = [];
  let missing = false;
  array(document.mean_c).forEach((mean, i) => {
    if (mean === null) {
      missing = true;
      return;
    }
    points.push({
      t: start + (i + 0.5) * step,
      min: document.min_c[i] + ZERO_C_K,
      mean: mean + ZERO_C_K,
      max: document.max_c[i] + ZERO_C_K,
      gap: missing || gaps.has(i),
    });
    missing = false;
  });
  return { radiometric: true, points };
}

/** States of the alarms and what happened lately. */
export function readAlarms(document) {
  return { states: array(document.alarms), events: array(document.events) };
}
