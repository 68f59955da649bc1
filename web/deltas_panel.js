// Differences between two regions.
import * as degrees from "./degrees.js";
import { $, el, icon, setHidden, setText } from "./dom.js";
import { freeName, printQuantity, STATS } from "./region_text.js";
import { change, regions } from "./regions.js";
import { settings } from "./settings.js";
import { listen, state } from "./state.js";
import { deltaValue, isPlain } from "./traces.js";

let deltaRows = [];
function deltas() {
  deltaRows = regions.deltas.map((delta) => ({ delta, cell: el("span", { class: "number wide" }, "–") }));
  $("delta-rows").replaceChildren(
    ...deltaRows.map(({ delta, cell }) =>
      el(
        "tr",
        {},
        el("th", { scope: "row" }, printQuantity(delta).replace(/(?<=\.(?:min|max|mean|median))-/, " − ")),
        el("td", {}, cell),
        el(
          "td",
          { class: "tight" },
          el(
            "button",
            {
              type: "button",
              class: "icon-button small",
              "aria-label": `Delete difference ${printQuantity(delta)}`,
              onclick: () => change({ deltas: regions.deltas.filter((d) => d !== delta) }),
            },
            icon("trash"),
          ),
        ),
      ),
    ),
  );
  const names = regions.list.map((r) => r.name);
  for (const [id, at] of [
    ["delta-a", 0],
    ["delta-b", 1],
  ]) {
    const kept = $(id).value;
    if ([...$(id).options].map((o) => o.value).join() === names.join()) continue;
    $(id).replaceChildren(...names.map((n) => el("option", { value: n }, n)));
    $(id).value = names.includes(kept) ? kept : (names[Math.min(at, names.length - 1)] ?? "");
  }
  if ($("delta-a").value === $("delta-b").value && names.length > 1)
    $("delta-b").value = names.find((n) => n !== $("delta-a").value);
  setHidden($("delta-form"), names.length < 2);
  setHidden($("deltas-title"), names.length < 2 && !deltaRows.length);
}
for (const id of ["delta-a-stat", "delta-b-stat"])
  $(id).replaceChildren(...STATS.map((s) => el("option", { value: s, selected: s === "max" }, s)));
$("delta-form").addEventListener("submit", (event) => {
  event.preventDefault();
  const delta = {
    name: freeName(
      regions.deltas.map((d) => d.name),
      "d",
    ),
    region: $("delta-a").value,
    stat: $("delta-a-stat").value,
    other: $("delta-b").value,
    otherStat: $("delta-b-stat").value,
  };
  if (!delta.region || !delta.other || (delta.region === delta.other && delta.stat === delta.otherStat))
    return;
  if (regions.deltas.some((d) => printQuantity(d) === printQuantity(delta))) return;
  change({ deltas: [...regions.deltas, delta] });
});

function values() {
  for (const { delta, cell } of deltaRows) {
    const value = deltaValue(delta, state.readings);
    const show = isPlain(delta) ? degrees.temperature : degrees.difference;
    const isK = state.readings.get(delta.region)?.radiometric;
    setText(cell, value === null ? "–" : isK ? show(value, settings.units) : degrees.counts(value));
  }
}

let deltaKey = "";
listen("regions", () => {
  const key = JSON.stringify([regions.deltas, regions.list.map((r) => r.name)]);
  if (key !== deltaKey) deltas();
  deltaKey = key;
});
listen("tick", values);
deltas();
