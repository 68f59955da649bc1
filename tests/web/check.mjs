// A small test frame: named tests, one page each, run one after the other in one browser.
import assert from "node:assert/strict";
import { at, launch, LIMIT_MS, openPage, standIn } from "./browser.mjs";

const tests = [];
export const test = (name, fn, options = {}) => tests.push({ name, fn, options });
export { assert };

/** Wait until an element's text (or any function's result in the page) is as wanted; the failure says what it was. */
export async function until(page, read, wanted, what = String(wanted)) {
  const good = (value) =>
    wanted instanceof RegExp
      ? wanted.test(value)
      : typeof wanted === "function"
        ? wanted(value)
        : value === wanted;
  const ends = Date.now() + LIMIT_MS;
  let value;
  for (;;) {
    try {
      value = typeof read === "string" ? await page.locator(read).innerText() : await read();
    } catch (error) {
      value = error.message;
    }
    if (good(value)) return value;
    if (Date.now() > ends) assert.fail(`waited for ${what}, there is ${JSON.stringify(value)}`);
    await new Promise((resolve) => setTimeout(resolve, 40));
  }
}

/** Colour of the screen over a sensor pixel's middle: [red, green, blue]. */
export async function colourAt(page, x, y) {
  const [px, py] = await at(page, x, y);
  const shot = await page.screenshot({ clip: { x: Math.floor(px), y: Math.floor(py), width: 1, height: 1 } });
  return page.evaluate(async (base64) => {
    const bytes = Uint8Array.from(atob(base64), (c) => c.charCodeAt(0));
    const bitmap = await createImageBitmap(new Blob([bytes], { type: "image/png" }));
    const canvas = new OffscreenCanvas(1, 1);
    const ctx = canvas.getContext("2d");
    ctx.drawImage(bitmap, 0, 0);
    return [...ctx.getImageData(0, 0, 1, 1).data.slice(0, 3)];
  }, shot.toString("base64"));
}

export async function drag(page, from, to) {
  await page.mouse.move(...(await at(page, ...from)));
  await page.mouse.down();
  await page.mouse.move(...(await at(page, ...to)), { steps: 3 });
  await page.mouse.up();
}

async function runOne(browser, { name, fn, options }) {
  const start = Date.now();
  const server = await standIn();
  let page;
  try {
    if (options.before) await server.behave(options.before);
    page = await openPage(browser, server.address, options.page);
    await fn({ page, server, browser });
    assert.deepEqual(page.problems, [], "errors in the page");
    console.log(`ok    ${name} (${Date.now() - start} ms)`);
    return true;
  } catch (error) {
    console.log(`FAIL  ${name}\n${error.stack}`);
    if (page?.problems.length) console.log(`      in the page: ${page.problems.join("\n")}`);
    if (page && process.env.SHOTS)
      await page
        .screenshot({ path: `${process.env.SHOTS}/${name.replace(/\W+/g, "-")}.png` })
        .catch(() => {});
    return false;
  } finally {
    await page
      ?.context()
      .close()
      .catch(() => {});
    server.stop();
  }
}

/** Two at a time: most of a test's time is waiting for frames. An argument picks tests by a part of their name. */
export async function run() {
  const only = process.argv.slice(2).join(" ");
  const browser = await launch();
  const waiting = tests.filter(({ name }) => name.includes(only));
  let failed = waiting.length ? 0 : 1;
  const worker = async () => {
    for (let next = waiting.shift(); next; next = waiting.shift())
      if (!(await runOne(browser, next))) failed++;
  };
  await Promise.all([worker(), worker()]);
  await browser.close();
  console.log(failed ? `${failed} failed` : "all ok");
  process.exit(failed ? 1 : 0);
}
