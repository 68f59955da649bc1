// What the page costs: time to the first image, and the main thread's time per second while frames come.
// Prints as the other benches do (benches/report.h). Against the stand-in, or a camera: bench.mjs http://127.0.0.1:8080/
import { appendFileSync } from "node:fs";
import { at, launch, openPage, standIn } from "./browser.mjs";

const WINDOW_S = 8,
  TRIES = 3;

function report(name, value, unit) {
  console.log(`${name.padEnd(44)} ${value.toFixed(3).padStart(12)} ${unit}`);
  if (process.env.BENCH_JSON_LINES)
    appendFileSync(
      process.env.BENCH_JSON_LINES,
      `${JSON.stringify({ name, value: Number(value.toPrecision(6)), unit })}\n`,
    );
}

async function spent(session) {
  const { metrics } = await session.send("Performance.getMetrics");
  const of = (name) => metrics.find((m) => m.name === name).value;
  return {
    at: performance.now(),
    task: of("TaskDuration"),
    script: of("ScriptDuration"),
    layout: of("LayoutDuration") + of("RecalcStyleDuration"),
  };
}

/** Milliseconds of main thread in a second of real time, the least of some windows. */
async function busy(page, session) {
  let best = null;
  for (let i = 0; i < TRIES; i++) {
    const before = await spent(session);
    await page.waitForTimeout(WINDOW_S * 1000);
    const after = await spent(session);
    const s = (after.at - before.at) / 1000;
    const now = Object.fromEntries(
      ["task", "script", "layout"].map((key) => [key, ((after[key] - before[key]) * 1000) / s]),
    );
    if (!best || now.task < best.task) best = now;
  }
  return best;
}

const browser = await launch();
const given = process.argv[2];
const server = given ? { address: given, stop: () => {} } : await standIn();
try {
  let first = Infinity;
  for (let i = 0; i < 5; i++) {
    const page = await openPage(browser, server.address);
    first = Math.min(
      first,
      await page.evaluate(() => performance.getEntriesByName("first-image")[0].startTime),
    );
    await page.context().close();
  }
  report("page: load to first image", first, "ms");

  if (!given) await server.behave({ moving: true }); // the worst case: every number changes with every frame
  const page = await openPage(browser, server.address);
  const session = await page.context().newCDPSession(page);
  await session.send("Performance.enable", { timeDomain: "threadTicks" }); // its own time: what other programs take does not count
  await page.mouse.move(5, 5);
  const plain = await busy(page, session);
  report("page: main thread, live picture", plain.task, "ms/s");
  if (!given) {
    for (const [key, ...places] of [
      ["s", [100, 50]],
      ["b", [40, 40]],
      ["c", [60, 80]],
      ["l", [120, 90]],
    ]) {
      await page.keyboard.press(key);
      for (const p of places) await page.mouse.click(...(await at(page, ...p)));
    }
    await page.mouse.click(...(await at(page, 5, 115)));
    await page.mouse.move(5, 5);
    const full = await busy(page, session);
    report("page: main thread, four regions and graph", full.task, "ms/s");
    report("page: of that script", full.script, "ms/s");
    report("page: of that style and layout", full.layout, "ms/s");
  }
  await page.context().close();
} finally {
  await browser.close();
  server.stop();
}
