// Regions as a table.
import * as degrees from "./degrees.js";
import { $, el, problem, setAttribute, setHidden, setText } from "./dom.js";
import { REGION_COLOURS } from "./marks.js";
import { regions, select, slotOf } from "./regions.js";
import { settings } from "./settings.js";
import { SHAPES } from "./shapes.js";
import { listen, state } from "./state.js";
import { radiometric, readingText, unitText } from "./values.js";

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
      const button = el(
        "button",
        {
          type: "button",
          class: "name",
          onclick: () => select(regions.selected === region.name ? null : region.name),
        },
        swatch,
        region.name,
        el("span", { class: "soft" }, ` ${SHAPES[region.shape].label.toLowerCase()}`),
      );
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
    const pm =
      r.radiometric && Number.isFinite(r.plusMinus)
        ? degrees.number(degrees.stepFromKelvin(r.plusMinus, settings.units), 1)
        : "–";
    setText(row.cells[3], pm);
    row.tr.classList.toggle("doubtful", !!r.doubt);
    setAttribute(row.tr, "title", r.doubt || "");
  }
  const unit = unitText();
  setText(
    $("accuracy"),
    regions.list.length
      ? unit
        ? `In ${unit}. ± is what the sensor's data sheet and the emissivity leave open.`
        : radiometric()
          ? ""
          : "Counts: this picture has no degrees."
      : "",
  );
}

listen("regions", tableRows);
listen("selection", tableRows);
listen("tick", tableValues);
listen("regions-problem", (text) => problem($("regions-problem"), text));
tableRows();
