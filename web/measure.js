// Measuring in the page: what src/measure does, in the same way and held to the same vectors
// (tests/golden/measure.json). Temperatures agree to 0.005 K, pixels and positions exactly.
//
// Everything is a pure function; temperatures are kelvin unless a name says otherwise.
//
//   frame       {width, height, pixels, unit, scale_ck, gain, agc, housing_ck, telemetry, flags}
//               unit "kelvin" | "counts" | "grey8"; gain "high" | "low" | "auto" | "unknown";
//               pixels any indexed numbers, rows from the top left; telemetry 240 words or null;
//               flags {ffc, after_gap} (optional)
//   sensor      sensorOfFrame(frame): how pixels came about; kind "tlinear" | "rbfo" | "opaque"
//   object      {emissivity, reflected_k, atmosphere, atmosphere_k, window, window_k,
//                window_reflection, window_reflected_k}; OBJECT_BLACK is one
//   correction  compile(sensor, object): null when the frame is not radiometric. Then no degrees are
//               to be shown, only pixel values
//   kelvinOf(correction, pixel)      a temperature, or NaN when no temperature gives such a pixel
//   uncertainty(correction, sensor, kelvin)   {k, specified}: plus or minus k kelvin
//   region      parseRegion("r1=60,40,40x30@e=0.95"): {name, shape, x, y, w, h, points, object};
//               `object` holds only what the region says itself. Throws Error "character 5: …".
//   printRegion(region, named)       the text that reads back as this region
//   rowSpans(region, y)              [[x, end], …]; not for lines
//   linePixels(region)               [[x, y], …] from end to end
//   objectOf(sensor, region)         the camera's parameters with the region's own
//   measure(region, frame, counts)   {flags, count, impossible, min, max, mean, median, minAt, maxAt,
//               uncertainty}: kelvin, or pixel values when flags.counts; values are NaN when there are none
//   fromKelvin("C", k), toKelvin("F", v), stepFromKelvin, stepToKelvin, format("C", k, places)
//   airTransmission(metres, humidity 0..1, kelvin)   NaN where the estimate ends

const ZERO_C = 273.15;
const ROOM_K = 295.15;
const LEAST_K = 50;
const MOST_K = 5000;
const MOST_PX = 4095;
const MOST_POINTS = 16;

export const RBFO_HIGH = Object.freeze({ r: 395653, b: 1428, f: 1, o: 156 });
export const RBFO_LOW = Object.freeze({ r: 64155, b: 1428, f: 1, o: 728 });
export const OBJECT_BLACK = Object.freeze({
  emissivity: 1, reflected_k: ROOM_K, atmosphere: 1, atmosphere_k: ROOM_K,
  window: 1, window_k: ROOM_K, window_reflection: 0, window_reflected_k: ROOM_K,
});
export const STATS = Object.freeze(["min", "max", "mean", "median"]);

// ---- degrees ----

export function fromKelvin(unit, kelvin) {
  return unit === "K" ? kelvin : unit === "F" ? (kelvin - ZERO_C) * 1.8 + 32 : kelvin - ZERO_C;
}

export function toKelvin(unit, value) {
  return unit === "K" ? value : unit === "F" ? (value - 32) / 1.8 + ZERO_C : value + ZERO_C;
}

export function stepFromKelvin(unit, kelvin) {
  return unit === "F" ? kelvin * 1.8 : kelvin;
}

export function stepToKelvin(unit, value) {
  return unit === "F" ? value / 1.8 : value;
}

export function symbol(unit) {
  return unit === "K" ? "K" : "°" + unit;
}

/// Halves away from zero, as the camera prints; never "-0.0".
function rounded(value, places) {
  const steps = Math.round(Math.abs(value) * 10 ** places);
  const text = (steps / 10 ** places).toFixed(places);
  return value < 0 && steps > 0 ? "-" + text : text;
}

/// "36.6 °C"; "–" when there is no value.
export function format(unit, kelvin, places = 1) {
  return Number.isFinite(kelvin) ? `${rounded(fromKelvin(unit, kelvin), places)} ${symbol(unit)}` : "–";
}

export function formatStep(unit, kelvin, places = 1) {
  const shown = unit === "F" ? symbol(unit) : "K";
  return Number.isFinite(kelvin) ? `${rounded(stepFromKelvin(unit, kelvin), places)} ${shown}` : "–";
}

// ---- the curve ----

export function signalOf(curve, kelvin) {
  return curve.r / Math.max(Math.exp(curve.b / kelvin) - curve.f, 0.05);
}

export function slopeOf(curve, kelvin) {
  const power = Math.exp(curve.b / kelvin);
  const divisor = Math.max(power - curve.f, 0.05);
  return curve.r * power * curve.b / (kelvin * kelvin * divisor * divisor);
}

/// -1: no temperature is so low; 1: none is so high; else [kelvin].
function temperatureOf(curve, signal) {
  if (!(signal > 0)) return -1;
  const argument = curve.r / signal + curve.f;
  if (!(argument > 1.0001)) return 1;
  const kelvin = curve.b / Math.log(argument);
  return kelvin < LEAST_K ? -1 : kelvin > MOST_K ? 1 : [kelvin];
}

// ---- objects and the sensor ----

/// A hair of room: -223.15 degrees are 50 K, but not exactly.
const temperatureOk = (kelvin) => kelvin >= LEAST_K - 1e-6 && kelvin <= MOST_K + 1e-6;

const SHARES = ["emissivity", "atmosphere", "window"];
const TEMPERATURES = ["reflected_k", "atmosphere_k", "window_k", "window_reflected_k"];

/// The name of the first parameter that makes no sense, or null.
export function objectProblem(object) {
  for (const name of SHARES) if (!(object[name] >= 0.01 && object[name] <= 1)) return name;
  for (const name of TEMPERATURES) if (!temperatureOk(object[name])) return name;
  const most = 1 - object.window + 1e-9;
  return object.window_reflection >= 0 && object.window_reflection <= most ? null : "window_reflection";
}

export function airTransmission(metres, humidity, kelvin) {
  if (!(metres >= 0 && metres <= 10000 && humidity >= 0 && humidity <= 1 && kelvin >= 200 && kelvin <= 350))
    return NaN;
  const t = kelvin - ZERO_C;
  const water = Math.sqrt(humidity * Math.exp(1.5587 + t * (6.939e-2 + t * (-2.7816e-4 + t * 6.8455e-7))));
  const d = Math.sqrt(metres);
  const out = 1.9 * Math.exp(-d * (0.006569 - 0.002276 * water)) - 0.9 * Math.exp(-d * (0.01262 - 0.00667 * water));
  return out >= 0.01 ? Math.min(out, 1) : NaN;
}

function appliedBy(telemetry) {
  if (!telemetry) return { ...OBJECT_BLACK };
  const share = (word) => (word >= 82 && word <= 8192 ? word / 8192 : 1);
  const kelvin = (word) => (word / 100 >= LEAST_K ? word / 100 : ROOM_K);
  const b = (i) => telemetry[80 + i]; // row B
  const window = share(b(23));
  return {
    emissivity: share(b(19)), reflected_k: kelvin(b(20)), atmosphere: share(b(21)), atmosphere_k: kelvin(b(22)),
    window, window_k: kelvin(b(25)), window_reflection: Math.min(b(24) / 8192, 1 - window),
    window_reflected_k: kelvin(b(26)),
  };
}

/// `counts`: the curve of frames of counts, when somebody knows it.
export function sensorOfFrame(frame, counts = null) {
  const scale_ck = frame.scale_ck;
  const tlinear = frame.unit === "kelvin" && (scale_ck === 1 || scale_ck === 10) && !frame.agc;
  const rbfo = frame.unit === "counts" && counts && !frame.agc;
  return {
    kind: tlinear ? "tlinear" : rbfo ? "rbfo" : "opaque",
    scale_ck: tlinear ? scale_ck : 0,
    curve: counts ?? (frame.gain === "low" ? RBFO_LOW : RBFO_HIGH),
    applied: appliedBy(frame.telemetry),
    gain: frame.gain,
    ambient_ck: frame.housing_ck ?? 0,
  };
}

// ---- corrections ----

function pathOf(o, curve) {
  const emitted = Math.max(1 - o.window - o.window_reflection, 0);
  return {
    gain: o.window * o.atmosphere * o.emissivity,
    offset: o.window * (o.atmosphere * (1 - o.emissivity) * signalOf(curve, o.reflected_k) +
                        (1 - o.atmosphere) * signalOf(curve, o.atmosphere_k)) +
            o.window_reflection * signalOf(curve, o.window_reflected_k) + emitted * signalOf(curve, o.window_k),
  };
}

function temperatureOfPixel(c, pixel) {
  if (c.kind === "rbfo") return temperatureOf(c.curve, c.gain * (pixel - c.curve.o) + c.offset);
  const kelvin = pixel * c.scale_ck / 100;
  if (kelvin < LEAST_K) return -1;
  if (kelvin > MOST_K) return 1;
  return c.identity ? [kelvin] : temperatureOf(c.curve, c.gain * signalOf(c.curve, kelvin) + c.offset);
}

function firstOnSide(c, side) {
  let low = 0, high = 65536;
  while (low < high) {
    const middle = (low + high) >> 1;
    const found = temperatureOfPixel(c, middle);
    if ((Array.isArray(found) ? 0 : found) >= side) high = middle;
    else low = middle + 1;
  }
  return low;
}

export function compile(sensor, object) {
  if (sensor.kind === "opaque" || objectProblem(object)) return null;
  if (sensor.kind === "tlinear" && objectProblem(sensor.applied)) return null;
  const applied = sensor.kind === "tlinear" ? pathOf(sensor.applied, sensor.curve) : { gain: 1, offset: 0 };
  const path = pathOf(object, sensor.curve);
  const c = {
    kind: sensor.kind, scale_ck: sensor.scale_ck, curve: sensor.curve, object: { ...object }, path,
    gain: applied.gain / path.gain, offset: (applied.offset - path.offset) / path.gain,
  };
  c.identity = c.gain === 1 && c.offset === 0;
  const first = firstOnSide(c, 0), beyond = firstOnSide(c, 1);
  c.first = first < beyond ? first : 1;
  c.last = first < beyond ? beyond - 1 : 0;
  return c;
}

export function kelvinOf(correction, pixel) {
  if (!correction || pixel < correction.first || pixel > correction.last) return NaN;
  const found = temperatureOfPixel(correction, pixel);
  return Array.isArray(found) ? found[0] : NaN;
}

// ---- uncertainty ----

const SHEET = [[7, 7, 8], [7, 5, 5], [8, 5, 4]];

function place(at, value) {
  const i = value < at[1] ? 0 : 1;
  return [i, Math.min(Math.max((value - at[i]) / (at[i + 1] - at[i]), 0), 1)];
}

function dataSheet(gain, scene_c, ambient_c) {
  const [i, down] = place([10, 50, 100], scene_c);
  const [j, right] = place([0, 30, 60], ambient_c);
  const k = (SHEET[i][j] * (1 - right) + SHEET[i][j + 1] * right) * (1 - down) +
            (SHEET[i + 1][j] * (1 - right) + SHEET[i + 1][j + 1] * right) * down;
  const share = Math.abs(scene_c);
  return gain === "high" ? Math.max(k, 5, share * 0.05) : Math.max(k * 2, 10, share * 0.1);
}

/// Celsius that a gain is specified for.
export function gainSpan(gain) {
  return [-10, gain === "high" ? 140 : 400];
}

export function uncertainty(correction, sensor, kelvin) {
  const { curve, object, path } = correction;
  const signal = signalOf(curve, kelvin), slope = slopeOf(curve, kelvin);
  const seen = kelvin >= LEAST_K && kelvin <= MOST_K ? temperatureOf(curve, path.gain * signal + path.offset) : 1;
  if (!Array.isArray(seen)) return { k: MOST_K, specified: false };
  const ambient_c = sensor.ambient_ck ? sensor.ambient_ck / 100 - ZERO_C : 30;
  const camera = dataSheet(sensor.gain, seen[0] - ZERO_C, ambient_c) * slopeOf(curve, seen[0]) / (path.gain * slope);
  const e = object.emissivity, mirrored = 1 - e;
  const surface = Math.min(mirrored, 0.02) * (signal - signalOf(curve, object.reflected_k)) / (e * slope);
  const background = 5 * slopeOf(curve, object.reflected_k) * mirrored / (e * slope);
  const [low, high] = gainSpan(sensor.gain);
  return {
    k: Math.sqrt(camera * camera + surface * surface + background * background),
    specified: seen[0] >= ZERO_C + low && seen[0] <= ZERO_C + high,
  };
}

// ---- regions as text ----

export function nameOk(name) {
  return /^[A-Za-z_][A-Za-z0-9_-]{0,30}$/.test(name);
}

class Scan {
  constructor(text) {
    this.text = text;
    this.at = 0;
  }
  fail(what, at = this.at) {
    throw new Error(`character ${at + 1}: ${what}`);
  }
  take(pattern) {
    const sticky = new RegExp(pattern, "y");
    sticky.lastIndex = this.at;
    const found = sticky.exec(this.text);
    if (found) this.at = sticky.lastIndex;
    return found;
  }
  int(low, high, what) {
    const start = this.at, found = this.take("[0-9]+");
    if (!found) this.fail(`${what} must be a whole number`);
    const value = Number(found[0]);
    if (value < low || value > high) this.fail(`${what} must be ${low} to ${high}`, start);
    return value;
  }
  real(what) {
    const found = this.take("[+-]?([0-9]+\\.?[0-9]*|\\.[0-9]+)([eE][+-]?[0-9]+)?");
    if (!found) this.fail(`${what} must be a number`);
    return Number(found[0]);
  }
  point() {
    const x = this.int(0, MOST_PX, "x");
    if (!this.take(",")) this.fail("expected ',' and y");
    return [x, this.int(0, MOST_PX, "y")];
  }
}

function parseSpot(scan) {
  const [x, y] = scan.point();
  const w = scan.take(",") ? scan.int(1, 63, "the side of a spot") : 1;
  return { shape: "spot", x, y, w, h: w, points: [] };
}

function parseBox(scan) {
  const [x, y] = scan.point();
  if (!scan.take(",")) scan.fail("expected ',' and the size, such as 40x30");
  const w = scan.int(1, MOST_PX, "width and height");
  if (!scan.take("x")) scan.fail("expected a size such as 40x30");
  return { shape: "box", x, y, w, h: scan.int(1, MOST_PX, "width and height"), points: [] };
}

function parseEllipse(scan) {
  const [x, y] = scan.point();
  if (!scan.take(",")) scan.fail("expected ',' and the radius");
  const w = scan.int(1, MOST_PX, "a radius");
  const h = scan.take("x") ? scan.int(1, MOST_PX, "a radius") : w;
  return { shape: "ellipse", x, y, w, h, points: [] };
}

function parseLine(scan) {
  const first = scan.point();
  if (!scan.take("-|[ \\t]+")) scan.fail("expected '-' and the other end");
  return { shape: "line", x: first[0], y: first[1], w: 0, h: 0, points: [first, scan.point()] };
}

function hasArea(points) {
  const [ox, oy] = points[0];
  return points.some(([ax, ay]) => points.some(([bx, by]) => (ax - ox) * (by - oy) !== (bx - ox) * (ay - oy)));
}

function parsePolygon(scan) {
  const start = scan.at, points = [];
  do {
    if (points.length === MOST_POINTS) scan.fail("a polygon has 16 corners at most");
    points.push(scan.point());
  } while (scan.take("-|[ \\t]+"));
  if (points.length < 3) scan.fail("a polygon has 3 corners at least");
  if (!hasArea(points)) scan.fail("a polygon's corners must not be in a line", start);
  return { shape: "polygon", x: points[0][0], y: points[0][1], w: 0, h: 0, points };
}

const SHAPES = {
  spot: parseSpot, box: parseBox, line: parseLine, poly: parsePolygon, polygon: parsePolygon,
  circle: parseEllipse, ellipse: parseEllipse,
};
const PARAMETERS = [
  ["e", "emissivity"], ["refl", "reflected_k"], ["tau", "atmosphere"], ["air", "atmosphere_k"],
  ["win", "window"], ["wint", "window_k"], ["winr", "window_reflection"], ["winrefl", "window_reflected_k"],
];

function parseParameter(scan, object, air) {
  const start = scan.at;
  const word = scan.take("([a-z]+)=")?.[1];
  if (word === "dist" || word === "rh") {
    const value = scan.at, most = word === "dist" ? 10000 : 100;
    air[word] = scan.real(word);
    if (!(air[word] >= 0 && air[word] <= most)) scan.fail(`${word} must be 0 to ${most}`, value);
    scan.take(word === "dist" ? "m(?![A-Za-z0-9_])" : "%");
    return;
  }
  const field = PARAMETERS.find(([name]) => name === word)?.[1];
  if (!field) scan.fail("expected e= refl= tau= air= dist= rh= win= wint= winr= or winrefl=", start);
  const at = scan.at, value = scan.real(word);
  if (field.endsWith("_k")) {
    const unit = scan.take("°?([CcFfKk])(?![A-Za-z])")?.[1].toUpperCase() ?? "C";
    object[field] = toKelvin(unit, value);
    if (!temperatureOk(object[field])) scan.fail("no such temperature (50 K to 5000 K)", at);
    return;
  }
  object[field] = scan.take("%") ? value / 100 : value;
  const least = field === "window_reflection" ? 0 : 0.01;
  if (!(object[field] >= least && object[field] <= 1)) scan.fail(`must be ${least} to 1`, at);
}

function parseParameters(scan) {
  const start = scan.at, object = {}, air = {};
  do parseParameter(scan, object, air);
  while (scan.take(","));
  if ("rh" in air && !("dist" in air)) scan.fail("rh= needs dist= too", start);
  if ("dist" in air) {
    if ("atmosphere" in object) scan.fail("either tau= or dist= and rh=", start);
    object.atmosphere = airTransmission(air.dist, (air.rh ?? 50) / 100, object.atmosphere_k ?? ROOM_K);
    if (Number.isNaN(object.atmosphere))
      scan.fail("so far, warm or humid that the estimate for the air does not hold", start);
  }
  if (objectProblem({ ...OBJECT_BLACK, ...object })) scan.fail("winr= must be at most 1 - win=", start);
  return object;
}

export function parseRegion(text) {
  const scan = new Scan(text);
  scan.take("[ \\t]*");
  const start = scan.at, named = scan.take("([^=:,@]*)=");
  if (named && !nameOk(named[1]))
    scan.fail("a name is 1 to 31 of A-Z a-z 0-9 _ - and begins with a letter or _", start);
  const word = scan.take("(spot|box|line|poly|polygon|circle|ellipse):")?.[1];
  let parse = SHAPES[word];
  if (!parse) {
    if (!/[0-9]/.test(text[scan.at] ?? ""))
      scan.fail("expected spot: box: line: poly: circle: ellipse: or X,Y,WIDTHxHEIGHT");
    const at = scan.at;
    scan.point();
    parse = text[scan.at] === "," ? parseBox : parseSpot;
    scan.at = at;
  }
  const region = { name: named ? named[1] : "", ...parse(scan), object: {} };
  if (scan.take("@")) region.object = parseParameters(scan);
  scan.take("[ \\t]*");
  if (scan.at < text.length) scan.fail("not understood from here on");
  return region;
}

function shortNumber(value, places) {
  return String(Number(rounded(value, places)));
}

export function printRegion(region, named = true) {
  const { shape, x, y, w, h, points } = region;
  const dots = points.map((p) => p.join(",")).join("-");
  const circle = shape === "ellipse" && w === h;
  const body = shape === "spot" ? `spot:${x},${y}${w > 1 ? `,${w}` : ""}`
    : shape === "box" ? `box:${x},${y},${w}x${h}`
    : shape === "line" ? `line:${dots}`
    : shape === "polygon" ? `poly:${dots}`
    : circle ? `circle:${x},${y},${w}` : `ellipse:${x},${y},${w}x${h}`;
  const parameters = PARAMETERS.filter(([, field]) => field in region.object).map(([word, field]) => {
    const value = region.object[field];
    return `${word}=${field.endsWith("_k") ? shortNumber(value - ZERO_C, 2) : shortNumber(value, 4)}`;
  });
  return (named && region.name ? region.name + "=" : "") + body + (parameters.length ? "@" + parameters.join(",") : "");
}

// ---- which pixels ----

/// [x, y, w, h], not clipped.
export function bounds(region) {
  const { shape, x, y, w, h, points } = region;
  if (shape === "spot") return [x - ((w - 1) >> 1), y - ((w - 1) >> 1), w, w];
  if (shape === "box") return [x, y, w, h];
  if (shape === "ellipse") return [x - w, y - h, 2 * w + 1, 2 * h + 1];
  const xs = points.map((p) => p[0]), ys = points.map((p) => p[1]);
  const left = Math.min(...xs), top = Math.min(...ys);
  return [left, top, Math.max(...xs) - left + 1, Math.max(...ys) - top + 1];
}

function crossing([ax, ay], [bx, by], y) {
  let over = by - ay, part = (y - ay) * (bx - ax);
  if (over < 0) {
    over = -over;
    part = -part;
  }
  const down = Math.floor(part / over);
  return { floor: ax + down, ceiling: ax + down + (part - down * over > 0 ? 1 : 0), x: ax + part / over };
}

/// A polygon cut just below or just above a row of pixel centres.
function cut(points, y, above) {
  const found = [];
  points.forEach((a, i) => {
    const b = points[(i + 1) % points.length];
    const top = Math.min(a[1], b[1]), bottom = Math.max(a[1], b[1]);
    if (above ? top < y && y <= bottom : top <= y && y < bottom) found.push(crossing(a, b, y));
  });
  found.sort((p, q) => p.x - q.x);
  const spans = [];
  for (let i = 0; i + 1 < found.length; i += 2)
    if (found[i].ceiling <= found[i + 1].floor) spans.push([found[i].ceiling, found[i + 1].floor + 1]);
  return spans;
}

function floorRoot(square) {
  let r = Math.floor(Math.sqrt(square));
  while (r * r > square) r--;
  while ((r + 1) * (r + 1) <= square) r++;
  return r;
}

export function rowSpans(region, y) {
  const [left, top, width, height] = bounds(region);
  if (y < top || y >= top + height) return [];
  if (region.shape === "polygon") {
    const all = [...cut(region.points, y, false), ...cut(region.points, y, true)].sort((p, q) => p[0] - q[0]);
    const kept = [];
    for (const [x, end] of all) {
      const before = kept[kept.length - 1];
      if (before && x <= before[1]) before[1] = Math.max(before[1], end);
      else kept.push([x, end]);
    }
    return kept;
  }
  if (region.shape !== "ellipse") return [[left, left + width]];
  const dy = y - region.y, rx = region.w, ry = region.h;
  const dx = floorRoot(Math.floor((rx * rx * (ry * ry - dy * dy)) / (ry * ry)));
  return [[region.x - dx, region.x + dx + 1]];
}

export function linePixels(region) {
  let [x, y] = region.points[0];
  const [endX, endY] = region.points[1];
  const dx = Math.abs(endX - x), dy = Math.abs(endY - y);
  const out = [];
  for (let error = dx - dy; ;) {
    out.push([x, y]);
    if (x === endX && y === endY) return out;
    const twice = 2 * error;
    if (twice > -dy) {
      error -= dy;
      x += Math.sign(endX - x);
    }
    if (twice < dx) {
      error += dx;
      y += Math.sign(endY - y);
    }
  }
}

/// Calls visit(x, y) for each pixel of a region in the picture, in reading order (a line: from end to end).
export function eachPixel(region, width, height, visit) {
  if (region.shape === "line") {
    for (const [x, y] of linePixels(region)) if (x < width && y < height) visit(x, y);
    return;
  }
  const [, top, , rows] = bounds(region);
  for (let y = Math.max(top, 0); y < Math.min(top + rows, height); y++)
    for (const [x, end] of rowSpans(region, y))
      for (let at = Math.max(x, 0); at < Math.min(end, width); at++) visit(at, y);
}

// ---- what they say ----

export function objectOf(sensor, region) {
  const object = { ...sensor.applied, ...region.object };
  object.window_reflection = Math.min(object.window_reflection, 1 - object.window);
  return object;
}

function isClipped(region, frame) {
  const [x, y, w, h] = bounds(region);
  return x < 0 || y < 0 || x + w > frame.width || y + h > frame.height;
}

export function measure(region, frame, counts = null) {
  const sensor = sensorOfFrame(frame, counts);
  const correction = compile(sensor, objectOf(sensor, region));
  const first = correction ? correction.first : 0, last = correction ? correction.last : 65535;
  const ceiling = frame.unit === "counts" ? 16383 : 65535;
  const good = [];
  let count = 0, saturated = 0, minAt = null, maxAt = null, min = 0, max = 0, sum = 0;
  eachPixel(region, frame.width, frame.height, (x, y) => {
    const pixel = frame.pixels[y * frame.width + x];
    count++;
    if (pixel <= 0 || pixel >= ceiling) saturated++;
    if (pixel < first || pixel > last) return;
    if (!minAt || pixel < min) [min, minAt] = [pixel, [x, y]];
    if (!maxAt || pixel > max) [max, maxAt] = [pixel, [x, y]];
    good.push(pixel);
    sum += correction ? kelvinOf(correction, pixel) : pixel;
  });
  const value = (pixel) => (correction ? kelvinOf(correction, pixel) : pixel);
  const flags = {
    counts: !correction, ffc: Boolean(frame.flags?.ffc), after_gap: Boolean(frame.flags?.after_gap),
    saturated: saturated > 0 && frame.unit !== "grey8", out_of_range: false,
    clipped: isClipped(region, frame), empty: count === 0, impossible: count > good.length,
  };
  const out = {
    flags, count, impossible: count - good.length, min: NaN, max: NaN, mean: NaN, median: NaN,
    minAt, maxAt, uncertainty: NaN,
  };
  if (good.length === 0) return out;
  good.sort((a, b) => a - b);
  out.min = value(min);
  out.max = value(max);
  out.mean = sum / good.length;
  out.median = (value(good[(good.length - 1) >> 1]) + value(good[good.length >> 1])) / 2;
  if (!correction) return out;
  const high = uncertainty(correction, sensor, out.max);
  out.uncertainty = high.k;
  flags.out_of_range = !high.specified || !uncertainty(correction, sensor, out.min).specified;
  return out;
}
