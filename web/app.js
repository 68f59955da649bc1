// Where the page begins: every part is started once, in an order that needs no other.
import "./theme.js";
import "./pointer.js";
import "./scale.js";
import "./toolbar.js";
import "./header.js";
import "./notice.js";
import "./measure_panel.js";
import "./region_editor.js";
import "./deltas_panel.js";
import "./alarms_panel.js";
import "./picture_panel.js";
import "./camera_panel.js";
import "./record_panel.js";
import "./simulator_panel.js";
import "./graph.js";
import "./keys.js";
import "./login.js";
import { get } from "./api.js";
import { keyOfMeasurements, sameShapes } from "./documents.js";
import { palettes } from "./palettes.js";
import { canPaint, startPicture } from "./picture.js";
import { busy, load, regions } from "./regions.js";
import { settings } from "./settings.js";
import { listen, state, tell } from "./state.js";
import { openTab } from "./tabs.js";

openTab(settings.tab);
if (canPaint()) startPicture();
else tell("too-old");

/** Everything that may have changed while there was no connection. */
async function refresh() {
  await load();
  tell("regions-loaded");
  tell("refresh");
}

listen("link", ({ state: link, failures }) => {
  if (link === "open") {
    refresh();
    if (palettes.list.length < 2) palettes.load();
  }
  // A refused WebSocket does not say why; the status does: a token may be needed.
  if (link === "lost" && failures <= 2) get("/api/v1/status").catch(() => {});
});
listen("login", refresh);

// Somebody else may change the regions: the camera's measurements show it.
let measured = "";
listen("measurements", (document) => {
  const key = keyOfMeasurements(document);
  if (key === measured || busy()) return;
  if (measured || !sameShapes(document, regions.list)) refresh();
  measured = key;
});
listen("tab", () => state.status && tell("status", state.status));
