// The chosen region's name, own emissivity and place, as numbers.
import * as degrees from "./degrees.js";
import { $, el, icon, problem, setHidden } from "./dom.js";
import { nameOk } from "./measure.js";
import { removeRegion } from "./overlay.js";
import { find, regions, rename, replace } from "./regions.js";
import { settings } from "./settings.js";
import { hasArea } from "./shapes.js";
import { listen, state } from "./state.js";
import { openTab } from "./tabs.js";
import { radiometric } from "./values.js";

const editor = $("region-editor");
let edited = null; // {name, fields: [[input, read]]}

const numberField = (label, value, attributes, onchange) => {
  const input = el("input", { type: "number", inputmode: "decimal", value, ...attributes });
  input.addEventListener("change", () => onchange(input));
  return [el("label", { class: "field" }, label, input), input];
};

function geometry(region) {
  const width = state.frame?.width ?? 160,
    height = state.frame?.height ?? 120;
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
    const [node, input] = numberField(
      label,
      read(region),
      { min: 0, max: (axis ? height : width) - 1, step: 1 },
      apply((r, v) => {
        if (r.points.length) r.points[i][axis] = Math.max(0, v);
        if (i === 0) r[axis ? "y" : "x"] = Math.max(0, v);
      }),
    );
    fields.push([input, read]);
    return node;
  };
  const side = (label, key, most) => {
    const [node, input] = numberField(
      label,
      region[key],
      { min: 1, max: most, step: 1 },
      apply((r, v) => {
        r[key] = Math.max(1, Math.min(most, v));
        if (r.shape === "spot") r.h = r.w;
      }),
    );
    fields.push([input, (r) => r[key]]);
    return node;
  };
  const nodes = [];
  if (region.shape === "line") nodes.push(at("x1", 0, 0), at("y1", 0, 1), at("x2", 1, 0), at("y2", 1, 1));
  else if (region.shape === "polygon")
    region.points.forEach((_, i) => nodes.push(at(`x${i + 1}`, i, 0), at(`y${i + 1}`, i, 1)));
  else nodes.push(at("x", 0, 0), at("y", 0, 1));
  if (region.shape === "spot") nodes.push(side("size", "w", 63));
  if (region.shape === "box") nodes.push(side("width", "w", width), side("height", "h", height));
  if (region.shape === "ellipse") nodes.push(side("radius x", "w", width), side("radius y", "h", height));
  return { nodes, fields };
}

function nameField(region, warning) {
  const input = el("input", {
    value: region.name,
    maxlength: 31,
    spellcheck: "false",
    autocomplete: "off",
    class: "name-input",
    id: "region-name",
  });
  const say = (text) => problem(warning, text);
  input.addEventListener("change", () => {
    const wanted = input.value.trim();
    if (wanted === region.name) return say(null);
    if (!nameOk(wanted))
      return say("A name has letters, digits, - and _, begins with a letter, and is at most 31 long.");
    if (find(wanted)) return say(`There is a region ${wanted} already.`);
    rename(region.name, wanted);
  });
  return el("label", { class: "field grow" }, "Name", input);
}

/** Its own emissivity and reflected temperature; an empty field is the camera's. */
function objectFields(region) {
  const own = (member, value) => {
    const now = structuredClone(find(region.name));
    if (value === null) delete now.object[member];
    else now.object[member] = value;
    replace(region.name, now);
  };
  const camera = ((state.status?.config?.emissivity ?? 100) / 100).toFixed(2);
  const share = { min: 0.01, max: 1, step: 0.01, placeholder: `camera's: ${camera}` };
  const [emissivity] = numberField("Emissivity", region.object.emissivity ?? "", share, (input) => {
    const v = Number(input.value);
    if (input.value === "") own("emissivity", null);
    else if (v >= 0.01 && v <= 1) own("emissivity", v);
  });
  if (!radiometric()) return [emissivity];
  const { units } = settings;
  const kelvin = region.object.reflected_k;
  const shown = kelvin === undefined ? "" : degrees.fromKelvin(kelvin, units).toFixed(1);
  const label = `Reflected (${degrees.symbolOf(units)})`;
  const [reflected] = numberField(label, shown, { step: 0.5, placeholder: "camera's" }, (input) => {
    const v = Number(input.value);
    if (input.value === "") own("reflected_k", null);
    else if (Number.isFinite(v)) own("reflected_k", degrees.toKelvin(v, units));
  });
  return [emissivity, reflected];
}

function build() {
  const region = find(regions.selected);
  setHidden(editor, !region);
  edited = null;
  if (!region) return;
  const warning = el("p", { class: "note", role: "alert", hidden: true });
  const { nodes, fields } = geometry(region);
  const discard = el(
    "button",
    {
      type: "button",
      class: "button small danger-quiet",
      "aria-label": `Delete region ${region.name}`,
      onclick: () => removeRegion(region.name),
    },
    icon("trash"),
    "Delete",
  );
  editor.replaceChildren(
    el("div", { class: "row between" }, nameField(region, warning), discard),
    warning,
    el("div", { class: "grid-2" }, ...objectFields(region)),
    el("div", { class: "grid-4" }, ...nodes),
  );
  edited = { name: region.name, fields, key: keyOf(region) };
}
const keyOf = (region) =>
  `${region.name} ${region.shape} ${region.points.length} ${radiometric()} ${settings.units}`;

function follow() {
  const region = find(regions.selected);
  if (!region || !edited || edited.key !== keyOf(region)) return build();
  for (const [input, read] of edited.fields)
    if (document.activeElement !== input && input.value !== String(read(region))) input.value = read(region);
}
editor.addEventListener("submit", (event) => event.preventDefault());

listen("regions", follow);
listen("selection", build);
listen("edit-region", () => {
  openTab("measure");
  $("region-name")?.focus();
});
listen("tick", () => {
  const region = edited && find(edited.name);
  if (region && edited.key !== keyOf(region) && !editor.contains(document.activeElement)) build();
});
