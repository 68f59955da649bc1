// The bar at the top: which camera, is it alive, since when the shutter, what the LED shows.
import { $, segments, setAttribute, setHidden, setText } from "./dom.js";
import { FFC } from "./frame.js";
import { showLed } from "./led.js";
import { retry } from "./picture.js";
import { UNIT_LETTERS, symbolOf } from "./degrees.js";
import { set, settings } from "./settings.js";
import { listen, state } from "./state.js";
import { openTab } from "./tabs.js";
import { age, radiometric } from "./values.js";

const units = segments(
  $("units"),
  UNIT_LETTERS.map((u) => ({ value: u, label: symbolOf(u) })),
  (value) => set({ units: value }),
);
units.set(settings.units);

$("connection").addEventListener("click", () => {
  if (state.link.state === "lost") retry();
  openTab("camera");
});
$("alarm-badge").addEventListener("click", () => openTab("alarms"));

/** The connection in two words, and how it is. */
export function linkState() {
  const { link, status, frame } = state;
  if (link.state === "lost") return ["bad", "Disconnected"];
  if (link.state !== "open" && !frame) return ["connecting", "Connecting"];
  if (link.state !== "open") return ["bad", "Reconnecting"];
  if (status?.recovering) return ["warn", "Recovering"];
  if (state.stalledSince !== null) return ["warn", "No picture"];
  if (!frame) return ["connecting", status?.stage_text || "Starting"];
  if (status?.fault) return ["warn", `Fault ${status.fault.number ?? ""}`.trim()];
  return ["good", "Live"];
}

function connection() {
  const [kind, text] = linkState();
  setAttribute($("connection"), "data-state", kind);
  setText($("connection-text"), text);
  const live = kind === "good" && !!state.status;
  setHidden($("fps"), !live);
  if (live) setText($("fps"), `${Number(state.status.fps).toFixed(1)} fps`);
}

function since() {
  const { frame } = state;
  setHidden($("ffc-badge"), !frame || frame.sinceFfcMs === null);
  if (!frame || frame.sinceFfcMs === null) return;
  setText(
    $("ffc-text"),
    frame.ffcState === FFC.RUNNING
      ? "FFC now"
      : `FFC ${age(frame.sinceFfcMs + (performance.now() - state.frameAt))}`,
  );
  setAttribute($("ffc-badge"), "title", "Since the last shutter correction (FFC)");
}

function identity() {
  const { status } = state;
  setText($("camera-name"), String(status.name || status.camera || ""));
  setText($("model"), String(status.model || ""));
  setHidden($("model"), !status.model);
  setHidden($("simulated"), !status.simulated);
  document.title = `${status.name || "ironbow"}${status.name ? " – ironbow" : ""}`;
  const { recording } = status;
  setHidden($("recording-badge"), !recording?.active);
  if (recording?.active) setText($("recording-badge-text"), `REC ${age(recording.duration_ms)}`);
  setHidden($("led-badge"), !status.led);
  if (status.led) showLed($("led"), status);
}

listen("status", () => {
  identity();
  connection();
});
listen("link", connection);
listen("tick", () => {
  connection();
  since();
  setHidden($("units"), !radiometric());
});
listen("settings", () => units.set(settings.units));
