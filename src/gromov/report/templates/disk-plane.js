"use strict";
// The hyperbolic plane as the unit disk of complex numbers, and its motions z -> (a z + b)/(b* z + a*), |a|^2 - |b|^2 = 1, kept as [Re a, Im a, Re b, Im b].
const diskPlane = (() => {
  const identity = [1, 0, 0, 0];

  // first `one`, then `two`
  function compose(two, one) {
    const [ar, ai, br, bi] = two, [cr, ci, dr, di] = one;
    const product = [
      ar * cr - ai * ci + br * dr + bi * di, ar * ci + ai * cr + bi * dr - br * di,
      ar * dr - ai * di + br * cr + bi * ci, ar * di + ai * dr + bi * cr - br * ci,
    ];
    const scale = 1 / Math.sqrt(product[0] ** 2 + product[1] ** 2 - product[2] ** 2 - product[3] ** 2);
    return product.map((part) => part * scale);
  }

  // the translation along the diameter that carries the centre to (x, y)
  function translation(x, y) {
    const size = Math.hypot(x, y), scale = 1 / Math.sqrt(Math.max(1e-16, (1 - size) * (1 + size)));
    return [scale, 0, x * scale, y * scale];
  }

  function apply([ar, ai, br, bi], x, y) {
    const nr = ar * x - ai * y + br, ni = ar * y + ai * x + bi;
    const dr = br * x + bi * y + ar, di = br * y - bi * x - ai;
    const size = dr * dr + di * di;
    return [(nr * dr + ni * di) / size, (ni * dr - nr * di) / size];
  }

  // the motion along the geodesic from p to q that carries p to q
  function between([px, py], [qx, qy]) {
    const [sx, sy] = apply(translation(-px, -py), qx, qy);
    return compose(translation(px, py), compose(translation(sx, sy), translation(-px, -py)));
  }

  function distance([px, py], [qx, qy]) {
    const room = (1 - px * px - py * py) * (1 - qx * qx - qy * qy);
    return 2 * Math.asinh(Math.hypot(px - qx, py - qy) / Math.sqrt(Math.max(1e-300, room)));
  }

  // the circle that carries the geodesic from (px, py) to (qx, qy): its centre, its radius and whether the arc runs clockwise (y up); null where it is straight
  function arc(px, py, qx, qy) {
    const area = px * qy - py * qx, gap = Math.hypot(px - qx, py - qy);
    if (Math.abs(area) <= 1e-12 * gap) return null;
    const a = (1 + px * px + py * py) / (2 * area), b = (1 + qx * qx + qy * qy) / (2 * area);
    const x = a * qy - b * py, y = b * px - a * qx;
    const radius = Math.sqrt(Math.max(0, x * x + y * y - 1));
    return { x, y, radius, clockwise: (px - x) * (qy - y) - (py - y) * (qx - x) < 0, bulge: gap * gap / (8 * radius) };
  }

  return { identity, compose, translation, apply, between, distance, arc };
})();
