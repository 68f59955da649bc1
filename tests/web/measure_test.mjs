// web/measure.js against the same vectors as src/measure: node --test tests/web/measure_test.mjs
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import test from "node:test";

// Browsers know it for a module by how it is loaded; an older node would want a package.json beside it.
const source = readFileSync(new URL("../../web/measure.js", import.meta.url), "utf8");
const m = await import(`data:text/javascript,${encodeURIComponent(source)}`);

const golden = JSON.parse(readFileSync(new URL("../golden/measure.json", import.meta.url)));

function near(found, wanted, tolerance, what) {
  assert.ok(Math.abs(found - wanted) <= tolerance, `${what}: ${found}, not ${wanted}`);
}

function sensorOf(row) {
  const { kind, scale_ck, curve, applied, gain, ambient_ck } = row;
  return { kind, scale_ck, curve, applied, gain, ambient_ck };
}

/// The picture of the vectors, as pixels of `unit`.
function picture(unit) {
  const { width, height, housing_ck, row_b_19 } = golden.picture;
  const telemetry = new Uint16Array(240);
  telemetry.set(row_b_19, 99);
  const pixels = Uint16Array.from({ length: width * height }, (_, i) => 28000 + (Math.imul(i, 2654435761) >>> 19));
  return { width, height, pixels, unit, scale_ck: 1, gain: "high", agc: false, housing_ck, telemetry };
}

test("corrections", () => {
  for (const row of golden.corrections) {
    const sensor = sensorOf(row), correction = m.compile(sensor, row.object);
    assert.equal(correction.first, row.first);
    assert.equal(correction.last, row.last);
    for (const [pixel, kelvin, plusMinus, specified] of row.points) {
      const found = m.kelvinOf(correction, pixel);
      if (kelvin === null) {
        assert.ok(Number.isNaN(found), `${pixel}: ${found}`);
        continue;
      }
      near(found, kelvin, 0.005, `pixel ${pixel}`);
      const u = m.uncertainty(correction, sensor, found);
      near(u.k, plusMinus, 0.005, `uncertainty of ${pixel}`);
      assert.equal(u.specified, specified);
    }
  }
});

test("regions: texts and pixels, exactly", () => {
  for (const row of golden.regions) {
    const region = m.parseRegion(row.text);
    assert.equal(m.printRegion(region), row.printed);
    assert.equal(m.printRegion(m.parseRegion(row.printed)), row.printed);
    if (row.line) {
      assert.deepEqual(m.linePixels(region), row.line);
      continue;
    }
    const [, top, , height] = m.bounds(region);
    const rows = [];
    for (let y = top; y < top + height; y++) for (const [x, end] of m.rowSpans(region, y)) rows.push([y, x, end]);
    assert.deepEqual(rows, row.rows, row.text);
  }
});

test("readings", () => {
  for (const row of golden.regions) {
    for (const unit of ["kelvin", "counts"]) {
      const wanted = row[unit], found = m.measure(m.parseRegion(row.text), picture(unit));
      assert.equal(found.count, wanted.count, row.text);
      assert.equal(found.impossible, wanted.impossible);
      assert.deepEqual(Object.keys(found.flags).filter((f) => found.flags[f]).sort(), [...wanted.flags].sort());
      if (!("min" in wanted)) {
        assert.ok(Number.isNaN(found.min) && found.minAt === null);
        continue;
      }
      for (const stat of m.STATS) near(found[stat], wanted[stat], unit === "kelvin" ? 0.005 : 1e-6, `${row.text} ${stat}`);
      assert.deepEqual(found.minAt, wanted.min_at);
      assert.deepEqual(found.maxAt, wanted.max_at);
      if (unit === "kelvin") near(found.uncertainty, wanted.uncertainty, 0.005, row.text);
    }
  }
});

test("the air", () => {
  for (const [metres, humidity, kelvin, transmission] of golden.air)
    near(m.airTransmission(metres, humidity, kelvin), transmission, 1e-8, `${metres} m`);
  assert.ok(Number.isNaN(m.airTransmission(10000, 1, 323)));
  assert.ok(Number.isNaN(m.airTransmission(-1, 0.5, 300)));
});

test("degrees", () => {
  for (const [kelvin, c, f, k] of golden.degrees) {
    assert.equal(m.format("C", kelvin), c);
    assert.equal(m.format("F", kelvin), f);
    assert.equal(m.format("K", kelvin), k);
    for (const unit of ["C", "F", "K"]) near(m.toKelvin(unit, m.fromKelvin(unit, kelvin)), kelvin, 1e-9, unit);
  }
  assert.equal(m.format("C", NaN), "–");
  assert.equal(m.formatStep("F", 5), "9.0 °F");
  assert.equal(m.formatStep("C", 5), "5.0 K");
  assert.equal(m.stepToKelvin("F", m.stepFromKelvin("F", 5)), 5);
});

test("what is not radiometric gives no degrees", () => {
  for (const change of [{ unit: "counts" }, { unit: "grey8" }, { agc: true }, { scale_ck: 0 }, { scale_ck: 7 }]) {
    const frame = { ...picture("kelvin"), ...change };
    const sensor = m.sensorOfFrame(frame);
    assert.equal(sensor.kind, "opaque");
    assert.equal(m.compile(sensor, m.OBJECT_BLACK), null);
    assert.ok(Number.isNaN(m.kelvinOf(null, 30000)));
    const reading = m.measure(m.parseRegion("1,1,5x5"), frame);
    assert.ok(reading.flags.counts && reading.min >= 28000 && Number.isNaN(reading.uncertainty));
  }
  assert.equal(m.sensorOfFrame({ ...picture("counts") }, m.RBFO_HIGH).kind, "rbfo");
});

test("wrong texts say where", () => {
  const rows = [
    ["", 1], ["r1=", 4], ["1r=5,6", 1], ["a b=5,6", 1], ["r=5", 4], ["r=5,", 5], ["r=5,-6", 5], ["r=5,4096", 5],
    ["r=5,6,7", 8], ["r=5,6,0x7", 7], ["r=5,6,7x8x9", 10], ["r=spot:5,6,64", 12], ["r=line:5,6", 11],
    ["r=poly:1,1-2,2", 15], ["r=poly:1,1-2,2-3,3", 8], ["r=circle:5,6,0", 14], ["r=blob:5,6", 3], ["r=5,6@", 7],
    ["r=5,6@e=", 9], ["r=5,6@e=0", 9], ["r=5,6@e=95", 9], ["r=5,6@refl=-300", 12], ["r=5,6@rh=50", 7],
    ["r=5,6@tau=0.5,dist=5", 7], ["r=5,6@dist=9999,rh=100,air=49", 7], ["r=5,6@win=0.9,winr=0.2", 7],
    ["r=5,6@e=0.5;", 12],
  ];
  for (const [text, place] of rows)
    assert.throws(() => m.parseRegion(text), new RegExp(`^Error: character ${place}: `), text);
});

test("objects that make no sense are named", () => {
  assert.equal(m.objectProblem(m.OBJECT_BLACK), null);
  for (const [field, bad] of [["emissivity", 0], ["reflected_k", 10], ["window", NaN], ["window_reflection", 0.5]]) {
    const object = { ...m.OBJECT_BLACK, [field]: bad };
    assert.equal(m.objectProblem(object), field);
    assert.equal(m.compile(m.sensorOfFrame(picture("kelvin")), object), null);
  }
});
