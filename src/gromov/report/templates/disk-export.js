"use strict";
// The disk as it is seen now, as an SVG document: to save, and to print.
const diskExport = (() => {
  const escaped = (text) => text.replace(/[&<>"]/g, (letter) => ({ "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;" })[letter]);
  const short = (value) => String(Number(value.toFixed(2)));

  function svg(drawing, frame, colours, title, { paper = false, legend = [] } = {}) {
    const { side } = frame, at = (i) => `${short(frame.px[i])} ${short(frame.py[i])}`;
    const height = side + (legend.length ? 12 + 22 * legend.length : 0);
    const out = [
      `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${side} ${height}" role="img" font-family="${escaped(colours.font)}">`,
      `<title>${escaped(title)}</title>`,
      paper ? `<rect width="${side}" height="${height}" fill="${colours.paper}"/>` : "",
      `<svg width="${side}" height="${side}">`,
    ];
    const circle = (name, radius, look) => out.push(`<circle class="${name}" cx="${short(frame.cx)}" cy="${short(frame.cy)}" r="${short(frame.scale * radius)}" ${look}/>`);
    circle("rim", 1, `fill="${colours.card}" stroke="${colours.line}" stroke-width="1.5"`);
    for (let r = 1; r < 8; r += 1) circle("ring", Math.tanh(r / 2), `fill="none" stroke="${colours.grid}"`);
    const paths = new Map(), plain = drawing.colours.length;
    for (let e = 0; e < drawing.edges.length; e += 2) {
      const i = drawing.edges[e], j = drawing.edges[e + 1];
      if (Math.hypot(frame.px[i] - frame.px[j], frame.py[i] - frame.py[j]) < 0.3) continue;
      const arc = diskPlane.arc(frame.re[i], frame.im[i], frame.re[j], frame.im[j]);
      const kind = drawing.grouped && (drawing.kinds[i] ?? 0) === (drawing.kinds[j] ?? 0) ? drawing.kinds[i] ?? 0 : plain;
      const key = diskLook.level(Math.min(frame.square[i], frame.square[j])) * (plain + 1) + kind;
      if (!paths.has(key)) paths.set(key, []);
      const radius = arc && short(arc.radius * frame.scale);
      paths.get(key).push(arc && arc.bulge * frame.scale >= 0.05 ? `M${at(i)}A${radius} ${radius} 0 0 ${Number(arc.clockwise)} ${at(j)}` : `M${at(i)}L${at(j)}`);
    }
    for (const key of [...paths.keys()].sort((a, b) => a - b)) {
      const kind = key % (plain + 1), look = diskLook.edge(Math.floor(key / (plain + 1)));
      const colour = kind === plain ? colours.soft : drawing.colours[kind];
      out.push(`<path class="edges" fill="none" stroke="${colour}" stroke-width="${short(look.width)}" stroke-opacity="${short(look.opacity)}" d="${paths.get(key).join("")}"/>`);
    }
    for (let i = 0; i < frame.px.length; i += 1) {
      const [x, y] = [frame.px[i], frame.py[i]];
      if (x < 0 || y < 0 || x > side || y > side) continue;
      const size = Math.max(0.5, drawing.radius * diskLook.fade(frame.square[i]) * (drawing.sizes[i] ?? 1));
      const name = drawing.names[i] ? `<title>${escaped(drawing.names[i])}</title>` : "";
      out.push(`<circle class="point" cx="${short(x)}" cy="${short(y)}" r="${short(size)}" fill="${drawing.colours[drawing.kinds[i] ?? 0]}" fill-opacity="0.9">${name}</circle>`);
    }
    out.push(`<g class="name" font-size="${diskLook.FONT}" fill="${colours.ink}" stroke="${colours.card}" stroke-width="3" stroke-linejoin="round" paint-order="stroke">`);
    for (const i of frame.named) out.push(`<text x="${short(frame.px[i] + 6)}" y="${short(frame.py[i] + 4)}">${escaped(drawing.short[i])}</text>`);
    out.push("</g>");
    for (const { i, rank, x, y, side } of frame.pictured) {
      const box = `x="${short(x - side / 2)}" y="${short(y - side / 2)}" width="${short(side)}" height="${short(side)}"`;
      const stroke = drawing.grouped ? drawing.colours[drawing.kinds[i] ?? 0] : colours.soft;
      out.push(`<rect ${box} fill="${colours.card}"/><image ${box} href="${escaped(drawing.pictures[rank])}"/>`);
      out.push(`<rect class="picture" ${box} fill="none" stroke="${stroke}" stroke-width="${diskLook.FRAME}"/>`);
    }
    out.push("</svg>");
    legend.forEach(({ name, colour }, row) => {
      const y = side + 12 + 22 * row;
      out.push(`<circle cx="24" cy="${y}" r="5" fill="${colour}"/><text x="38" y="${y + 4}" font-size="13" fill="${colours.soft}">${escaped(name)}</text>`);
    });
    out.push("</svg>");
    return out.filter(Boolean).join("\n");
  }

  function download(text, name) {
    const link = document.createElement("a");
    link.href = URL.createObjectURL(new Blob([text], { type: "image/svg+xml" }));
    link.download = `${name}.svg`;
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 1000);
  }

  return { svg, download };
})();
