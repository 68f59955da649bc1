// What the page knows, and who wants to hear when it changes.

export const state = {
  frame: null, // newest, with its pixels
  stats: null,
  readings: new Map(), // region name → reading of the newest frame
  range: null, // in pixel values
  axis: null,
  status: null,
  link: { state: "connecting" },
  frameAt: 0, // performance.now() of the newest frame
  stalledSince: null, // Date.now() when the picture stopped, or null
};

/** What measuring needs of the status: what the camera was told to correct with. */
export const cameraOf = (status) => ({ emissivity: (status?.config?.emissivity ?? 100) / 100 });

const listeners = new Map();

/**
 * Topics: frame (each), tick (three a second at most), range, first, status, measurements, event, link, settings,
 * regions, selection, and a few that one part tells another.
 */
export function listen(topic, fn) {
  if (!listeners.has(topic)) listeners.set(topic, []);
  listeners.get(topic).push(fn);
}

export function tell(topic, value) {
  for (const fn of listeners.get(topic) || []) {
    try {
      fn(value);
    } catch (error) {
      reportError(error); // one part's trouble is not the others'
    }
  }
}
