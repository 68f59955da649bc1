// How the sensor's picture lies on the screen: turned clockwise by quarters, then mirrored.
// "sensor" is in pixels of the frame, "view" in pixels of the turned picture; both continuous,
// pixel (0, 0) covers 0..1.

export function orientation(width, height, quarters, mirrored) {
  const q = ((quarters % 4) + 4) % 4;
  const odd = q % 2 === 1;
  const vw = odd ? height : width;
  const vh = odd ? width : height;
  const toView = (x, y) => {
    let u = x,
      v = y;
    if (q === 1) [u, v] = [height - y, x];
    else if (q === 2) [u, v] = [width - x, height - y];
    else if (q === 3) [u, v] = [y, width - x];
    return mirrored ? [vw - u, v] : [u, v];
  };
  const toSensor = (u, v) => {
    if (mirrored) u = vw - u;
    if (q === 1) return [v, height - u];
    if (q === 2) return [width - u, height - v];
    if (q === 3) return [width - v, u];
    return [u, v];
  };
  // Index of the sensor pixel under view pixel (u, v) is start + u * stepU + v * stepV.
  const index = (u, v) => {
    const [x, y] = toSensor(u + 0.5, v + 0.5);
    return Math.floor(y) * width + Math.floor(x);
  };
  const start = index(0, 0);
  return {
    width: vw,
    height: vh,
    start,
    stepU: vw > 1 ? index(1, 0) - start : 0,
    stepV: vh > 1 ? index(0, 1) - start : 0,
    toView,
    toSensor,
  };
}
