// The page in a real Chromium against the stand-in, whose every pixel follows a formula.
import { readFileSync } from "node:fs";
import { at } from "./browser.mjs";
import { assert, colourAt, drag, run, test, until } from "./check.mjs";
import { audit } from "./audit.mjs";

// The stand-in's formula, here once more: centikelvin of a pixel.
const pixel = (x, y) => 29315 + 5 * x + 3 * y + Math.max(0, 4000 - 20 * ((x - 100) ** 2 + (y - 50) ** 2));
const celsius = (ck) => ck / 100 - 273.15;
const shown = (value) => value.toFixed(1).replace("-", "\u2212");

function boxOf(x, y, w, h) {
  let min = Infinity,
    max = -Infinity,
    sum = 0;
  for (let j = y; j < y + h; j++)
    for (let i = x; i < x + w; i++) {
      const v = pixel(i, j);
      min = Math.min(min, v);
      max = Math.max(max, v);
      sum += v;
    }
  return { min: celsius(min), max: celsius(max), mean: celsius(sum / (w * h)) };
}

const cells = async (page, name) =>
  await page
    .locator("#region-rows tr", { has: page.locator(`button.name:has-text("${name}")`) })
    .locator("td")
    .allInnerTexts();
const regionsOf = async (server) => (await server.api("regions")).regions;
const hoverAt = async (page, x, y) => page.mouse.move(...(await at(page, x, y)));
const tab = (page, name) => page.locator(`#tab-${name}`).click();

// ---- the picture ----

test("first image, names and badges", async ({ page }) => {
  await until(page, "#connection", /Live\s+8\.7 fps/);
  await until(page, "#read-hot", `${shown(celsius(pixel(100, 50)))} °C`);
  await until(page, "#read-hot-at", "100, 50");
  await until(page, "#read-cold", "20.0 °C");
  await until(page, "#read-centre", `${shown(celsius(pixel(80, 60)))} °C`);
  assert.equal(await page.locator("#camera-name").innerText(), "stand-in");
  assert.equal(await page.locator("#model").innerText(), "Lepton 3.5");
  await until(page, "#ffc-badge", /FFC \d/);
});

test("the temperature under the pointer is the pixel's", async ({ page }) => {
  for (const [x, y] of [
    [0, 0],
    [159, 0],
    [80, 60],
    [104, 53],
    [37, 119],
    [159, 119],
  ]) {
    await hoverAt(page, x, y);
    await until(page, "#hover-at", `${x}, ${y}`);
    await until(page, "#hover-value", `${shown(celsius(pixel(x, y)))} °C`);
  }
  await page.mouse.move(5, 5);
  await until(page, () => page.locator("#hover").isVisible(), false);
});

test("turned and mirrored, the pointer still reads the right pixel", async ({ page }) => {
  const corner = async (dx, dy) => {
    const box = await page.locator("#picture").boundingBox();
    await page.mouse.move(box.x + (dx ? box.width - 2 : 2), box.y + (dy ? box.height - 2 : 2));
  };
  await page.keyboard.press("o");
  await until(
    page,
    async () => {
      const b = await page.locator("#picture").boundingBox();
      return b.height > b.width;
    },
    true,
    "a tall picture",
  );
  await corner(0, 0); // the sensor's bottom left
  await until(page, "#hover-at", "0, 119");
  await page.keyboard.press("m");
  await corner(0, 0); // mirrored: its top left
  await until(page, "#hover-at", "0, 0");
  await until(page, "#hover-value", `${shown(celsius(pixel(0, 0)))} °C`);
});

test("palette and range decide the colours", async ({ page, server }) => {
  const grey = async (x, y, wanted) =>
    until(
      page,
      async () => (await colourAt(page, x, y))[0],
      (v) => Math.abs(v - wanted) <= 1,
      `grey ${wanted} at ${x}, ${y}`,
    );
  await tab(page, "picture");
  await page.getByRole("radio", { name: "White hot" }).click();
  await page.getByLabel("Smooth pixels").uncheck();
  for (const label of ["Hottest", "Coldest", "Centre"])
    await page.getByLabel(label, { exact: true }).uncheck();
  const low = pixel(0, 0),
    high = pixel(100, 50);
  const index = (x, y, a = low, b = high) =>
    Math.max(0, Math.min(255, Math.floor(((pixel(x, y) - a) * 255) / (b - a) + 0.5)));
  for (const [x, y] of [
    [0, 0],
    [100, 50],
    [130, 110],
    [95, 45],
  ])
    await grey(x, y, index(x, y));
  await page.getByRole("radio", { name: "Black hot" }).click();
  await grey(100, 50, 0);
  await page.getByRole("radio", { name: "White hot" }).click();
  // 20 to 30 °C by hand: the rest is at the ends.
  await page.getByRole("radio", { name: "Manual" }).click();
  await page.locator("#range-low").fill("20");
  await page.locator("#range-low").press("Tab");
  await page.locator("#range-high").fill("30");
  await page.locator("#range-high").press("Tab");
  await grey(100, 50, 255);
  await grey(40, 60, index(40, 60, 29315, 30315));
  // Locked: a warmer scene does not move it.
  await server.behave({ offset: 300 });
  await grey(40, 60, Math.floor(((pixel(40, 60) + 300 - 29315) * 255) / 1000 + 0.5));
  await until(page, "#handle-low-text", "20.0");
  // Following again.
  await page.locator("#lock").click();
  await until(page, "#handle-low-text", "23.0");
  await grey(0, 0, 0);
});

test("equalised colours, and a JPEG of the camera's like them", async ({ page }) => {
  await tab(page, "picture");
  await page.getByRole("radio", { name: "White hot" }).click();
  await page.getByLabel("Smooth pixels").uncheck();
  for (const label of ["Hottest", "Coldest", "Centre"]) await page.getByLabel(label, { exact: true }).uncheck();
  // The median is in the lower third of the range; equalised it is in the middle.
  const x = 72, y = 64, all = [];
  for (let i = 0; i < 19200; i++) all.push(pixel(i % 160, Math.floor(i / 160)));
  const below = all.filter((v) => v < pixel(x, y)).length / all.length;
  assert.ok(below > 0.45 && below < 0.55, String(below));
  const grey = async () => (await colourAt(page, x, y))[0];
  await until(page, grey, (v) => v < 90, "the median, linear");
  await page.getByRole("radio", { name: "Equalised" }).click();
  await until(page, grey, (v) => v > 108 && v < 148, "the median, equalised");
  await until(page, "#handle-low-text", (v) => Number(v) > 20 && Number(v) < 22, "without the extremes");
  assert.equal(await page.locator("#range-percent-row").isVisible(), true);
  await page.locator("#isotherm-mode").getByRole("radio", { name: "Below" }).click();
  await page.locator("#isotherm-high").fill("21");
  await page.locator("#isotherm-high").press("Tab");
  const query = new URL(await page.locator("#snapshot-jpeg").evaluate((a) => a.href)).searchParams;
  assert.deepEqual(Object.fromEntries(query), { palette: "grey", range: "equalised", isotherm_high: "21.00", isotherm_colour: "27e07d" });
});

test("the scale's handles set the range, by pointer and by key", async ({ page }) => {
  await until(page, "#handle-high-text", "66.5");
  const box = await page.locator("#handle-high").boundingBox();
  await page.mouse.move(box.x + 8, box.y + box.height / 2);
  await page.mouse.down();
  await page.mouse.move(box.x + 8, box.y + box.height / 2 + 120, { steps: 4 });
  await page.mouse.up();
  const value = Number(
    await until(
      page,
      "#handle-high-text",
      (v) => Number(v) < 60 && Number(v) > 25,
      "a lower end of the range",
    ),
  );
  assert.equal(await page.locator("#lock").getAttribute("aria-pressed"), "true");
  await page.locator("#handle-high").focus();
  await page.keyboard.press("ArrowUp");
  await until(page, "#handle-high-text", shown(value + 0.5));
  assert.match(await page.locator("#handle-high").getAttribute("aria-valuetext"), /°C$/);
  await page.keyboard.press("h");
  await until(page, "#handle-high-text", "66.5");
});

test("full screen: nothing but the picture", async ({ page }) => {
  const width = async () => (await page.locator("#picture").boundingBox()).width;
  const before = await width();
  await page.keyboard.press("x");
  await until(page, () => page.locator("#tabs").isVisible(), false);
  await until(page, width, (v) => v > before, "a larger picture");
  await page.keyboard.press("x");
  await until(page, width, before);
});

test("isotherm", async ({ page }) => {
  await tab(page, "picture");
  await page.locator("#isotherm-mode").getByRole("radio", { name: "Above" }).click();
  await page.locator("#isotherm-low").fill("50");
  await page.locator("#isotherm-low").press("Tab");
  await page.getByLabel("Smooth pixels").uncheck();
  const green = [0x27, 0xe0, 0x7d].join();
  await until(
    page,
    async () => (await colourAt(page, 95, 50)).join(),
    green,
    "the isotherm's colour where it is warm",
  );
  assert.notEqual((await colourAt(page, 20, 20)).join(), green);
});

test("units", async ({ page }) => {
  await until(page, "#read-cold", "20.0 °C");
  await page.getByRole("radio", { name: "°F" }).click();
  await until(page, "#read-cold", "68.0 °F");
  await until(page, "#handle-low-text", "68.0");
  await page.keyboard.press("u");
  await until(page, "#read-cold", "293.2 K"); // 293.15, halves away from zero
  await page.reload();
  await until(page, "#read-cold", / K$/, "the unit of the last time");
});

// ---- regions ----

test("regions by mouse: drawn, measured, moved, pulled, deleted", async ({ page, server }) => {
  await page.getByRole("button", { name: "Box" }).click();
  await drag(page, [20, 30], [59, 49]);
  await until(
    page,
    async () => JSON.stringify((await regionsOf(server)).map((r) => r.shape)),
    '["box:20,30,40x20"]',
  );
  let want = boxOf(20, 30, 40, 20);
  await until(
    page,
    async () => (await cells(page, "r1")).slice(0, 3).join(),
    [want.min, want.mean, want.max].map(shown).join(),
  );
  // Moved by its inside.
  await drag(page, [40, 40], [50, 45]);
  await until(page, async () => (await regionsOf(server))[0].shape, "box:30,35,40x20");
  // Pulled by a corner: the bottom right handle lies at (70, 55).
  const [x, y] = await at(page, 69.5, 54.5);
  await page.mouse.move(x, y);
  await page.mouse.down();
  await page.mouse.move(...(await at(page, 109, 79)), { steps: 3 });
  await page.mouse.up();
  await until(page, async () => (await regionsOf(server))[0].shape, "box:30,35,80x45");
  want = boxOf(30, 35, 80, 45);
  await until(
    page,
    async () => (await cells(page, "r1")).slice(0, 3).join(),
    [want.min, want.mean, want.max].map(shown).join(),
  );
  await page.getByRole("button", { name: "Delete region r1" }).click();
  await until(page, async () => (await regionsOf(server)).length, 0);
  assert.ok(await page.locator("#regions-empty").isVisible());
});

test("every shape can be drawn", async ({ page, server }) => {
  await page.keyboard.press("s");
  await page.mouse.click(...(await at(page, 100, 50)));
  await page.keyboard.press("l");
  await drag(page, [10, 100], [150, 20]);
  await page.keyboard.press("c");
  await drag(page, [40, 60], [50, 60]);
  await page.keyboard.press("p");
  for (const corner of [
    [100, 80],
    [140, 85],
    [120, 110],
  ])
    await page.mouse.click(...(await at(page, ...corner)));
  await page.mouse.click(...(await at(page, 100, 80)));
  await until(
    page,
    async () => JSON.stringify((await regionsOf(server)).map((r) => `${r.name}=${r.shape}`)),
    '["r1=spot:100,50","r2=line:10,100-150,20","r3=circle:40,60,10","r4=poly:100,80-140,85-120,110"]',
  );
  await until(page, async () => (await cells(page, "r1"))[2], shown(celsius(pixel(100, 50))));
  // A line has a profile.
  await page.locator("#graph-kind").getByRole("radio", { name: "Profile" }).click();
  await until(page, () => page.locator("#graph-empty").isVisible(), false);
});

test("regions by keyboard alone", async ({ page, server }) => {
  await page.locator("#picture").focus();
  await page.keyboard.press("b");
  await page.keyboard.press("Enter");
  await until(page, async () => (await regionsOf(server))[0]?.shape, "box:68,48,24x24");
  await page.keyboard.press("ArrowLeft");
  await page.keyboard.press("Control+ArrowUp");
  await page.keyboard.press("Shift+ArrowRight");
  await page.keyboard.press("Shift+ArrowDown");
  await until(page, async () => (await regionsOf(server))[0]?.shape, "box:67,38,25x25");
  assert.match(await page.locator("#spoken").innerText(), /r1: 67, 38, 25 by 25/);
  await page.keyboard.press("Enter"); // its settings
  assert.equal(await page.evaluate(() => document.activeElement.id), "region-name");
  await page.keyboard.press("Control+a");
  await page.keyboard.type("motor");
  await page.keyboard.press("Tab");
  await until(page, async () => (await regionsOf(server))[0]?.name, "motor");
  await page.getByRole("button", { name: /^Box motor/ }).focus();
  await page.keyboard.press("Delete");
  await until(page, async () => (await regionsOf(server)).length, 0);
});

test("a region's emissivity and place by numbers; bad names are refused", async ({ page, server }) => {
  await page.keyboard.press("b");
  await page.mouse.click(...(await at(page, 60, 60)));
  await page.getByLabel("Emissivity", { exact: true }).first().fill("0.95");
  await page.keyboard.press("Tab");
  await until(page, async () => (await regionsOf(server))[0]?.emissivity, 0.95);
  await page.getByLabel("Reflected (°C)").fill("22");
  await page.keyboard.press("Tab");
  await until(page, async () => (await regionsOf(server))[0]?.reflected_c, 22);
  // The surface's own radiance is what arrives less what it mirrors: W(T) = R / (exp(B / T) - 1).
  const W = (k) => 395653 / (Math.exp(1428 / k) - 1);
  const seen = boxOf(48, 48, 24, 24).max + 273.15;
  const object = (e) => 1428 / Math.log(395653 / ((W(seen) - (1 - e) * W(295.15)) / e) + 1) - 273.15;
  await until(page, async () => (await cells(page, "r1"))[2], shown(object(0.95)));
  await page.getByLabel("Emissivity", { exact: true }).first().fill("0.6");
  await page.keyboard.press("Tab");
  await until(page, async () => (await cells(page, "r1"))[2], shown(object(0.6)));
  assert.ok(Number((await cells(page, "r1"))[3]) > 5, "a low emissivity makes it less certain");
  // What the camera has corrected already is not corrected again.
  await fetch(`${server.address}api/v1/config`, {
    method: "PATCH",
    headers: { "Content-Type": "application/json" },
    body: '{"emissivity":60}',
  });
  await until(page, async () => (await cells(page, "r1"))[2], shown(seen - 273.15));
  await page.getByLabel("width", { exact: true }).fill("33");
  await page.keyboard.press("Tab");
  await until(page, async () => /,33x/.test((await regionsOf(server))[0]?.shape), true);
  await page.locator("#region-name").fill("no spaces");
  await page.keyboard.press("Tab");
  await until(page, "#region-editor [role=alert]", /letters, digits/);
});

test("what another viewer draws appears here", async ({ page, server }) => {
  await until(page, "#connection", /Live/);
  await fetch(`${server.address}api/v1/regions`, {
    method: "PUT",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify({ regions: [{ name: "bearing", shape: "circle:100,50,5" }], deltas: [] }),
  });
  await until(page, async () => (await cells(page, "bearing"))[2], shown(celsius(pixel(100, 50))));
});

test("a region that the camera refuses says so and comes back", async ({ page, server }) => {
  await page.keyboard.press("s");
  await page.mouse.click(...(await at(page, 60, 60)));
  await until(page, async () => (await regionsOf(server)).length, 1);
  await page.route("**/api/v1/regions", (route) =>
    route.request().method() === "PUT"
      ? route.fulfill({
          status: 400,
          contentType: "application/json",
          body: '{"error":"regions: 32 at most"}',
        })
      : route.continue(),
  );
  await page.getByRole("button", { name: "Delete region r1" }).click();
  await until(page, "#regions-problem", /32 at most/);
  await until(page, async () => (await cells(page, "r1")).length, 4, "the region the camera still has");
});

test("what was drawn while the camera was away arrives when it is back", async ({ page, server }) => {
  await page.route("**/api/v1/regions", (route) =>
    route.request().method() === "PUT" ? route.abort() : route.continue(),
  );
  await page.keyboard.press("s");
  await page.mouse.click(...(await at(page, 60, 60)));
  await until(page, "#regions-problem", /cannot be reached/);
  await page.unroute("**/api/v1/regions");
  await server.behave({ drop: true });
  await until(page, async () => (await regionsOf(server))[0]?.shape, "spot:60,60");
  await until(page, () => page.locator("#regions-problem").isVisible(), false);
});

test(
  "differences and the time graph, and its CSV",
  async ({ page, server }) => {
    await page.keyboard.press("s");
    await page.mouse.click(...(await at(page, 100, 50)));
    await page.keyboard.press("s");
    await page.mouse.click(...(await at(page, 0, 0)));
    await page.locator("#delta-form").getByRole("button").click();
    const wanted = celsius(pixel(100, 50)) - celsius(pixel(0, 0));
    await until(page, "#delta-rows .number", `${shown(wanted)} K`);
    await until(page, async () => (await server.api("regions")).deltas[0]?.quantity, "r1.max-r2.max");
    await until(page, () => page.locator("#graph-empty").isVisible(), false, "a drawn graph");
    const download = page.waitForEvent("download");
    await page.locator("#graph-csv").click();
    const lines = readFileSync(await (await download).path(), "utf8")
      .replace(/^\ufeff/, "")
      .trim()
      .split("\r\n");
    assert.equal(
      lines[0],
      "time,r1.min [°C],r1.mean [°C],r1.max [°C],r2.min [°C],r2.mean [°C],r2.max [°C],r1.max-r2.max [K]",
    );
    const last = lines[lines.length - 1].split(",");
    assert.match(last[0], /^\d{4}-\d\d-\d\dT/);
    assert.equal(last[1], celsius(pixel(100, 50)).toFixed(2));
    assert.equal(last[4], "20.00");
    assert.equal(last[7], wanted.toFixed(2));
    await page.reload(); // now with what the camera remembers: 100 values in 200 s
    await until(page, async () => (await cells(page, "r1"))[2], shown(celsius(pixel(100, 50))));
    for (const [minutes, least] of [
      ["1 min", 20],
      ["30 min", 90],
    ]) {
      await page.locator("#graph-window").getByRole("radio", { name: minutes }).click();
      const more = page.waitForEvent("download");
      await page.locator("#graph-csv").click();
      const rows = readFileSync(await (await more).path(), "utf8")
        .trim()
        .split("\r\n").length;
      assert.ok(minutes === "1 min" ? rows < 90 : rows >= least, `${rows} rows for ${minutes}`);
    }
  },
  { before: {} },
);

// ---- honest about what is seen ----

test("shutter correction is said and held", async ({ page, server }) => {
  await server.behave({ ffc_state: 2 });
  await until(page, "#notice-title", "Shutter correction (FFC)");
  await until(page, "#ffc-text", "FFC now");
  await server.behave({ ffc_state: 3, since_ffc_ms: 100 });
  await until(page, () => page.locator("#notice").isVisible(), false);
  await tab(page, "camera");
  await until(page, "#ffc-line", /Corrected \d+ s ago, again in 2:5\d min/);
  await page.getByRole("button", { name: "Correct now" }).click();
  await until(
    page,
    async () => (await server.behave({})).asked.some(([m, p]) => m === "POST" && p === "/api/v1/ffc"),
    true,
  );
});

test(
  "no degrees anywhere when the picture is not radiometric",
  async ({ page }) => {
    await until(page, "#tag", /^Lepton 3\.0 is not radiometric: pixels are raw counts/);
    await page.keyboard.press("s");
    await page.mouse.click(...(await at(page, 100, 50)));
    const value = String(Math.floor(pixel(100, 50) / 4));
    await until(page, async () => (await cells(page, "r1"))[2], value);
    await hoverAt(page, 100, 50);
    await until(page, "#hover-value", value);
    await until(page, "#read-hot", value);
    for (const name of ["measure", "alarms", "picture", "camera", "record", "simulator"]) {
      await tab(page, name);
      await until(page, async () => page.locator(`#panel-${name}`).isVisible(), true);
      const text = await page.evaluate(
        () =>
          document.body.innerText +
          [...document.querySelectorAll("[aria-label],[aria-valuetext],[title],[placeholder]")]
            .filter((n) => n.checkVisibility())
            .map((n) =>
              ["aria-label", "aria-valuetext", "title", "placeholder"]
                .map((a) => n.getAttribute(a))
                .join(" "),
            )
            .join(" "),
      );
      assert.ok(!/°|\d K\b/.test(text), `degrees in ${name}: ${/.{0,40}(°|\d K\b).{0,20}/.exec(text)?.[0]}`);
    }
  },
  { before: { unit: 0, radiometric: false, model: "Lepton 3.0" } },
);

test("AGC: grey levels, and it says why", async ({ page, server }) => {
  await tab(page, "camera");
  await until(page, () => page.locator("#agc").isVisible(), true);
  await page.locator("#agc").check();
  await until(page, "#tag", /^AGC/);
  await until(page, "#read-hot", "252"); // (33965 - 29315) * 255 / 4700, rounded down
  assert.ok(!(await page.locator("#units").isVisible()));
  await page.locator("#agc").uncheck();
  await until(page, "#read-hot", "66.5 °C");
  assert.equal((await server.api("status")).config.agc, 0);
});

test("a stream that stands still is greyed and says since when", async ({ page, server }) => {
  await server.behave({ stalled: true });
  await until(page, "#notice-title", "The picture stands still");
  assert.match(await page.locator("#notice-text").innerText(), /No new picture since \d\d:\d\d:\d\d/);
  assert.ok(await page.locator("#picture.stale").count());
  await until(page, "#connection", /No picture/);
  await server.behave({ recovering: true });
  await until(page, "#notice-title", "The camera is recovering");
  await until(page, "#notice-text", /synchronising again/);
  await server.behave({ stalled: false, recovering: false });
  await until(page, () => page.locator("#notice").isVisible(), false);
  await until(page, "#connection", /Live/);
});

test("a lost connection comes back by itself", async ({ page, server }) => {
  await server.behave({ refuse_live: true, drop: true });
  await until(page, "#notice-title", "No connection to the camera");
  await until(page, "#notice-text", /The picture is from \d\d:\d\d:\d\d/);
  // Its sign is there too, though nothing can be loaded now.
  assert.ok(await page.evaluate(() => document.getElementById("notice-icon").getBBox().width > 5));
  assert.ok(await page.locator("#picture.stale").count());
  await server.behave({ refuse_live: false });
  await until(page, "#connection", /Live/);
  await until(page, () => page.locator("#notice").isVisible(), false);
});

test(
  "a token is asked for",
  async ({ page, server }) => {
    await page.locator("#login[open]").waitFor();
    await page.locator("#token").fill("wrong");
    await page.keyboard.press("Enter");
    await until(page, "#login-problem", /not this camera's token/);
    // Something sent before the login is refused only after it: nobody is asked again.
    let refuse;
    const loggedIn = new Promise((done) => (refuse = done));
    await page.route("**/api/v1/status", async (route) => {
      const response = await route.fetch();
      if (response.status() === 401) await loggedIn;
      await route.fulfill({ response });
    });
    await page.evaluate(async () => {
      const { get } = await import("./api.js");
      window.early = get("/api/v1/status").then(() => "answered", String);
    });
    await page.locator("#token").fill("secret");
    await page.keyboard.press("Enter");
    await until(page, "#connection", /Live/);
    await until(page, "#read-cold", "20.0 °C");
    refuse();
    await page.evaluate(() => window.early);
    assert.equal(await page.locator("#login[open]").count(), 0);
    void server;
  },
  { before: { token: "secret" }, page: { wait: false } },
);

// ---- panels ----

test("alarms: made, raised, acknowledged, tried, changed, deleted", async ({ page, server }) => {
  await page.keyboard.press("s");
  await page.mouse.click(...(await at(page, 100, 50)));
  await tab(page, "alarms");
  await page.locator("#alarm-form-title").click();
  await page.getByLabel("Name of the alarm").fill("hot");
  await page.getByLabel("Limit", { exact: true }).fill("60");
  await page.getByLabel("Pre-alarm at").fill("55");
  await page.getByRole("button", { name: "Add alarm" }).click();
  await until(
    page,
    async () => JSON.stringify((await server.api("regions")).alarms),
    '[{"name":"hot","rule":"r1.max>60 for 2s hyst 1 pre 55"}]',
  );
  await until(page, "#alarm-rows", /hot\s+ok\s+r1 max above 60 °C for 2 s, pre-alarm 55/);
  await server.behave({ alarm: { name: "hot", state: "alarm", raised: true, latched: true } });
  await until(page, "#toasts", /Alarm hot: alarm, 61\.5 °C/);
  await until(page, "#alarm-badge", /hot/);
  assert.equal(await page.locator("#toasts").getAttribute("role"), "alert");
  await page.getByRole("button", { name: "Acknowledge hot" }).click();
  await until(page, async () => page.getByRole("button", { name: "Acknowledge hot" }).count(), 0);
  await page.getByRole("button", { name: "Test hot" }).click();
  await until(page, "#toasts", /Test of alarm hot/);
  await until(page, "#alarm-events", /hot test, 61\.5 °C/);
  await page.getByRole("button", { name: "Edit hot" }).click();
  await page.getByLabel("Limit", { exact: true }).fill("65.5");
  await page.getByRole("button", { name: "Save", exact: true }).click();
  await until(
    page,
    async () => (await server.api("regions")).alarms[0]?.rule,
    "r1.max>65.5 for 2s hyst 1 pre 55",
  );
  // Its region cannot go without it.
  await page.getByRole("button", { name: "Delete hot" }).click();
  await page.locator("#ask-yes").click();
  await until(page, async () => (await server.api("regions")).alarms.length, 0);
});

test("recording: begin, stop, list, download, delete", async ({ page, server }) => {
  await tab(page, "record");
  await page.locator("#record-format").selectOption("cptv");
  await page.locator("#record").click();
  await until(page, "#record-line", /stand-in\.cptv: \d+ s, 9 frames/);
  await until(page, "#recording-badge", /REC/);
  await page.locator("#record").click();
  await until(page, "#recordings", /stand-in\.cptv/);
  const download = page.waitForEvent("download");
  await page.getByRole("link", { name: "Download stand-in.cptv" }).click();
  assert.equal((await download).suggestedFilename(), "stand-in.cptv");
  await page.getByRole("button", { name: "Delete stand-in.cptv" }).click();
  await page.locator("#ask-yes").click();
  await until(page, async () => (await server.api("recordings")).length, 0);
  await until(page, () => page.locator("#recordings-empty").isVisible(), true);
  const begun = (await server.behave({})).asked.find(([m, p]) => m === "POST" && p === "/api/v1/recording");
  assert.deepEqual(begun[2], { format: "cptv" });
});

test("a PNG of what is seen", async ({ page }) => {
  const download = page.waitForEvent("download");
  await page.keyboard.press("n");
  const file = await download;
  assert.match(file.suggestedFilename(), /^stand-in-\d{8}-\d{6}\.png$/);
  const bytes = readFileSync(await file.path());
  assert.equal(bytes.subarray(1, 4).toString(), "PNG");
  assert.ok(
    bytes.readUInt32BE(16) >= 960 && bytes.length > 20000,
    `${bytes.readUInt32BE(16)} wide, ${bytes.length} bytes`,
  );
});

test("camera: gain, emissivity, spotmeter, LED and button", async ({ page, server }) => {
  await tab(page, "camera");
  await page.locator("#gain").getByRole("radio", { name: "Auto" }).click();
  await until(page, async () => (await server.api("status")).config.gain, 2);
  await page.locator("#emissivity").fill("0.95");
  await page.keyboard.press("Tab");
  await until(page, async () => (await server.api("status")).config.emissivity, 95);
  await page.locator("#spotmeter-place").click();
  await drag(page, [98, 48], [102, 52]);
  await until(
    page,
    async () => JSON.stringify((await server.api("status")).spotmeter),
    '{"c1":98,"r1":48,"c2":102,"r2":52}',
  );
  const want = boxOf(98, 48, 5, 5);
  await until(page, "#spotmeter-text", `98, 48, 5×5: ${shown(want.mean)} °C`);
  await server.behave({
    led: { red: true, green: false, state: "series of red blinks" },
    fault: { number: 4, name: "lepton-cci" },
  });
  await until(page, "#led-text", "4 red blinks: lepton-cci");
  assert.equal(
    await page.evaluate(() => document.getElementById("led").getAnimations()[0].effect.getTiming().duration),
    4 * 500 + 2000,
  );
  await page.locator("#button-press").click();
  await page.locator("#button-hold").click();
  await page.locator("#ask-yes").click();
  await until(
    page,
    async () =>
      (await server.behave({})).asked
        .filter(([, p]) => p === "/api/v1/button")
        .map((a) => a[2].press_ms)
        .join(),
    "200,5500",
  );
  await until(page, "#health", /Clients\s+1 tcam, 1 web/);
});

test("simulator: scene, faults, heal", async ({ page, server }) => {
  await tab(page, "simulator");
  await page.getByRole("radio", { name: "person" }).click();
  await until(page, async () => (await server.api("simulator")).scene, "person");
  await page.getByRole("button", { name: "Begin crc-error" }).click();
  await until(page, "#fault-line", /crc-error/);
  await page.getByRole("button", { name: "Heal all" }).click();
  await until(page, "#fault-line", "Nothing is wrong");
});

test(
  "no simulator panel for a real camera",
  async ({ page }) => {
    await until(page, "#connection", /Live/);
    assert.equal(await page.locator("#tab-simulator").isVisible(), false);
    assert.equal(await page.locator("#simulated").isVisible(), false);
  },
  { before: { simulated: false } },
);

// ---- for everybody ----

test(
  "a phone: nothing sticks out at 360 pixels",
  async ({ page }) => {
    assert.equal(await page.evaluate(() => scrollY), 0, "the page begins at its top");
    for (const name of ["measure", "alarms", "picture", "camera", "record", "simulator"]) {
      await tab(page, name);
      const wide = await page.evaluate(() =>
        [...document.querySelectorAll("body *")]
          .filter(
            (n) =>
              n.checkVisibility() &&
              !n.closest(".tabs, .hidden, svg, .skip") &&
              n.getBoundingClientRect().right > innerWidth + 1,
          )
          .map((n) => n.id || n.className),
      );
      assert.deepEqual(wide, [], `too wide in ${name}`);
      assert.ok(
        await page.evaluate(() => document.scrollingElement.scrollWidth <= innerWidth),
        "scrolls sideways",
      );
    }
    await page.evaluate(() => scrollTo(0, 0));
    const [x, y] = await at(page, 30, 30);
    await page.touchscreen.tap(x, y);
    await until(page, "#hover-value", `${shown(celsius(pixel(30, 30)))} °C`);
  },
  { page: { viewport: { width: 360, height: 740 }, hasTouch: true, isMobile: true, deviceScaleFactor: 2 } },
);

for (const colorScheme of ["dark", "light"])
  test(
    `names, roles and contrast (${colorScheme})`,
    async ({ page, server }) => {
      await page.keyboard.press("b");
      await page.mouse.click(...(await at(page, 60, 60)));
      await until(page, async () => (await regionsOf(server)).length, 1);
      await server.behave({ files: ["a.mkv"] });
      assert.equal(
        await page.evaluate(() => getComputedStyle(document.documentElement).colorScheme),
        colorScheme,
      );
      for (const name of ["measure", "alarms", "picture", "camera", "record", "simulator"]) {
        await tab(page, name);
        await until(page, async () => (await page.evaluate(audit)).join("\n"), "", "no findings");
      }
      await page.keyboard.press("?");
      await page.locator("#help[open]").waitFor();
      assert.equal((await page.evaluate(audit)).join("\n"), "");
    },
    { page: { colorScheme } },
  );

test(
  "light and dark at a key, kept for the next time",
  async ({ page }) => {
    const background = () => page.evaluate(() => getComputedStyle(document.body).backgroundColor);
    const dark = await background();
    await page.keyboard.press("d");
    await until(page, background, (v) => v !== dark, "another background");
    const light = await background();
    await until(page, () => page.evaluate(() => JSON.parse(localStorage.ironbow || "{}").theme), "light");
    await page.reload();
    await until(page, background, light);
  },
  { page: { colorScheme: "dark" } },
);

test("everything can be reached by Tab, and the focus can be seen", async ({ page, server }) => {
  await page.keyboard.press("b");
  await page.mouse.click(...(await at(page, 60, 60)));
  await until(page, async () => (await regionsOf(server)).length, 1);
  await page.reload(); // from the top
  await until(page, async () => (await cells(page, "r1")).length, 4);
  const seen = new Set();
  for (let i = 0; i < 70; i++) {
    await page.keyboard.press("Tab");
    const now = await page.evaluate(() => {
      const n = document.activeElement;
      if (n === document.body) return null;
      const style = getComputedStyle(n);
      const inner = n.querySelector?.(".hit, .handle-text");
      const marked =
        style.outlineStyle !== "none" ||
        (inner &&
          (getComputedStyle(inner).outlineStyle !== "none" || getComputedStyle(inner).strokeOpacity !== "1"));
      return { what: n.id || n.getAttribute("aria-label") || n.textContent.trim().slice(0, 20), marked };
    });
    if (!now) break;
    assert.ok(now.marked, `no visible focus on ${now.what}`);
    seen.add(now.what);
  }
  for (const id of [
    "connection",
    "theme",
    "help-open",
    "picture",
    "handle-high",
    "handle-low",
    "lock",
    "graph-csv",
    "tab-measure",
    "Select and move",
  ])
    assert.ok(seen.has(id), `${id} was not reached; seen: ${[...seen].join(", ")}`);
});

test("the reading point and panels by keyboard", async ({ page }) => {
  await page.locator("#picture").focus();
  await page.keyboard.press("ArrowRight");
  await page.keyboard.press("Shift+ArrowRight");
  await page.keyboard.press("Shift+ArrowRight");
  await page.keyboard.press("Shift+ArrowUp");
  await until(page, "#hover-at", "100, 50");
  await until(page, "#spoken", "100, 50: 66.5 °C");
  await page.keyboard.press("Escape");
  await until(page, () => page.locator("#cursor").isVisible(), false);
  await page.keyboard.press("4");
  await until(page, () => page.locator("#panel-camera").isVisible(), true);
  await page.keyboard.press("ArrowRight");
  await until(page, () => page.locator("#panel-record").isVisible(), true);
  // Typing in a field is typing.
  await page.keyboard.press("3");
  await page.getByRole("radio", { name: "Manual" }).click();
  await page.locator("#range-low").focus();
  await page.keyboard.press("5");
  assert.ok(await page.locator("#panel-picture").isVisible());
});

test(
  "hostile names stay text",
  async ({ page, server }) => {
    const evil = '<img src=x onerror="window.owned=1">';
    await until(page, "#camera-name", evil);
    await tab(page, "record");
    await until(page, "#recordings", /<script>window\.owned=1<\/script>\.mkv/);
    await tab(page, "simulator");
    await until(page, "#scenes", /<b onclick/);
    await page.evaluate(() => {
      document.getElementById("tab-camera").click();
    });
    await until(page, "#led-text", evil);
    assert.equal(await page.evaluate(() => window.owned), undefined);
    assert.equal(await page.locator("img").count(), 0);
    void server;
  },
  {
    before: {
      name: '<img src=x onerror="window.owned=1">',
      model: "<i>model</i>",
      files: ["<script>window.owned=1</script>.mkv", "../../etc/passwd.mkv"],
      led: { red: true, green: false, state: '<img src=x onerror="window.owned=1">' },
      scenes: [{ name: "<b onclick=alert(1)>", about: "<img src=x onerror=window.owned=1>" }],
    },
  },
);

test("a torn or foreign frame does no harm", async ({ page, server }) => {
  await server.behave({ bad_frames: true });
  await until(page, "#notice-title", "The picture stands still");
  await server.behave({ bad_frames: false });
  await until(page, "#connection", /Live/);
});

test("nothing comes from elsewhere, nothing inline", async ({ page, server }) => {
  const others = await page.evaluate(() =>
    performance
      .getEntriesByType("resource")
      .map((r) => r.name)
      .filter((n) => !n.startsWith(location.origin)),
  );
  assert.deepEqual(others, []);
  const html = await (await fetch(server.address)).text();
  // All modules are asked for at once: none waits for another to be read first.
  const wanted = new Set(["app.js"]);
  for (const name of wanted)
    for (const [, next] of (await (await fetch(server.address + name)).text()).matchAll(
      /(?:from|import) "\.\/([^"]+)"/g,
    ))
      wanted.add(next);
  const preloaded = [...html.matchAll(/<link rel="modulepreload" href="([^"]+)">/g)].map((m) => m[1]);
  assert.deepEqual(preloaded.sort(), [...wanted].sort());
  assert.ok(!/<script(?![^>]*\bsrc=)|<style|\sstyle=|\son\w+=/.test(html), "inline script or style");
});

await run();
