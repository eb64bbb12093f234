"use strict";
// How large and how faint things are, and which points are named: the same choices as Python makes for the standing picture (report/disk/look.py, labels.py).
const diskLook = (() => {
  const LEVELS = 6, MAX_LABELS = 60, TRIED = 600, FONT = 12;
  const MAX_PICTURES = 300, APART = 0.7, LOST = 0.97, FRAME = 1.5;
  const fade = (square) => Math.max(0.3, Math.sqrt(Math.max(0, 1 - square)));
  const level = (square) => Math.min(LEVELS - 1, Math.floor(LEVELS * Math.sqrt(Math.max(0, 1 - square))));
  const edge = (step) => ({ width: 1.4 * Math.sqrt((step + 1) / LEVELS), opacity: 0.22 + 0.53 * (step + 1) / LEVELS });

  // points that may be named, the most important first
  function ranked(drawing, square) {
    if (!drawing.names.length) return [];
    if (drawing.shown) return drawing.shown;
    const rows = [], scores = new Float64Array(square.length);
    for (let i = 0; i < square.length; i += 1) {
      scores[i] = Math.log(Math.max(1e-300, 1 - square[i])) + 0.6 * Math.log1p(drawing.degrees[i]);
      rows.push(i);
    }
    rows.sort((i, j) => scores[j] - scores[i] || i - j);
    return rows.slice(0, TRIED);
  }

  // the candidates, in order, whose names touch none that is there already
  function spread(candidates, x, y, width, frame) {
    const taken = [], placed = [];
    for (const i of candidates) {
      const left = x[i] - 4, right = x[i] + 8 + width(i), top = y[i] - 0.65 * FONT, bottom = y[i] + 0.65 * FONT;
      if (frame && (left < 0 || right > frame || top < 0 || bottom > frame)) continue;
      if (taken.some((box) => box[0] < right && box[1] > left && box[2] < bottom && box[3] > top)) continue;
      taken.push([left, right, top, bottom]);
      placed.push(i);
      if (placed.length === MAX_LABELS) break;
    }
    return placed;
  }

  // the pictures that are drawn, the most important last: none whose middle lies in another, and none at the rim
  function pictured(drawing, frame) {
    const placed = [], zoom = Math.min(2.5, Math.sqrt(frame.zoom));
    for (const [rank, i] of (drawing.shown ?? []).entries()) {
      if (!drawing.pictures[rank] || frame.square[i] >= LOST) continue;
      const side = drawing.side * zoom * fade(frame.square[i]), x = frame.px[i], y = frame.py[i];
      if (x < -side || y < -side || x > frame.side + side || y > frame.side + side) continue;
      if (placed.some((box) => Math.max(Math.abs(x - box.x), Math.abs(y - box.y)) < APART * (side + box.side) / 2)) continue;
      placed.push({ i, rank, x, y, side });
      if (placed.length === MAX_PICTURES) break;
    }
    return placed.reverse();
  }

  return { LEVELS, FONT, FRAME, fade, level, edge, ranked, spread, pictured };
})();
