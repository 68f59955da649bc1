// Names and quantities in the text form that the command line, the JSON and this page share:
// "r1.max-r2.mean". The grammar is in docs/measure.md; regions themselves are read by measure.js.

const plain = (value, places) => String(Number(value.toFixed(places)));

export const STATS = ["min", "mean", "max", "median"];

/** "r1.max-r2.mean" → {region, stat, other, otherStat}; a fixed reference gives {fixed} (°C). null: neither. */
export function parseQuantity(text) {
  const whole =
    /^([A-Za-z_][A-Za-z0-9_]*(?:-[A-Za-z_0-9]+)*?)(?:\.(min|max|mean|median))?(?:-(?:(-?[0-9.]+C?)|([A-Za-z_][A-Za-z0-9_-]*)(?:\.(min|max|mean|median))?))?$/.exec(
      text,
    );
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
export const renamed = (q, from, to) => ({
  region: q.region === from ? to : q.region,
  ...(q.other ? { other: q.other === from ? to : q.other } : {}),
});
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
