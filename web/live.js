// The connection to the camera: a WebSocket that comes back by itself and never goes silent.
// Runs in the worker; everything it has to say it says through the functions handed in.

const BACK_OFF_MS = [250, 500, 1000, 2000, 4000, 8000];
const DEAF_MS = 8000; // neither frame nor status for so long: the connection is a dead one

export class Live {
  /** `on`: {frame(buffer), document(object), link(state)}. */
  constructor(url, on) {
    this.url = url;
    this.on = on;
    this.failures = 0;
    this.socket = null;
    this.timer = 0;
    this.heardAt = 0;
    this.watch = setInterval(() => this.#look(), 1000);
  }

  open() {
    clearTimeout(this.timer);
    this.#drop();
    this.on.link({ state: "connecting", failures: this.failures });
    const socket = new WebSocket(this.url);
    socket.binaryType = "arraybuffer";
    this.socket = socket;
    this.heardAt = Date.now();
    socket.onopen = () => {
      this.heardAt = Date.now();
      this.on.link({ state: "open" });
    };
    socket.onmessage = (event) => {
      this.heardAt = Date.now();
      this.failures = 0;
      if (typeof event.data !== "string") return this.on.frame(event.data);
      let document;
      try {
        document = JSON.parse(event.data);
      } catch {
        return; // not ours to repair; the next one comes in a second
      }
      if (document && typeof document === "object") this.on.document(document);
    };
    socket.onclose = () => this.#lost();
  }

  close() {
    clearTimeout(this.timer);
    clearInterval(this.watch);
    this.#drop();
  }

  #drop() {
    if (!this.socket) return;
    this.socket.onopen = this.socket.onmessage = this.socket.onclose = null;
    this.socket.close();
    this.socket = null;
  }

  #lost() {
    this.socket = null;
    const wait = BACK_OFF_MS[Math.min(this.failures, BACK_OFF_MS.length - 1)];
    this.failures++;
    this.on.link({ state: "lost", failures: this.failures, retryAt: Date.now() + wait });
    this.timer = setTimeout(() => this.open(), wait);
  }

  #look() {
    if (this.socket && Date.now() - this.heardAt > DEAF_MS) {
      this.#drop();
      this.#lost();
    }
  }
}
