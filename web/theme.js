// Light, dark, or as the system has it.
import { $, setAttribute } from "./dom.js";
import { set, settings } from "./settings.js";
import { listen } from "./state.js";

const light = matchMedia("(prefers-color-scheme: light)");
export const onWhite = () => (settings.theme === "auto" ? light.matches : settings.theme === "light");

function apply() {
  const root = document.documentElement;
  if (settings.theme === "auto") root.removeAttribute("data-theme");
  else root.dataset.theme = settings.theme;
  document.querySelector('meta[name="theme-color"]').content = onWhite() ? "#f2f4f7" : "#0e1116";
  setAttribute($("theme"), "title", `${onWhite() ? "Dark" : "Light"} (D)`);
}
export function toggleTheme() {
  const next = onWhite() ? "dark" : "light";
  set({ theme: (next === "light") === light.matches ? "auto" : next });
}
$("theme").addEventListener("click", toggleTheme);
light.addEventListener("change", apply);
listen("settings", (change) => {
  if (change.theme !== undefined) apply();
});
apply();
