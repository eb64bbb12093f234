"use strict";
// Paints the disk on a canvas: rim, circles at distance 1, 2, 3 ..., geodesic edges, points, names.
const diskPaint = (() => {
  const REFERENCE = "#7d8590", MANY = 4000, DOT = 1.3;

  // places of all points under the view, in the disk and in pixels
  function place(drawing, view, frame) {
    const { x, y } = drawing, n = x.length, { re, im, square, px, py } = frame;
    const [ar, ai, br, bi] = view.motion;
    for (let i = 0; i < n; i += 1) {
      const nr = ar * x[i] - ai * y[i] + br, ni = ar * y[i] + ai * x[i] + bi;
      const dr = br * x[i] + bi * y[i] + ar, di = br * y[i] - bi * x[i] - ai;
      const size = dr * dr + di * di;
      re[i] = (nr * dr + ni * di) / size;
      im[i] = (ni * dr - nr * di) / size;
      square[i] = Math.min(1, re[i] * re[i] + im[i] * im[i]);
      px[i] = frame.cx + frame.scale * re[i];
      py[i] = frame.cy - frame.scale * im[i];
    }
  }

  // while the plane moves, many edges are thinned: to the strong ones, and of these to an even choice
  function edges(pen, drawing, frame, colours) {
    const stride = frame.hurried ? Math.ceil(drawing.edges.length / MANY) : 1, least = stride > 1 ? 2 : 0;
    const { edges: pairs, kinds, grouped } = drawing, plain = drawing.colours.length;
    const paths = new Map();
    for (let e = 0; e < pairs.length; e += 2 * stride) {
      const i = pairs[e], j = pairs[e + 1];
      if (Math.abs(frame.px[i] - frame.px[j]) + Math.abs(frame.py[i] - frame.py[j]) < 0.6) continue;
      const step = diskLook.level(Math.min(frame.square[i], frame.square[j]));
      if (step < least) continue;
      const kind = grouped && (kinds[i] ?? 0) === (kinds[j] ?? 0) ? kinds[i] ?? 0 : plain;
      const key = step * (plain + 1) + kind;
      if (!paths.has(key)) paths.set(key, new Path2D());
      trace(paths.get(key), frame, i, j);
    }
    for (const key of [...paths.keys()].sort((a, b) => a - b)) {
      const step = Math.floor(key / (plain + 1)), kind = key % (plain + 1), look = diskLook.edge(step);
      pen.strokeStyle = kind === plain ? colours.soft : drawing.colours[kind];
      pen.lineWidth = look.width;
      pen.globalAlpha = look.opacity;
      pen.stroke(paths.get(key));
    }
    pen.globalAlpha = 1;
  }

  function trace(path, frame, i, j) {
    const arc = diskPlane.arc(frame.re[i], frame.im[i], frame.re[j], frame.im[j]);
    path.moveTo(frame.px[i], frame.py[i]);
    if (!arc || arc.bulge * frame.scale < 0.15) { path.lineTo(frame.px[j], frame.py[j]); return; }
    const cx = frame.cx + frame.scale * arc.x, cy = frame.cy - frame.scale * arc.y;
    const start = Math.atan2(frame.py[i] - cy, frame.px[i] - cx), end = Math.atan2(frame.py[j] - cy, frame.px[j] - cx);
    path.arc(cx, cy, frame.scale * arc.radius, start, end, !arc.clockwise);
  }

  // one path for each colour and size; the grey of no group lies below the others
  function points(pen, drawing, frame) {
    const { kinds, sizes, radius } = drawing, paths = new Map(), zoom = Math.min(2.5, Math.sqrt(frame.zoom));
    for (let i = 0; i < frame.px.length; i += 1) {
      if (frame.px[i] < -9 || frame.py[i] < -9 || frame.px[i] > frame.side + 9 || frame.py[i] > frame.side + 9) continue;
      const size = Math.max(0.5, radius * zoom * diskLook.fade(frame.square[i]) * (sizes[i] ?? 1));
      const kind = kinds[i] ?? 0;
      if (!paths.has(kind)) paths.set(kind, new Path2D());
      const path = paths.get(kind);
      // a dot this small looks the same as a square, which is drawn faster
      if (size < DOT) { path.rect(frame.px[i] - 0.89 * size, frame.py[i] - 0.89 * size, 1.78 * size, 1.78 * size); continue; }
      path.moveTo(frame.px[i] + size, frame.py[i]);
      path.arc(frame.px[i], frame.py[i], size, 0, 2 * Math.PI);
    }
    const grey = (kind) => drawing.colours[kind] === REFERENCE;
    for (const kind of [...paths.keys()].sort((a, b) => grey(b) - grey(a) || a - b)) {
      pen.globalAlpha = grey(kind) ? 0.5 : 0.9;
      pen.fillStyle = drawing.colours[kind];
      pen.fill(paths.get(kind));
    }
    pen.globalAlpha = 1;
  }

  function name(pen, text, x, y, colours) {
    pen.lineWidth = 3;
    pen.lineJoin = "round";
    pen.strokeStyle = colours.card;
    pen.strokeText(text, x + 6, y + 4);
    pen.fillStyle = colours.ink;
    pen.fillText(text, x + 6, y + 4);
  }

  function names(pen, drawing, frame, colours) {
    if (drawing.pictures.length) { frame.named = []; return; }
    const seen = diskLook.ranked(drawing, frame.square).filter((i) => frame.square[i] < 0.97);
    const width = (i) => drawing.widths[i] ??= pen.measureText(drawing.short[i]).width;
    frame.named = diskLook.spread(seen, frame.px, frame.py, width, frame.side);
    for (const i of frame.named) name(pen, drawing.short[i], frame.px[i], frame.py[i], colours);
  }

  // each picture in a square about its point, framed in the colour of its group
  function pictures(pen, drawing, frame, colours) {
    frame.pictured = diskLook.pictured(drawing, frame).filter(({ rank }) => drawing.images[rank]?.naturalWidth);
    for (const { i, rank, x, y, side } of frame.pictured) {
      const image = drawing.images[rank], scale = side / Math.max(image.naturalWidth, image.naturalHeight);
      const width = scale * image.naturalWidth, height = scale * image.naturalHeight;
      pen.fillStyle = colours.card;
      pen.fillRect(x - side / 2, y - side / 2, side, side);
      pen.drawImage(image, x - width / 2, y - height / 2, width, height);
      pen.strokeStyle = drawing.grouped ? drawing.colours[drawing.kinds[i] ?? 0] : colours.soft;
      pen.lineWidth = diskLook.FRAME;
      pen.strokeRect(x - side / 2, y - side / 2, side, side);
    }
  }

  // the point under the pointer, with its edges
  function marked(pen, drawing, frame, colours, i) {
    pen.strokeStyle = colours.accent;
    pen.lineWidth = 2;
    const path = new Path2D();
    for (let e = 0; e < drawing.edges.length; e += 2) {
      if (drawing.edges[e] === i || drawing.edges[e + 1] === i) trace(path, frame, drawing.edges[e], drawing.edges[e + 1]);
    }
    pen.stroke(path);
    const box = frame.pictured.find((each) => each.i === i);
    if (box) { pen.strokeRect(box.x - box.side / 2 - 2, box.y - box.side / 2 - 2, box.side + 4, box.side + 4); return; }
    pen.beginPath();
    pen.arc(frame.px[i], frame.py[i], 7, 0, 2 * Math.PI);
    pen.stroke();
  }

  function paint(pen, drawing, view, frame, colours) {
    place(drawing, view, frame);
    pen.clearRect(0, 0, frame.side, frame.side);
    pen.font = `${diskLook.FONT}px ${colours.font}`;
    const circle = (radius, fill, stroke, width) => {
      pen.beginPath();
      pen.arc(frame.cx, frame.cy, frame.scale * radius, 0, 2 * Math.PI);
      if (fill) { pen.fillStyle = fill; pen.fill(); }
      pen.strokeStyle = stroke;
      pen.lineWidth = width;
      pen.stroke();
    };
    circle(1, colours.card, colours.line, 1.5);
    for (let r = 1; r < 8; r += 1) circle(Math.tanh(r / 2), null, colours.grid, 1);
    edges(pen, drawing, frame, colours);
    points(pen, drawing, frame);
    names(pen, drawing, frame, colours);
    pictures(pen, drawing, frame, colours);
  }

  return { paint, marked };
})();
