// The page and the program itself: $IRONBOW with a simulated camera whose picture stands still.
import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { at, HERE, launch, openPage, serve, skip } from "./browser.mjs";
import { assert, drag, until } from "./check.mjs";

const IRONBOW = process.env.IRONBOW || path.join(HERE, "../../build/ironbow");
let help = "";
try {
  help = execFileSync(IRONBOW, ["run", "--help"], { encoding: "utf8" });
} catch (error) {
  skip(`${IRONBOW} does not run: ${error.message}`);
}
if (!help.includes("--http-port")) skip("this ironbow has no page");

const directory = mkdtempSync(path.join(tmpdir(), "ibpage"));
const camera = await serve(IRONBOW, [
  "run",
  "--camera",
  "sim:lepton-3.5?scene=bars&quiet=1",
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
const browser = await launch();
const api = async (what) => (await fetch(`${camera.address}api/v1/${what}`)).json();
let code = 0;
try {
  const page = await openPage(browser, camera.address);
  await until(page, "#connection", /Live/);
  await until(page, "#read-hot", "140.0 °C");
  await until(page, "#read-cold", "−10.0 °C");

  // The page and the camera measure the same numbers: bars of 10 pixels, -10 to 140 °C.
  await page.keyboard.press("b");
  await drag(page, [41, 10], [78, 60]); // 30 °C to 60 °C
  await page.keyboard.press("s");
  await page.mouse.click(...(await at(page, 85, 60)));
  const found = async () => Object.fromEntries((await api("measurements")).regions.map((r) => [r.name, r]));
  await until(page, async () => Object.keys(await found()).join(), "r1,r2");
  await page.getByRole("button", { name: /^Box r1/ }).focus();
  await page.getByLabel("Emissivity", { exact: true }).first().fill("0.8");
  await page.keyboard.press("Tab");
  await until(page, async () => (await found()).r1.emissivity, 0.8);
  const shown = (v) => v.toFixed(1).replace("-", "−");
  for (const name of ["r1", "r2"])
    await until(
      page,
      async () => {
        const there = (await found())[name];
        const here = await page
          .locator("#region-rows tr", { has: page.locator(`button.name:has-text("${name}")`) })
          .locator("td")
          .allInnerTexts();
        return (
          JSON.stringify(here) ===
            JSON.stringify([there.min_c, there.mean_c, there.max_c, there.uncertainty_k].map(shown)) ||
          `${here} is not ${JSON.stringify(there)}`
        );
      },
      true,
      `the camera's numbers for ${name}`,
    );

  // An alarm made here is raised there, and said here.
  await page.locator("#tab-alarms").click();
  await page.locator("#alarm-form-title").click();
  await page.getByLabel("Name of the alarm").fill("bar");
  await page.locator('#alarm-form select[aria-label="Region"]').selectOption("r2");
  await page.getByLabel("Limit", { exact: true }).fill("60");
  await page.getByRole("button", { name: "Add alarm" }).click();
  await until(page, "#alarm-badge", /bar/);
  await until(page, "#toasts", /Alarm bar: alarm, 70\.0 °C/);

  await page.locator("#tab-record").click();
  await page.locator("#record").click();
  await until(page, "#record-line", /\.mkv: \d+ s, \d+ frames/);
  await page.locator("#record").click();
  await until(page, "#recordings", /\.mkv/);

  await page.locator("#tab-camera").click();
  await page.locator("#agc").check();
  await until(page, "#tag", /^AGC/);
  await page.locator("#agc").uncheck();
  await until(page, "#read-hot", "140.0 °C");
  await page.locator("#ffc-now").click();
  await until(page, "#ffc-line", /Corrected [0-3] s ago/);

  await page.locator("#tab-simulator").click();
  await page.getByRole("radio", { name: "flat" }).click();
  await until(page, "#read-hot", /26\.[89] °C/);
  await page.getByRole("button", { name: "Begin unplug" }).click();
  await until(page, "#notice-title", /recovering|stands still/);
  await page.getByRole("button", { name: "Heal all" }).click();
  await until(page, "#connection", /Live/);
  assert.deepEqual(page.problems, []);

  // Gone, and back at the same place: the page comes back by itself.
  const port = new URL(camera.address).port;
  camera.child.kill("SIGKILL");
  await until(page, "#notice-title", "No connection to the camera");
  const again = await serve(IRONBOW, [
    "run",
    "--http-port",
    port,
    "--tcam-port",
    "0",
    "--control",
    "none",
    "--state",
    "none",
  ]);
  camera.child = again.child;
  await until(page, "#connection", /Live/);
  console.log("all ok");
} catch (error) {
  console.log(error.stack);
  code = 1;
} finally {
  await browser.close();
  camera.child.kill("SIGTERM");
  rmSync(directory, { recursive: true, force: true });
}
process.exit(code);
