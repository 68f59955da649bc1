// The camera's palettes, by name.
import { get } from "./api.js";
import { tell } from "./state.js";

const GREY = Uint8Array.from({ length: 768 }, (_, i) => Math.floor(i / 3));

let list = [{ name: "grey", title: "Grey", bytes: GREY }]; // until the camera's have come

function decode(text) {
  const raw = atob(text);
  return raw.length === 768 ? Uint8Array.from(raw, (c) => c.charCodeAt(0)) : null;
}

export const palettes = {
  get list() {
    return list;
  },
  bytes(name) {
    return (list.find((p) => p.name === name) || list[0]).bytes;
  },
  load() {
    loading ??= fetchList().finally(() => {
      loading = null;
    });
    return loading;
  },
};

let loading = null;
async function fetchList() {
  try {
    const got = (await get("/api/v1/palettes"))
      .map((p) => ({
        name: String(p.name),
        title: String(p.title || p.name),
        bytes: decode(String(p.colours)),
      }))
      .filter((p) => p.bytes);
    if (got.length) list = got;
  } catch (error) {
    console.warn(`palettes: ${error.message}`); // grey will do; loaded again with the next connection
  }
  tell("palettes");
}
