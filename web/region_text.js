// Regions and quantities in the text form that the command line, the JSON and this page share:
// "r1=box:60,40,40x30@e=0.95,refl=22". The grammar is in docs/measure.md.

const NAME = /^[A-Za-z_][A-Za-z0-9_-]{0,30}$/;
export const nameOk = (name) => NAME.test(name);

const KELVIN_AT_0C = 273.15;
// word: [member of a region's object, is a temperature]
const PARAMETERS = {
  e: ["emissivity", false],
  refl: ["reflected_k", true],
  tau: ["atmosphere", false],
  air: ["atmosphere_k", true],
  win: ["window", false],
  wint: ["window_k", true],
  winr: ["window_reflection", false],
  winrefl: ["window_reflected_k", true],
};

const plain = (value, places) => String(Number(value.toFixed(places)));

export function printRegion(region, named = true) {
  const at = ([x, y]) => `${x},${y}`;
  const p = region.points.map(at);
  let text;
  switch (region.shape) {
    case "spot": text = `spot:${p[0]}${region.w > 1 ? `,${region.w}` : ""}`; break;
    case "box": text = `box:${p[0]},${region.w}x${region.h}`; break;
    case "line": text = `line:${p.join("-")}`; break;
    case "polygon": text = `poly:${p.join("-")}`; break;
    default: text = region.w === region.h ? `circle:${p[0]},${region.w}` : `ellipse:${p[0]},${region.w}x${region.h}`;
  }
  const parts = Object.entries(PARAMETERS)
    .filter(([, [member]]) => Number.isFinite(region.object?.[member]))
    .map(([word, [member, kelvin]]) => `${word}=${plain(region.object[member] - (kelvin ? KELVIN_AT_0C : 0), kelvin ? 2 : 4)}`);
  return `${named ? `${region.name}=` : ""}${text}${parts.length ? `@${parts.join(",")}` : ""}`;
}

/** Return: the region, or null when the text is none. The camera prints what this reads. */
export function parseRegion(text) {
  const whole = /^(?:([A-Za-z_][A-Za-z0-9_-]*)=)?(?:(spot|box|line|poly|polygon|circle|ellipse):)?([0-9, x-]+?)(?:@(.*))?$/.exec(text.trim());
  if (!whole) return null;
  const [, name = "", word, body, parameters] = whole;
  const shape = { poly: "polygon", circle: "ellipse" }[word] || word || (body.includes("x") ? "box" : "spot");
  let region;
  if (shape === "line" || shape === "polygon") {
    const points = body.split(/[- ]+/).map((pair) => pair.split(",").map(Number));
    if (points.some((p) => p.length !== 2 || !p.every(Number.isInteger))) return null;
    if (shape === "line" ? points.length !== 2 : points.length < 3) return null;
    region = { name, shape, points };
  } else {
    const parts = /^(\d+),(\d+)(?:,(\d+)(?:x(\d+))?)?$/.exec(body);
    if (!parts) return null;
    const w = parts[3] === undefined ? 1 : Number(parts[3]);
    region = { name, shape, points: [[Number(parts[1]), Number(parts[2])]], w, h: parts[4] === undefined ? w : Number(parts[4]) };
    if (!(region.w >= 1 && region.h >= 1)) return null;
  }
  region.object = {};
  for (const part of parameters ? parameters.split(",") : []) {
    const [key, value] = part.split("=");
    const known = PARAMETERS[key.trim()];
    const n = parseFloat(value);
    if (known && Number.isFinite(n)) region.object[known[0]] = known[1] ? n + KELVIN_AT_0C : n / (value.includes("%") ? 100 : 1);
  }
  return region;
}

export const STATS = ["min", "mean", "max", "median"];

/** "r1.max-r2.mean" → {region, stat, other, otherStat}; a fixed reference gives {fixed} (°C). null: neither. */
export function parseQuantity(text) {
  const whole = /^([A-Za-z_][A-Za-z0-9_]*(?:-[A-Za-z_0-9]+)*?)(?:\.(min|max|mean|median))?(?:-(?:(-?[0-9.]+C?)|([A-Za-z_][A-Za-z0-9_-]*)(?:\.(min|max|mean|median))?))?$/.exec(text);
  if (!whole) return null;
  const [, region, stat = "max", fixed, other, otherStat] = whole;
  if (fixed !== undefined) return { region, stat, fixed: parseFloat(fixed) };
  return other ? { region, stat, other, otherStat: otherStat || stat } : { region, stat };
}
export const printQuantity = (q) =>
  `${q.region}.${q.stat}${q.other ? `-${q.other}.${q.otherStat}` : q.fixed !== undefined ? `-${plain(q.fixed, 2)}C` : ""}`;

/** The regions that an alarm's rule watches. */
export function onRegions(rule) {
  const q = parseQuantity(/^[^\s<>]+/.exec(rule)?.[0] ?? "");
  return q ? [q.region, q.other].filter(Boolean) : [];
}
export const renamed = (q, from, to) => ({ region: q.region === from ? to : q.region, ...(q.other ? { other: q.other === from ? to : q.other } : {}) });
export function renamedRule(rule, from, to) {
  const head = /^[^\s<>]+/.exec(rule)?.[0] ?? "";
  const q = parseQuantity(head);
  return q ? printQuantity({ ...q, ...renamed(q, from, to) }) + rule.slice(head.length) : rule;
}

export function freeName(taken, prefix) {
  let n = 1;
  while (taken.includes(`${prefix}${n}`)) n++;
  return `${prefix}${n}`;
}
