// One frame as the camera sends it: a binary message of /api/v1/live, or the body of GET
// /api/v1/frame. Little-endian, like every machine a browser runs on.

export const UNIT = { COUNTS: 0, KELVIN: 1, GREY8: 2 };
export const FFC = { NEVER: 0, IMMINENT: 1, RUNNING: 2, DONE: 3 };
export const FLAG = {
  CRC_OK: 1,
  TELEMETRY: 2,
  FFC: 4,
  AFTER_GAP: 8,
  FFC_DESIRED: 16,
  OVER_TEMP: 32,
  LOCKOUT: 64,
};
export const GAIN_NAMES = ["high", "low", "auto", "unknown"];

const MAGIC = 0x31464249; // "IBF1"
const LEAST_HEADER_BYTES = 64;
const APPLIED_HEADER_BYTES = 80; // with what the camera corrected with: words 19 to 26 of telemetry row B
const MOST_PX = 4096;

/** Errors: throws with the reason when the bytes are no frame. */
export function parseFrame(buffer) {
  if (buffer.byteLength < LEAST_HEADER_BYTES) throw new Error(`a frame of ${buffer.byteLength} bytes`);
  const view = new DataView(buffer);
  if (view.getUint32(0, true) !== MAGIC) throw new Error("not a frame");
  const header = view.getUint16(4, true);
  const width = view.getUint16(6, true);
  const height = view.getUint16(8, true);
  if (header < LEAST_HEADER_BYTES || header % 2) throw new Error(`a header of ${header} bytes`);
  if (!width || !height || width > MOST_PX || height > MOST_PX)
    throw new Error(`a frame of ${width} x ${height}`);
  if (buffer.byteLength !== header + 2 * width * height)
    throw new Error(`${buffer.byteLength} bytes for ${width} x ${height} pixels`);
  const known16 = (at) => (view.getUint16(at, true) === 0xffff ? null : view.getUint16(at, true));
  const c1 = known16(56);
  const since = view.getUint32(52, true);
  return {
    width,
    height,
    unit: view.getUint8(10),
    gain: view.getUint8(11),
    gainMode: view.getUint8(12),
    ffcState: view.getUint8(13),
    agc: view.getUint8(14) !== 0,
    sequence: view.getUint32(16, true),
    flags: view.getUint32(20, true),
    scaleCk: view.getUint16(24, true),
    fpaCk: view.getUint16(26, true),
    housingCk: view.getUint16(28, true),
    wallUs: Number(view.getBigInt64(32, true)),
    capturedUs: Number(view.getBigUint64(40, true)),
    uptimeMs: view.getUint32(48, true),
    sinceFfcMs: since === 0xffffffff ? null : since,
    spotmeter: c1 === null ? null : { c1, r1: known16(58), c2: known16(60), r2: known16(62) },
    applied: header >= APPLIED_HEADER_BYTES ? new Uint16Array(buffer.slice(64, 80)) : null,
    pixels: new Uint16Array(buffer, header, width * height),
  };
}

/** Whether its pixels are temperatures. */
export const isRadiometric = (frame) => frame.unit === UNIT.KELVIN && frame.scaleCk > 0 && !frame.agc;

/** Kelvin that the camera says for a pixel value. Only for radiometric frames. */
export const kelvinOfValue = (frame, value) => (value * frame.scaleCk) / 100;
export const valueOfKelvin = (frame, kelvin) => (kelvin * 100) / frame.scaleCk;

/** Why there are no degrees, in a sentence; "" when there are. */
export function whyNoDegrees(frame, status) {
  if (isRadiometric(frame)) return "";
  if (frame.agc || frame.unit === UNIT.GREY8)
    return "AGC makes a picture of 0 to 255: grey levels, not temperatures.";
  if (status && status.radiometric === false)
    return `${status.model || "This sensor"} is not radiometric: pixels are raw counts, not temperatures.`;
  return "The sensor sends raw counts: no temperature can be computed from them alone.";
}
