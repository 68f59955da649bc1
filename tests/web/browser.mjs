// Chromium, and servers to point it at. Shared by the tests, the bench and the screenshots.
import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";

export const HERE = path.dirname(fileURLToPath(import.meta.url));
export const CHROMIUM = process.env.CHROMIUM || "/usr/bin/chromium";
export const LIMIT_MS = 20000; // a failure limit: nothing waits for a fixed time

/** Not able to run here: says why and ends with ctest's code for that. */
export function skip(why) {
  console.log(`SKIP: ${why}`);
  process.exit(77);
}

export async function launch() {
  if (!existsSync(CHROMIUM)) skip(`${CHROMIUM} is not installed`);
  let playwright;
  try {
    playwright = await import("playwright-core");
  } catch {
    skip("playwright-core is not installed: npm ci in tests/web");
  }
  const root = process.getuid?.() === 0;
  // Playwright gives it an empty profile of its own and takes that away again.
  return playwright.chromium.launch({
    executablePath: CHROMIUM,
    headless: true,
    args: [
      "--disable-gpu",
      "--disable-quic",
      "--no-first-run",
      "--disable-background-networking",
      "--disable-component-update",
      "--disable-sync",
      "--hide-scrollbars",
      ...(root ? ["--no-sandbox"] : []),
    ],
  });
}

/** A program that prints a http:// address at its start. */
export async function serve(command, args, options = {}) {
  const child = spawn(command, args, { stdio: ["ignore", "pipe", "pipe"], ...options });
  let said = "";
  const address = await new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error(`no address from ${command}: ${said}`)), LIMIT_MS);
    const look = (data) => {
      said += data;
      const found = /http:\/\/[^\s"]+/.exec(said);
      if (found) {
        clearTimeout(timer);
        resolve(found[0]);
      }
    };
    child.stdout.on("data", look);
    child.stderr.on("data", (data) => {
      said += data;
    });
    child.on("exit", (code) => reject(new Error(`${command} ended (${code}): ${said}`)));
  });
  return {
    address: address.endsWith("/") ? address : `${address}/`,
    child,
    stop: () => child.kill("SIGTERM"),
  };
}

export async function standIn(...args) {
  const server = await serve("python3", ["-B", path.join(HERE, "stand_in.py"), ...args]);
  server.behave = async (change) => {
    const response = await fetch(`${server.address}stand-in`, {
      method: "POST",
      body: JSON.stringify(change),
    });
    if (!response.ok) throw new Error(await response.text());
    return response.json();
  };
  server.api = async (path_) => (await fetch(`${server.address}api/v1/${path_}`)).json();
  return server;
}

/** A page with the first image on it. What goes wrong in it ends up in `page.problems`. */
export async function openPage(browser, address, options = {}) {
  const { wait = true, query = "", ...more } = options;
  const context = await browser.newContext({
    viewport: { width: 1360, height: 860 },
    locale: "en-GB",
    ...more,
  });
  context.setDefaultTimeout(LIMIT_MS);
  const page = await context.newPage();
  page.problems = [];
  page.on("pageerror", (error) => page.problems.push(error.stack || error.message));
  page.on("console", (message) => {
    if (message.type() === "error" && !/Failed to load resource|WebSocket connection/.test(message.text()))
      page.problems.push(message.text());
  });
  await page.goto(address + query);
  if (wait) await page.waitForFunction(() => performance.getEntriesByName("first-image").length > 0);
  return page;
}

/** Where a sensor pixel's middle is on the screen, with the picture the usual way up. */
export async function at(page, x, y) {
  const box = await page.locator("#picture").boundingBox();
  return [box.x + ((x + 0.5) / 160) * box.width, box.y + ((y + 0.5) / 120) * box.height];
}
