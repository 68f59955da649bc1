// The camera's regions, differences and alarms, as this page edits them. They are the camera's own: what is
// changed here is sent to it, and what others change there is taken over.
import { get, put } from "./api.js";
import { readRegions, writeRegions } from "./documents.js";
import { REGION_COLOURS } from "./marks.js";
import { sendRegions } from "./picture.js";
import { freeName, onRegions, renamed, renamedRule } from "./region_text.js";
import { tell } from "./state.js";

const SEND_MS = 250; // a drag is one change, not fifty

export const regions = { list: [], deltas: [], alarms: [], selected: null, draft: null, problem: null };

const slots = new Map(); // name → colour slot
export function slotOf(name) {
  if (!slots.has(name)) {
    const taken = new Set(slots.values());
    let slot = 0;
    while (taken.has(slot)) slot++;
    slots.set(name, slot);
  }
  return slots.get(name) % REGION_COLOURS.length;
}
const colourOf = (name) => REGION_COLOURS[slotOf(name)];

let timer = 0,
  sending = false,
  version = 0;
const dirty = new Set(); // lists that the camera does not have yet: list, deltas, alarms

function shown() {
  for (const name of slots.keys()) if (!regions.list.some((r) => r.name === name)) slots.delete(name);
  const list = regions.list.map((r) => ({
    ...r,
    colour: colourOf(r.name),
    selected: r.name === regions.selected,
  }));
  if (regions.draft) list.push({ ...regions.draft, name: "", colour: "#ffffff", selected: true });
  sendRegions(list);
  tell("regions");
}

export const find = (name) => regions.list.find((r) => r.name === name);

export function select(name) {
  if (regions.selected === name) return;
  regions.selected = name;
  shown();
  tell("selection");
}

export function draft(region) {
  regions.draft = region;
  shown();
}

/** Replace the list or the differences; sent to the camera a moment later. */
export function change(next) {
  Object.assign(regions, next);
  for (const key of Object.keys(next)) dirty.add(key);
  if (regions.selected && !find(regions.selected)) {
    regions.selected = null;
    tell("selection");
  }
  const known = new Set(regions.list.map((r) => r.name));
  // What looks at a region goes with it.
  keep("deltas", (d) => known.has(d.region) && (!d.other || known.has(d.other)));
  keep("alarms", (a) => onRegions(a.rule).every((name) => known.has(name)));
  version++;
  shown();
  clearTimeout(timer);
  timer = setTimeout(send, SEND_MS);
}

function keep(key, wanted) {
  const kept = regions[key].filter(wanted);
  if (kept.length === regions[key].length) return;
  regions[key] = kept;
  dirty.add(key);
}

export function replace(name, region) {
  change({ list: regions.list.map((r) => (r.name === name ? region : r)) });
}

export function add(geometry) {
  const region = {
    object: {},
    ...geometry,
    name: freeName(
      regions.list.map((r) => r.name),
      "r",
    ),
  };
  regions.draft = null;
  change({ list: [...regions.list, region] });
  select(region.name);
  return region;
}

export function discard(name) {
  change({ list: regions.list.filter((r) => r.name !== name) });
}

export function rename(from, to) {
  if (slots.has(from)) slots.set(to, slots.get(from));
  const selected = regions.selected === from;
  if (selected) regions.selected = to;
  change({
    list: regions.list.map((r) => (r.name === from ? { ...r, name: to } : r)),
    deltas: regions.deltas.map((d) => ({ ...d, ...renamed(d, from, to) })),
    alarms: regions.alarms.map((a) => ({ ...a, rule: renamedRule(a.rule, from, to) })),
  });
  if (selected) tell("selection");
}

async function send() {
  if (sending) return; // the one under way looks again when it is done
  sending = true;
  while (dirty.size) {
    const keys = [...dirty];
    dirty.clear();
    try {
      // Only what was changed here: somebody else may be changing the rest.
      await put("/api/v1/regions", writeRegions(regions, keys));
      regions.problem = null;
    } catch (error) {
      regions.problem = `Not taken by the camera: ${error.message}`;
      if (error.status === 0 || error.status === 401) {
        keys.forEach((key) => dirty.add(key)); // again with the next connection
        break;
      }
      if (!dirty.size) await load(true);
    }
  }
  sending = false;
  tell("regions-problem", regions.problem);
}

/** Take over what the camera has; what of ours it does not have yet goes there first. */
export async function load(keepProblem = false) {
  if (dirty.size && !sending) return send();
  const at = version;
  try {
    const got = readRegions(await get("/api/v1/regions"));
    if (version !== at || dirty.size) return;
    if (
      JSON.stringify(got) ===
      JSON.stringify({ list: regions.list, deltas: regions.deltas, alarms: regions.alarms })
    )
      return;
    Object.assign(regions, got);
    if (regions.selected && !find(regions.selected)) {
      regions.selected = null;
      tell("selection");
    }
    if (!keepProblem) regions.problem = null;
    shown();
  } catch (error) {
    if (error.status !== 401) console.warn(`regions: ${error.message}`);
  }
}

export const busy = () => dirty.size > 0 || sending;
