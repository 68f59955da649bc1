// Recording on the camera, and what it keeps.
import { call, get, named, post, remove } from "./api.js";
import { $, ask, el, icon, problem, replaceKeepingFocus, setHidden, setText } from "./dom.js";
import { set, settings } from "./settings.js";
import { listen, state } from "./state.js";
import { fileName } from "./save.js";
import { savePng } from "./still.js";
import { openTab, openTabName } from "./tabs.js";
import { age, bytes, radiometric } from "./values.js";

const FORMATS = [
  ["mkv", "Matroska film (.mkv)"],
  ["cptv", "CPTV (.cptv)"],
  ["tmjsn", "tCam's own (.tmjsn)"],
];
const ABOUT = {
  mkv: "Plays anywhere, and keeps every temperature.",
  cptv: "Small, for programs that read CPTV; keeps every temperature.",
  tmjsn: "For tCam's applications; large, keeps every temperature.",
};
const format = $("record-format");
format.append(...FORMATS.map(([value, label]) => el("option", { value }, label)));
format.value = settings.format;
if (!format.value) format.value = "mkv";
format.addEventListener("change", () => {
  set({ format: format.value });
  follow();
});

const say = (text) => problem($("record-problem"), text);

let busy = false;
export async function toggleRecording() {
  if (busy) return;
  busy = true; // until the camera has answered: the button says so
  follow();
  try {
    if (state.status?.recording?.active) await remove("/api/v1/recording");
    else await post("/api/v1/recording", { format: format.value });
    say(null);
  } catch (error) {
    say(error.message);
    openTab("record");
  }
  busy = false;
  follow();
  try {
    const recording = await get("/api/v1/recording");
    if (state.status) state.status.recording = recording;
    follow();
  } catch {
    // the status comes by itself within a second
  }
  list();
}
$("record").addEventListener("click", toggleRecording);

let active = null;
function follow() {
  const r = state.status?.recording;
  if (!r) return;
  $("record").classList.toggle("on", !!r.active);
  setText($("record-text"), r.active ? "Stop" : "Record");
  $("record").disabled = busy || (!r.available && !r.active);
  format.disabled = !!r.active;
  setText(
    $("record-line"),
    r.active
      ? `${r.name}: ${age(r.duration_ms)}, ${r.frames} frames, ${bytes(r.bytes)}`
      : r.available
        ? ABOUT[format.value]
        : "This camera has no place for recordings.",
  );
  if (r.problem) say(String(r.problem));
  if (active !== null && active !== r.active) list();
  active = r.active;
}

async function list() {
  if (openTabName() !== "record") return;
  let files;
  try {
    files = await get("/api/v1/recordings");
  } catch (error) {
    return say(error.message);
  }
  files.sort((a, b) => b.modified_us - a.modified_us);
  setHidden($("recordings-empty"), files.length > 0);
  replaceKeepingFocus(
    $("recordings"),
    ...files.map((f) => {
      const name = String(f.name);
      const href = named("/api/v1/recordings", name);
      return el(
        "li",
        {},
        el(
          "div",
          { class: "grow" },
          el("span", { class: "file" }, name),
          el(
            "span",
            { class: "soft" },
            `${bytes(f.bytes)}, ${new Date(f.modified_us / 1000).toLocaleString([], { hour12: false })}`,
          ),
        ),
        el(
          "a",
          { class: "icon-button", href, download: name, "aria-label": `Download ${name}`, title: "Download" },
          icon("download"),
        ),
        el(
          "button",
          {
            type: "button",
            class: "icon-button",
            "aria-label": `Delete ${name}`,
            title: "Delete",
            onclick: () => discard(name),
          },
          icon("trash"),
        ),
      );
    }),
  );
}

async function discard(name) {
  if (!(await ask("Delete this recording?", name, "Delete"))) return;
  try {
    await call("DELETE", named("/api/v1/recordings", name));
    say(null);
  } catch (error) {
    say(error.message);
  }
  list();
}

// ---- snapshots ----

$("snapshot-png").addEventListener("click", savePng);
/** The colours as they are here. A fixed range and isotherms are temperatures: counts have none. */
function pictureQuery() {
  const query = new URLSearchParams({ palette: settings.palette });
  const { range, isotherm } = settings;
  const celsius = (k) => (k - 273.15).toFixed(2);
  if (range.mode === "percentile" || range.mode === "equalised") query.set("range", range.mode);
  if (!radiometric()) return query;
  if (range.mode === "manual" && range.kelvin) {
    query.set("low", celsius(range.kelvin[0]));
    query.set("high", celsius(range.kelvin[1]));
  }
  if (isotherm.mode === "off") return query;
  if (isotherm.mode !== "below") query.set("isotherm_low", celsius(isotherm.low));
  if (isotherm.mode !== "above") query.set("isotherm_high", celsius(isotherm.high));
  query.set("isotherm_colour", isotherm.colour.slice(1));
  return query;
}

function links() {
  $("snapshot-jpeg").href = `/snapshot.jpg?${pictureQuery()}`;
  $("snapshot-tiff").href = "/snapshot.tiff";
  $("snapshot-tjsn").href = "/api/v1/frame.tjsn";
}
for (const [id, ending] of [
  ["snapshot-jpeg", "jpg"],
  ["snapshot-tiff", "tiff"],
  ["snapshot-tjsn", "tjsn"],
])
  $(id).addEventListener("click", () => $(id).setAttribute("download", fileName(ending)));

listen("status", follow);
listen("settings", links);
listen("first", links); // from then on it is known whether there are temperatures
listen("tab", (id) => id === "record" && list());
listen("event", (event) => event.event === "recording" && list());
links();
