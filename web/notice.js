// What lies over the picture when it is not what it seems: no connection, no new picture, the
// shutter closed, numbers that are not degrees. Never silent.
import { $, setHidden, setIcon, setText } from "./dom.js";
import { FFC, FLAG, whyNoDegrees } from "./frame.js";
import { listen, state } from "./state.js";
import { age } from "./values.js";

const picture = $("picture");
const clock = (ms) => new Date(ms).toLocaleTimeString([], { hour12: false });

function lost() {
  const { link, frame } = state;
  const wait = link.retryAt ? Math.max(0, Math.ceil((link.retryAt - Date.now()) / 1000)) : 0;
  const next = link.state === "lost" && wait > 0 ? `Trying again in ${wait} s.` : "Trying again.";
  const since = frame
    ? ` The picture is from ${clock(Date.now() - (performance.now() - state.frameAt))}.`
    : "";
  return ["warning", "No connection to the camera", next + since, true];
}

function stalled() {
  const { status, stalledSince } = state;
  const since = `No new picture since ${clock(stalledSince)} (${age(Date.now() - stalledSince)}).`;
  if (status?.recovering)
    return [
      "warning",
      "The camera is recovering",
      `${status.stage_text || status.stage || ""}. ${since}`.replace(/^\. /, ""),
      true,
    ];
  return ["warning", "The picture stands still", since, true];
}

/** [icon, title, text, greyed] or null. */
function current() {
  const { link, frame, status } = state;
  if (tooOld)
    return [
      "warning",
      "This browser is too old for the live picture",
      "Any of 2023 or later shows it; /stream.mjpg works everywhere.",
      false,
    ];
  if (link.state === "lost" || (link.state !== "open" && link.failures > 0)) return lost();
  if (state.stalledSince !== null) return stalled();
  if (!frame) {
    if (status?.recovering)
      return ["warning", "The camera is recovering", String(status.stage_text || status.stage || ""), false];
    return ["info", "Waiting for the first picture", String(status?.stage_text || ""), false];
  }
  if (frame.flags & FLAG.FFC || frame.ffcState === FFC.RUNNING)
    return [
      "shutter",
      "Shutter correction (FFC)",
      "The shutter is closed for about a second; the picture is held.",
      false,
    ];
  if (frame.flags & FLAG.OVER_TEMP)
    return ["warning", "The sensor is too hot", "It will switch itself off within 10 seconds.", false];
  return null;
}

/** A small permanent remark at the picture's foot. */
function remark() {
  const { frame, status } = state;
  if (!frame) return "";
  const why = whyNoDegrees(frame, status);
  if (why) return why;
  if (frame.ffcState === FFC.IMMINENT) return "A shutter correction is about to begin.";
  if (frame.flags & FLAG.LOCKOUT) return "Too hot or too cold to move the shutter: numbers may drift.";
  if (frame.flags & FLAG.FFC_DESIRED) return "The sensor asks for a shutter correction: numbers may drift.";
  return "";
}

function show() {
  const notice = current();
  setHidden($("notice"), !notice);
  picture.classList.toggle("stale", !!notice?.[3]);
  document.body.classList.toggle("stale-numbers", !!notice?.[3]);
  picture.classList.toggle("shut", notice?.[0] === "shutter");
  if (notice) {
    setIcon($("notice-icon"), notice[0]);
    setText($("notice-title"), notice[1]);
    setText($("notice-text"), notice[2]);
  }
  const text = remark();
  setHidden($("tag"), !text);
  setText($("tag"), text);
}

let tooOld = false;
listen("too-old", () => {
  tooOld = true;
  show();
});
for (const topic of ["link", "status", "tick"]) listen(topic, show);
let ffcBefore = false;
listen("frame", (frame) => {
  const ffc = !!(frame.flags & FLAG.FFC) || frame.ffcState === FFC.RUNNING;
  if (ffc !== ffcBefore) show();
  ffcBefore = ffc;
});
// Without frames nothing ticks: the age in the notice goes on all the same.
setInterval(() => {
  if (state.link.state !== "open" || state.stalledSince !== null || !state.frame) show();
}, 500);
