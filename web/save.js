// A file of the page's own making, into the viewer's downloads.
import { el } from "./dom.js";
import { state } from "./state.js";

export function saveBlob(blob, name) {
  const url = URL.createObjectURL(blob);
  const link = el("a", { href: url, download: name });
  document.body.append(link);
  link.click();
  link.remove();
  setTimeout(() => URL.revokeObjectURL(url), 10000);
}

/** "tCam-Mini-EFB5-20261128-011500.png": the camera's name, made safe for a file, and the time of the frame. */
export function fileName(ending) {
  const safe = String(state.status?.name || "ironbow")
    .replace(/[^A-Za-z0-9._-]+/g, "_")
    .slice(0, 40);
  const at = new Date(state.frame ? state.frame.wallUs / 1000 : Date.now());
  const two = (n) => String(n).padStart(2, "0");
  const day = `${at.getFullYear()}${two(at.getMonth() + 1)}${two(at.getDate())}`;
  return `${safe}-${day}-${two(at.getHours())}${two(at.getMinutes())}${two(at.getSeconds())}.${ending}`;
}
