// Pictures of the page on the kettle scene. docs/page.png is made by: tests/web/run pictures.mjs docs/page.png
// Without an argument: several into a directory of their own, to be looked at. $IRONBOW names the program.
import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { HERE, launch, openPage, serve } from "./browser.mjs";
import { until } from "./check.mjs";

const IRONBOW = process.env.IRONBOW || path.join(HERE, "../../build/ironbow");
const wanted = process.argv[2] && path.resolve(HERE, "../..", process.argv[2]);
const directory = mkdtempSync(path.join(tmpdir(), "ibpictures"));
const camera = await serve(IRONBOW, [
  "run",
  "--camera",
  "sim:lepton-3.5?scene=kettle&rate=2",
  "--http-port",
  "0",
  "--tcam-port",
  "0",
  "--control",
  path.join(directory, "control"),
  "--state",
  path.join(directory, "state"),
  "--record-dir",
  directory,
]);
const put = (what, body) =>
  fetch(`${camera.address}api/v1/${what}`, {
    method: "PUT",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify(body),
  });
await put("regions", {
  regions: [
    { name: "water", shape: "box:49,66,32x26" },
    { name: "mug", shape: "circle:124,92,8", emissivity: 0.93 },
    { name: "milk", shape: "spot:148,88,3" },
    { name: "cable", shape: "line:129,42-126,62" },
    { name: "steam", shape: "poly:24,6-34,4-39,40-34,41" },
  ],
  deltas: [{ name: "d1", quantity: "water.max-mug.mean" }],
  alarms: [{ name: "boiling", rule: "water.max>90 for 2s hyst 2 pre 75" }],
});

const browser = await launch();
async function picture(name, options, prepare) {
  const page = await openPage(browser, camera.address, options);
  await page.evaluate(() =>
    localStorage.setItem("ironbow", JSON.stringify({ graph: { kind: "time", stat: "max", minutes: 1 } })),
  );
  await page.reload();
  await until(page, "#connection", /Live/);
  await until(page, "#region-rows", /cable\s+line\s+[\d.]+/);
  await prepare(page);
  const file = name.endsWith(".png") ? name : path.join(directory, `${name}.png`);
  await page.screenshot({ path: file, fullPage: !!options.fullPage });
  console.log(file);
  await page.context().close();
}
const warm = (least) => (page) =>
  page.waitForFunction((l) => parseFloat(document.getElementById("read-hot").textContent) > l, least, {
    timeout: 120000,
  });
const desktop = { viewport: { width: 1360, height: 860 }, colorScheme: "dark" };
try {
  if (wanted) {
    await picture(wanted, desktop, async (page) => {
      await warm(93)(page);
      await page.locator("button.name", { hasText: "mug" }).click();
      await until(page, "#alarm-badge", /boiling/);
      while (await page.locator("#toasts .icon-button").count())
        await page.locator("#toasts .icon-button").first().click();
      await page.mouse.move(700, 20);
    });
  } else {
    await picture("dark", desktop, warm(60));
    await picture("light-alarms", { ...desktop, colorScheme: "light" }, async (page) =>
      page.locator("#tab-alarms").click(),
    );
    await picture("wide", { viewport: { width: 1920, height: 1080 }, colorScheme: "dark" }, warm(60));
    await picture(
      "phone",
      {
        viewport: { width: 390, height: 844 },
        deviceScaleFactor: 2,
        hasTouch: true,
        isMobile: true,
        colorScheme: "dark",
        fullPage: true,
      },
      warm(60),
    );
    await picture(
      "phone-light",
      {
        viewport: { width: 360, height: 740 },
        deviceScaleFactor: 2,
        hasTouch: true,
        isMobile: true,
        colorScheme: "light",
        fullPage: true,
      },
      async (page) => page.locator("#tab-camera").tap(),
    );
    await picture("help", desktop, async (page) => page.keyboard.press("?"));
    await picture("tablet", { viewport: { width: 900, height: 1100 }, colorScheme: "light" }, warm(60));
  }
} finally {
  await browser.close();
  camera.stop();
}
