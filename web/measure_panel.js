// Regions as a table, the chosen one's settings, differences.
import * as degrees from "./degrees.js";
import { $, el, icon, problem, setAttribute, setHidden, setText } from "./dom.js";
import { REGION_COLOURS } from "./marks.js";
import { removeRegion } from "./overlay.js";
import { nameOk } from "./measure.js";
import { freeName, printQuantity, STATS } from "./region_text.js";
import { change, find, regions, rename, replace, select, slotOf } from "./regions.js";
import { settings } from "./settings.js";
import { hasArea, SHAPES } from "./shapes.js";
import { listen, state } from "./state.js";
import { openTab } from "./tabs.js";
import { deltaValue, isPlain } from "./traces.js";
import { radiometric, readingText, unitText } from "./values.js";

// ---- the table ----

const rows = new Map(); // name → cells

function tableRows() {
  const body = $("region-rows");
  const seen = new Set(regions.list.map((r) => r.name));
  for (const [name, row] of rows)
    if (!seen.has(name)) {
      row.tr.remove();
      rows.delete(name);
    }
  for (const region of regions.list) {
    let row = rows.get(region.name);
    if (!row) {
      const swatch = el("i", { class: "swatch", "aria-hidden": "true" });
      swatch.style.background = REGION_COLOURS[slotOf(region.name)];
      const button = el("button", { type: "button", class: "name", onclick: () => select(regions.selected === region.name ? null : region.name) }, swatch, region.name, el("span", { class: "soft" }, ` ${SHAPES[region.shape].label.toLowerCase()}`));
      const cells = ["min", "mean", "max", "plusMinus"].map(() => el("span", { class: "number" }, "–"));
      const tr = el("tr", {}, el("th", { scope: "row" }, button), ...cells.map((cell) => el("td", {}, cell)));
      row = { tr, cells, button };
      rows.set(region.name, row);
    }
    body.append(row.tr);
    row.tr.classList.toggle("selected", region.name === regions.selected);
    setAttribute(row.button, "aria-expanded", String(region.name === regions.selected));
  }
  setHidden($("regions"), !regions.list.length);
  setHidden($("regions-empty"), regions.list.length > 0);
}

function tableValues() {
  for (const region of regions.list) {
    const row = rows.get(region.name);
    const r = state.readings.get(region.name);
    if (!row || !r) continue;
    ["min", "mean", "max"].forEach((stat, i) => setText(row.cells[i], readingText(r, r[stat])));
    const pm = r.radiometric && Number.isFinite(r.plusMinus) ? degrees.number(degrees.stepFromKelvin(r.plusMinus, settings.units), 1) : "–";
    setText(row.cells[3], pm);
    row.tr.classList.toggle("doubtful", !!r.doubt);
    setAttribute(row.tr, "title", r.doubt || "");
  }
  for (const { delta, cell } of deltaRows) {
    const value = deltaValue(delta, state.readings);
    const isK = state.readings.get(delta.region)?.radiometric;
    setText(cell, value === null ? "–" : isK ? (isPlain(delta) ? degrees.temperature : degrees.difference)(value, settings.units) : degrees.counts(value));
  }
  const unit = unitText();
  setText($("accuracy"), regions.list.length ? (unit ? `In ${unit}. ± is what the sensor's data sheet and the emissivity leave open.` : radiometric() ? "" : "Counts: this picture has no degrees.") : "");
}

// ---- the chosen one ----

const editor = $("region-editor");
let edited = null; // {name, fields: [[input, read]]}

const numberField = (label, value, attributes, onchange) => {
  const input = el("input", { type: "number", inputmode: "decimal", value, ...attributes });
  input.addEventListener("change", () => onchange(input));
  return [el("label", { class: "field" }, label, input), input];
};

function geometry(region) {
  const width = state.frame?.width ?? 160, height = state.frame?.height ?? 120;
  const apply = (edit) => (input) => {
    const value = Math.round(Number(input.value));
    const now = structuredClone(find(region.name));
    if (input.value === "" || !Number.isFinite(value)) return;
    edit(now, value);
    if (hasArea(now)) replace(region.name, now);
  };
  const fields = [];
  const at = (label, i, axis) => {
    const read = (r) => (r.points.length ? r.points[i]?.[axis] : axis ? r.y : r.x);
    const [node, input] = numberField(label, read(region), { min: 0, max: (axis ? height : width) - 1, step: 1 }, apply((r, v) => {
      if (r.points.length) r.points[i][axis] = Math.max(0, v);
      if (i === 0) r[axis ? "y" : "x"] = Math.max(0, v);
    }));
    fields.push([input, read]);
    return node;
  };
  const side = (label, key, most) => {
    const [node, input] = numberField(label, region[key], { min: 1, max: most, step: 1 }, apply((r, v) => {
      r[key] = Math.max(1, Math.min(most, v));
      if (r.shape === "spot") r.h = r.w;
    }));
    fields.push([input, (r) => r[key]]);
    return node;
  };
  const nodes = [];
  if (region.shape === "line") nodes.push(at("x1", 0, 0), at("y1", 0, 1), at("x2", 1, 0), at("y2", 1, 1));
  else if (region.shape === "polygon") region.points.forEach((_, i) => nodes.push(at(`x${i + 1}`, i, 0), at(`y${i + 1}`, i, 1)));
  else nodes.push(at("x", 0, 0), at("y", 0, 1));
  if (region.shape === "spot") nodes.push(side("size", "w", 63));
  if (region.shape === "box") nodes.push(side("width", "w", width), side("height", "h", height));
  if (region.shape === "ellipse") nodes.push(side("radius x", "w", width), side("radius y", "h", height));
  return { nodes, fields };
}

function build() {
  const region = find(regions.selected);
  setHidden(editor, !region);
  if (!region) {
    edited = null;
    return;
  }
  const name = el("input", { value: region.name, maxlength: 31, spellcheck: "false", autocomplete: "off", class: "name-input", id: "region-name" });
  const warning = el("p", { class: "note", role: "alert", hidden: true });
  name.addEventListener("change", () => {
    const wanted = name.value.trim();
    if (wanted === region.name) return;
    if (!nameOk(wanted)) return problem(warning, "A name has letters, digits, - and _, begins with a letter, and is at most 31 long.");
    if (find(wanted)) return problem(warning, `There is a region ${wanted} already.`);
    rename(region.name, wanted);
  });
  const setObject = (member, value) => {
    const now = structuredClone(find(region.name));
    if (value === null) delete now.object[member];
    else now.object[member] = value;
    replace(region.name, now);
  };
  const camera = state.status?.config?.emissivity ? (state.status.config.emissivity / 100).toFixed(2) : "1.00";
  const [eNode] = numberField("Emissivity", region.object.emissivity ?? "", { min: 0.01, max: 1, step: 0.01, placeholder: `camera's: ${camera}` }, (input) => {
    const v = Number(input.value);
    if (input.value === "") setObject("emissivity", null);
    else if (v >= 0.01 && v <= 1) setObject("emissivity", v);
  });
  const units = settings.units;
  const refl = region.object.reflected_k;
  const [rNode] = radiometric() ? numberField(`Reflected (${degrees.symbolOf(units)})`, refl === undefined ? "" : degrees.fromKelvin(refl, units).toFixed(1), { step: 0.5, placeholder: "camera's" }, (input) => {
    if (input.value === "") setObject("reflected_k", null);
    else if (Number.isFinite(Number(input.value))) setObject("reflected_k", degrees.toKelvin(Number(input.value), units));
  }) : [null];
  const { nodes, fields } = geometry(region);
  editor.replaceChildren(
    el("div", { class: "row between" },
      el("label", { class: "field grow" }, "Name", name),
      el("button", { type: "button", class: "button small danger-quiet", "aria-label": `Delete region ${region.name}`, onclick: () => removeRegion(region.name) }, icon("trash"), "Delete")),
    warning,
    el("div", { class: "grid-2" }, eNode, rNode),
    el("div", { class: "grid-4" }, ...nodes));
  edited = { name: region.name, fields, key: keyOf(region) };
}
const keyOf = (region) => `${region.name} ${region.shape} ${region.points.length} ${radiometric()} ${settings.units}`;

function follow() {
  const region = find(regions.selected);
  if (!region || !edited || edited.key !== keyOf(region)) return build();
  for (const [input, read] of edited.fields)
    if (document.activeElement !== input && input.value !== String(read(region))) input.value = read(region);
}
editor.addEventListener("submit", (event) => event.preventDefault());

// ---- differences ----

let deltaRows = [];
function deltas() {
  deltaRows = regions.deltas.map((delta) => ({ delta, cell: el("span", { class: "number wide" }, "–") }));
  $("delta-rows").replaceChildren(...deltaRows.map(({ delta, cell }) =>
    el("tr", {},
      el("th", { scope: "row" }, printQuantity(delta).replace(/(?<=\.(?:min|max|mean|median))-/, " − ")),
      el("td", {}, cell),
      el("td", { class: "tight" }, el("button", { type: "button", class: "icon-button small", "aria-label": `Delete difference ${printQuantity(delta)}`, onclick: () => change({ deltas: regions.deltas.filter((d) => d !== delta) }) }, icon("trash"))))));
  const names = regions.list.map((r) => r.name);
  for (const [id, at] of [["delta-a", 0], ["delta-b", 1]]) {
    const kept = $(id).value;
    if ([...$(id).options].map((o) => o.value).join() === names.join()) continue;
    $(id).replaceChildren(...names.map((n) => el("option", { value: n }, n)));
    $(id).value = names.includes(kept) ? kept : names[Math.min(at, names.length - 1)] ?? "";
  }
  if ($("delta-a").value === $("delta-b").value && names.length > 1) $("delta-b").value = names.find((n) => n !== $("delta-a").value);
  setHidden($("delta-form"), names.length < 2);
  setHidden($("deltas-title"), names.length < 2 && !deltaRows.length);
}
for (const id of ["delta-a-stat", "delta-b-stat"]) $(id).replaceChildren(...STATS.map((s) => el("option", { value: s, selected: s === "max" }, s)));
$("delta-form").addEventListener("submit", (event) => {
  event.preventDefault();
  const delta = { name: freeName(regions.deltas.map((d) => d.name), "d"), region: $("delta-a").value, stat: $("delta-a-stat").value, other: $("delta-b").value, otherStat: $("delta-b-stat").value };
  if (!delta.region || !delta.other || (delta.region === delta.other && delta.stat === delta.otherStat)) return;
  if (regions.deltas.some((d) => printQuantity(d) === printQuantity(delta))) return;
  change({ deltas: [...regions.deltas, delta] });
});

let deltaKey = "";
listen("regions", () => {
  tableRows();
  follow();
  const key = JSON.stringify([regions.deltas, regions.list.map((r) => r.name)]);
  if (key !== deltaKey) deltas();
  deltaKey = key;
});
listen("selection", () => {
  tableRows();
  build();
});
listen("edit-region", () => {
  openTab("measure");
  $("region-name")?.focus();
});
listen("tick", () => {
  tableValues();
  if (edited && find(edited.name) && edited.key !== keyOf(find(edited.name)) && !editor.contains(document.activeElement)) build();
});
listen("regions-problem", (text) => problem($("regions-problem"), text));
tableRows();
deltas();
