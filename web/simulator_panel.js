// A simulated camera's scene and misbehaviour. Hidden for real cameras.
import { get, post } from "./api.js";
import { $, el, problem, segments, setHidden, setText } from "./dom.js";
import { listen, state } from "./state.js";
import { openTabName, showTab } from "./tabs.js";

let choice = null,
  known = null;
const say = (text) => problem($("simulator-problem"), text);

async function tellCamera(body) {
  try {
    show(await post("/api/v1/simulator", body));
    say(null);
  } catch (error) {
    say(error.message);
  }
  load();
}

function show(document) {
  if (!Array.isArray(document?.scenes)) return;
  const key = JSON.stringify([document.scenes, document.faults.map((f) => f.name)]);
  if (key !== known) {
    known = key;
    choice = segments(
      $("scenes"),
      document.scenes.map((s) => ({
        value: s.name,
        label: s.name,
        content: [el("b", {}, String(s.name)), el("span", { class: "soft" }, String(s.about))],
      })),
      (scene) => tellCamera({ scene }),
    );
    $("faults").replaceChildren(
      ...document.faults.map((f) =>
        el(
          "li",
          { "data-fault": f.name },
          el(
            "div",
            { class: "grow" },
            el("b", {}, String(f.name)),
            el("span", { class: "soft" }, String(f.about)),
          ),
          el(
            "button",
            {
              type: "button",
              class: "button small",
              "aria-label": `Begin ${f.name}`,
              onclick: () => tellCamera({ fault: f.name }),
            },
            "Begin",
          ),
        ),
      ),
    );
  }
  choice.set(document.scene);
  const active = new Set(document.faults.filter((f) => f.active).map((f) => f.name));
  for (const li of $("faults").children) li.classList.toggle("active", active.has(li.dataset.fault));
  setText($("fault-line"), active.size ? `Under way: ${[...active].join(", ")}` : "Nothing is wrong");
}

async function load() {
  if (openTabName() !== "simulator") return;
  try {
    show(await get("/api/v1/simulator"));
  } catch (error) {
    say(error.message);
  }
}
$("heal").addEventListener("click", () => tellCamera({ heal: true }));

let shown = false,
  seen = 0;
listen("status", () => {
  if (state.status.simulated !== shown) {
    shown = !!state.status.simulated;
    showTab("simulator", shown);
    setHidden($("simulated"), !shown);
  }
  if (++seen % 3 === 0) load(); // a fault ends by itself
});
listen("tab", load);
listen("event", load);
