// The status LED, in the rhythm of the real one: its state's name says the pattern.

const OFF = "off",
  RED = "red",
  GREEN = "green",
  YELLOW = "yellow";

// name: phases of [colour, ms], again and again
const PATTERNS = {
  off: [[OFF, 0]],
  "solid red": [[RED, 0]],
  "blinking yellow": [
    [YELLOW, 1000],
    [OFF, 1000],
  ],
  "solid yellow": [[YELLOW, 0]],
  "solid green": [[GREEN, 0]],
  "fast blink yellow": [
    [YELLOW, 100],
    [OFF, 100],
  ],
  "alternating red/green": [
    [RED, 250],
    [GREEN, 250],
  ],
  "blinking green": [
    [GREEN, 100],
    [OFF, 100],
  ],
};

function phasesOf(status) {
  const { led, fault } = status;
  if (led.state === "series of red blinks") {
    const n = Math.max(1, Math.min(8, Number(fault?.number) || 1));
    return Array.from({ length: 2 * n }, (_, i) => (i % 2 ? [OFF, 300] : [RED, 200])).concat([[OFF, 2000]]);
  }
  return PATTERNS[led.state] || [[led.red ? (led.green ? YELLOW : RED) : led.green ? GREEN : OFF, 0]];
}

const still = matchMedia("(prefers-reduced-motion: reduce)");

export function ledText(status) {
  const { led, fault } = status;
  return led.state === "series of red blinks" && fault
    ? `${fault.number} red blinks: ${fault.name}`
    : String(led.state);
}

export function showLed(node, status) {
  const phases = phasesOf(status);
  const key = JSON.stringify([phases, still.matches]);
  node.setAttribute("aria-label", `Status LED: ${ledText(status)}`);
  node.title = ledText(status);
  if (node.dataset.pattern === key) return;
  node.dataset.pattern = key;
  node.getAnimations().forEach((a) => a.cancel());
  const lit = phases.find(([colour]) => colour !== OFF);
  node.dataset.colour = lit ? lit[0] : OFF;
  const total = phases.reduce((sum, [, ms]) => sum + ms, 0);
  if (!total || still.matches) return;
  // Opacity only: blinking then costs the page nothing. Two colours need the filter too.
  const two = new Set(phases.map(([c]) => c).filter((c) => c !== OFF)).size > 1;
  let at = 0;
  const frames = phases.map(([colour, ms]) => {
    const frame = { offset: at / total, opacity: colour === OFF ? 0.14 : 1, easing: "steps(1, end)" };
    if (two)
      frame.backgroundColor = getComputedStyle(document.documentElement)
        .getPropertyValue(`--led-${colour}`)
        .trim();
    at += ms;
    return frame;
  });
  frames.push({ ...frames[0], offset: 1 });
  node.animate(frames, { duration: total, iterations: Infinity });
}
