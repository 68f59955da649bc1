// The camera itself: shutter, gain, emissivity, AGC, spotmeter, health, status LED and button.
import { patch, post } from "./api.js";
import * as degrees from "./degrees.js";
import { $, ask, el, problem, segments, setHidden, setText } from "./dom.js";
import { FFC, GAIN_NAMES } from "./frame.js";
import { ledText, showLed } from "./led.js";
import { setTool } from "./overlay.js";
import { measureRegion } from "./readings.js";
import { set, settings } from "./settings.js";
import { listen, state } from "./state.js";
import { openTabName } from "./tabs.js";
import { age, radiometric, readingText, unitText } from "./values.js";

const say = (text) => problem($("camera-problem"), text);

/** Ask for a change; what was acknowledged is shown, not what was wished. */
async function configure(change) {
  try {
    const config = await patch("/api/v1/config", change);
    if (state.status) Object.assign(state.status.config, config);
    say(null);
  } catch (error) {
    say(error.message);
  }
  follow();
}

export async function ffcNow() {
  $("ffc-now").disabled = true;
  try {
    await post("/api/v1/ffc");
    say(null);
  } catch (error) {
    say(`Shutter: ${error.message}`);
  }
  $("ffc-now").disabled = false;
}
$("ffc-now").addEventListener("click", ffcNow);

const gain = segments(
  $("gain"),
  [
    ["0", "High"],
    ["1", "Low"],
    ["2", "Auto"],
  ].map(([value, label]) => ({ value, label })),
  (value) => configure({ gain: Number(value) }),
);

const PRESETS = [
  ["1.00", "As it is (1.00)"],
  ["0.98", "Skin (0.98)"],
  ["0.96", "Water, ice (0.96)"],
  ["0.95", "Matt paint, plaster, wood (0.95)"],
  ["0.93", "Brick, concrete (0.93)"],
  ["0.90", "Glass, oxidised steel (0.90)"],
  ["0.60", "Rusty or rough metal (0.60)"],
  ["0.10", "Shiny metal (0.10): mirrors the room"],
];
$("emissivity-preset").append(
  el("option", { value: "" }, "choose…"),
  ...PRESETS.map(([value, label]) => el("option", { value }, label)),
);
function emissivityTyped(text) {
  const pct = Math.round(Number(text) * 100);
  if (pct >= 1 && pct <= 100) configure({ emissivity: pct });
}
$("emissivity").addEventListener("change", () => emissivityTyped($("emissivity").value));
$("emissivity-slide").addEventListener("input", () => {
  $("emissivity").value = ($("emissivity-slide").value / 100).toFixed(2);
});
$("emissivity-slide").addEventListener("change", () =>
  configure({ emissivity: Number($("emissivity-slide").value) }),
);
$("emissivity-preset").addEventListener(
  "change",
  () => $("emissivity-preset").value && emissivityTyped($("emissivity-preset").value),
);
$("agc").addEventListener("change", () => configure({ agc: $("agc").checked ? 1 : 0 }));
$("spotmeter-place").addEventListener("click", () => {
  set({ show: { spotmeter: true } });
  setTool("spotmeter");
  $("picture").scrollIntoView({ block: "nearest" });
});

async function press(ms) {
  try {
    await post("/api/v1/button", { press_ms: ms });
    say(null);
  } catch (error) {
    say(`Button: ${error.message}`);
  }
}
$("button-press").addEventListener("click", () => press(200));
$("button-hold").addEventListener("click", async () => {
  if (
    await ask(
      "Hold the button for 5 seconds?",
      "The camera then forgets its network settings and goes back to its own access point.",
      "Hold it",
    )
  )
    press(5500);
});

function shutter() {
  const { status, frame } = state;
  const sinceMs = frame?.sinceFfcMs ?? status?.ffc?.since_ms ?? null;
  const state_ = frame ? frame.ffcState : null;
  let text = "Not known";
  if (state_ === FFC.RUNNING) text = "Correcting now";
  else if (state_ === FFC.IMMINENT) text = "About to correct";
  else if (sinceMs !== null) {
    const passed = sinceMs + (frame ? performance.now() - state.frameAt : 0);
    const period = status?.ffc?.period_ms;
    text = `Corrected ${age(passed)} ago${period > passed ? `, again in ${age(period - passed)} at the latest` : ""}`;
  } else if (state_ === FFC.NEVER) text = "Never corrected";
  setText($("ffc-line"), text);
}

let facts = new Map();
function fact(holder, key, value) {
  let node = facts.get(key);
  if (!node) {
    node = el("dd");
    facts.set(key, node);
    holder.append(el("div", {}, el("dt", {}, key), node));
  }
  setText(node, value);
}

function health() {
  const { status: s, frame } = state;
  if (!s) return;
  const holder = $("health");
  fact(holder, "State", `${s.stage_text || s.stage}${s.recovering ? " (recovering)" : ""}`);
  fact(holder, "Frames", `${s.frames}, ${Number(s.fps).toFixed(1)} a second`);
  fact(holder, "Newest", state.frameAt ? `${age(performance.now() - state.frameAt)} old` : "none yet");
  fact(holder, "Gain in effect", frame ? (GAIN_NAMES[frame.gain] ?? "unknown") : "–");
  fact(
    holder,
    "Sensor",
    frame && frame.fpaCk && radiometric() ? degrees.temperature(frame.fpaCk / 100, settings.units) : "–",
  );
  fact(holder, "Fault", s.fault ? `${s.fault.number}: ${s.fault.name}` : "none");
  if (s.clients)
    fact(
      holder,
      "Clients",
      Object.entries(s.clients)
        .map(([k, n]) => `${n} ${k}`)
        .join(", "),
    );
  fact(holder, "Camera", String(s.camera || "–"));
  fact(holder, "Serial", String(s.serial ?? "–"));
  fact(holder, "Version", String(s.version || "–"));
}

let counterNodes = new Map();
function counters() {
  const { status } = state;
  if (!status?.counters || !$("counters-more").open) return;
  for (const [name, value] of Object.entries(status.counters)) {
    if (typeof value !== "number") continue;
    let node = counterNodes.get(name);
    if (!node) {
      node = el("dd");
      counterNodes.set(name, node);
      $("counters").append(el("div", {}, el("dt", {}, name), node));
    }
    setText(node, String(value));
  }
}

function spotmeter() {
  const { frame } = state;
  const s = frame?.spotmeter;
  if (!s) return setText($("spotmeter-text"), "not known");
  const region = {
    shape: "box",
    x: s.c1,
    y: s.r1,
    points: [],
    w: s.c2 - s.c1 + 1,
    h: s.r2 - s.r1 + 1,
    object: {},
  };
  const r = measureRegion(region, frame, {});
  setText(
    $("spotmeter-text"),
    `${s.c1}, ${s.r1}, ${region.w}×${region.h}: ${readingText(r, r.mean)} ${unitText()}`,
  );
}

function follow() {
  const { status, frame } = state;
  if (!status?.config) return;
  const { config } = status;
  gain.set(config.gain);
  if (document.activeElement !== $("emissivity") && document.activeElement !== $("emissivity-slide")) {
    $("emissivity").value = (config.emissivity / 100).toFixed(2);
    $("emissivity-slide").value = config.emissivity;
    const preset = (config.emissivity / 100).toFixed(2);
    if (document.activeElement !== $("emissivity-preset"))
      $("emissivity-preset").value = PRESETS.some(([v]) => v === preset) ? preset : "";
  }
  $("agc").checked = !!config.agc;
  const fixed = status.radiometric === false || (frame && frame.agc);
  setHidden($("emissivity-preset").closest(".field-row"), fixed);
  setHidden($("emissivity").closest(".field-row"), fixed);
  setHidden($("spotmeter-text").closest(".field-row"), fixed);
}

function board() {
  const { status } = state;
  // A Pure Thermal has no status LED and no such button.
  setHidden($("board-title"), !status?.led);
  setHidden($("board"), !status?.led);
  if (!status?.led) return;
  showLed($("led-big"), status);
  setText($("led-text"), ledText(status));
  $("button-press").classList.toggle("pressed", !!status.button);
}

const open = () => openTabName() === "camera";
listen("status", () => {
  if (!open()) return;
  follow();
  health();
  counters();
  board();
});
listen("tick", () => {
  if (!open()) return;
  shutter();
  spotmeter();
});
listen("tab", (id) => {
  if (id !== "camera") return;
  follow();
  health();
  counters();
  board();
  shutter();
  spotmeter();
});
listen("camera-problem", say);
$("counters-more").addEventListener("toggle", counters);
