"use strict";
// Each disk of the page: a canvas that is moved by pointer, wheel and keys, over the picture that stands still.
(() => {
  const root = document.documentElement;
  const calm = matchMedia("(prefers-reduced-motion: reduce)");
  const STEP = 0.4, RECENTRE_MS = 350, NEAR = 12, MOST = 40;

  function show(box) {
    const canvas = box.querySelector("canvas"), tip = box.querySelector(".disk-tip"), said = box.querySelector(".disk-said");
    const pen = canvas.getContext("2d"), still = document.createElement("canvas");
    const drawing = JSON.parse(box.nextElementSibling.textContent);
    const n = drawing.x.length, room = () => new Float64Array(n);
    const frame = { re: room(), im: room(), square: room(), px: room(), py: room(), named: [], pictured: [], side: 0, cx: 0, cy: 0, scale: 1, zoom: 1 };
    // the view: a motion of the plane, then a magnification about the middle, shifted
    const view = { motion: diskPlane.identity, zoom: 1, dx: 0, dy: 0 };
    let hovered = -1, picked = -1, waiting = 0, moving = 0, grabbed = null, dragged = false, spread = 0, fresh = false;
    drawing.degrees = new Uint32Array(n);
    for (const i of drawing.edges) drawing.degrees[i] += 1;
    drawing.short = drawing.names.map((name) => (name.length > 32 ? `${name.slice(0, 31).trimEnd()}…` : name));
    drawing.widths = [];
    drawing.images = drawing.pictures.map((address) => {
      const image = new Image();
      image.src = address;
      // a picture that cannot be shown leaves the marker of its point
      image.decode().catch(() => {}).then(() => repaint());
      return image;
    });

    function colours() {
      const style = getComputedStyle(root), token = (name) => style.getPropertyValue(`--${name}`).trim();
      return { font: getComputedStyle(document.body).fontFamily, ...Object.fromEntries(["paper", "card", "ink", "soft", "line", "grid", "accent"].map((name) => [name, token(name)])) };
    }
    let ink = colours();

    function paint(hurried = false) {
      waiting = 0;
      frame.hurried = hurried;
      frame.zoom = view.zoom;
      frame.scale = (frame.side / 2 - 10) * view.zoom;
      frame.cx = frame.side / 2 + view.dx;
      frame.cy = frame.side / 2 + view.dy;
      diskPaint.paint(pen, drawing, view, frame, ink);
      fresh = false;
      if (hovered >= 0) mark();
    }

    // the point under the pointer is marked over a copy of the picture, which is not painted again for it
    function mark() {
      if (!fresh) {
        still.width = canvas.width;
        still.height = canvas.height;
        still.getContext("2d").drawImage(canvas, 0, 0);
        fresh = true;
      }
      pen.save();
      pen.setTransform(1, 0, 0, 1, 0, 0);
      pen.clearRect(0, 0, canvas.width, canvas.height);
      pen.drawImage(still, 0, 0);
      pen.restore();
      if (hovered >= 0) diskPaint.marked(pen, drawing, frame, ink, hovered);
    }
    const repaint = () => { waiting ||= requestAnimationFrame(() => paint(dragged)); };

    function measure() {
      const side = Math.round(canvas.clientWidth), ratio = Math.min(3, window.devicePixelRatio || 1);
      if (!side) return;
      const factor = frame.side ? side / frame.side : 1;
      view.dx *= factor;
      view.dy *= factor;
      frame.side = side;
      canvas.width = canvas.height = Math.round(side * ratio);
      pen.setTransform(canvas.width / side, 0, 0, canvas.height / side, 0, 0);
      paint();
    }

    const inDisk = (x, y) => [(x - frame.cx) / frame.scale, (frame.cy - y) / frame.scale];
    const inside = ([x, y], most = 0.985) => { const size = Math.hypot(x, y); return size > most ? [x * most / size, y * most / size] : [x, y]; };
    const where = (event) => { const rim = canvas.getBoundingClientRect(); return [event.clientX - rim.left, event.clientY - rim.top]; };

    // the picture under the pointer, the topmost first, else the nearest point
    function nearest(x, y) {
      const over = frame.pictured.findLast((box) => Math.max(Math.abs(x - box.x), Math.abs(y - box.y)) <= box.side / 2);
      if (over) return over.i;
      let best = -1, least = NEAR * NEAR;
      for (let i = 0; i < n; i += 1) {
        const gap = (frame.px[i] - x) ** 2 + (frame.py[i] - y) ** 2;
        if (gap < least) { least = gap; best = i; }
      }
      return best;
    }

    function describe(i) {
      const group = drawing.groups[i];
      return [drawing.names[i] || `point ${i}`, ...(group ? [group] : [])];
    }

    function hover(i, x, y) {
      if (i !== hovered) {
        hovered = i;
        if (!waiting) mark();
      }
      tip.hidden = i < 0;
      if (i < 0) return;
      const [name, group] = describe(i), depth = diskPlane.distance([0, 0], [frame.re[i], frame.im[i]]);
      tip.textContent = [name, group, `${depth.toFixed(2)} from the centre of the view`].filter(Boolean).join(" · ");
      tip.style.left = `${Math.max(0, Math.min(x + 14, frame.side - tip.offsetWidth))}px`;
      tip.style.top = `${Math.max(0, Math.min(y + 16, frame.side - tip.offsetHeight))}px`;
    }

    // moves the place (x, y) of the present view to the centre, along a geodesic
    function recentre(target) {
      cancelAnimationFrame(moving);
      const start = { ...view }, [x, y] = inside(target, 1 - 1e-15), size = Math.hypot(x, y), whole = 2 * Math.atanh(size);
      const from = performance.now(), duration = calm.matches ? 0 : RECENTRE_MS;
      box.dataset.moving = "";
      const step = (now) => {
        const share = duration ? Math.min(1, Math.max(0, (now - from) / duration)) : 1, eased = 1 - (1 - share) ** 3;
        const reach = share === 1 ? size : Math.tanh(eased * whole / 2);
        const move = size > 0 ? diskPlane.translation(-x * reach / size, -y * reach / size) : diskPlane.identity;
        view.motion = diskPlane.compose(move, start.motion);
        view.dx = start.dx * (1 - eased);
        view.dy = start.dy * (1 - eased);
        paint(share < 1);
        if (share < 1) moving = requestAnimationFrame(step);
        else delete box.dataset.moving;
      };
      step(from);
    }

    function centrePoint(i) {
      picked = i;
      said.textContent = `${describe(i).join(", ")}, ${drawing.degrees[i]} edges, now at the centre`;
      recentre([frame.re[i], frame.im[i]]);
    }

    function zoom(factor, x = frame.side / 2, y = frame.side / 2) {
      const before = view.zoom;
      view.zoom = Math.min(MOST, Math.max(1, view.zoom * factor));
      const grown = view.zoom / before, middle = frame.side / 2;
      view.dx = x - middle - (x - middle - view.dx) * grown;
      view.dy = y - middle - (y - middle - view.dy) * grown;
      if (view.zoom === 1) view.dx = view.dy = 0;
      repaint();
    }

    function reset() {
      cancelAnimationFrame(moving);
      delete box.dataset.moving;
      Object.assign(view, { motion: diskPlane.identity, zoom: 1, dx: 0, dy: 0 });
      repaint();
    }

    const pointers = new Map();
    canvas.addEventListener("pointerdown", (event) => {
      canvas.setPointerCapture(event.pointerId);
      pointers.set(event.pointerId, where(event));
      const place = inDisk(...where(event));
      grabbed = Math.hypot(...place) < 1 ? inside(place) : null;
      dragged = pointers.size > 1;
      spread = 0;
    });
    canvas.addEventListener("pointermove", (event) => {
      const [x, y] = where(event);
      if (!pointers.has(event.pointerId)) { hover(nearest(x, y), x, y); return; }
      const [ox, oy] = pointers.get(event.pointerId);
      if (pointers.size === 2) {
        pointers.set(event.pointerId, [x, y]);
        const [[ax, ay], [bx, by]] = pointers.values(), apart = Math.hypot(ax - bx, ay - by);
        if (spread) zoom(apart / spread, (ax + bx) / 2, (ay + by) / 2);
        spread = apart;
        return;
      }
      if (!dragged && Math.hypot(x - ox, y - oy) < 4) return;
      dragged = true;
      hover(-1);
      if (!grabbed) return;
      cancelAnimationFrame(moving);
      delete box.dataset.moving;
      const to = inside(inDisk(x, y));
      view.motion = diskPlane.compose(diskPlane.between(grabbed, to), view.motion);
      grabbed = to;
      repaint();
    });
    const release = (event) => {
      const click = pointers.delete(event.pointerId) && !dragged && event.type === "pointerup";
      if (pointers.size) { grabbed = null; return; }
      dragged = false;
      repaint();
      if (!click) return;
      const [x, y] = where(event), i = nearest(x, y);
      if (i >= 0) centrePoint(i);
      else if (grabbed) recentre(grabbed);
    };
    canvas.addEventListener("pointerup", release);
    canvas.addEventListener("pointercancel", release);
    canvas.addEventListener("pointerleave", () => hover(-1));
    // the wheel belongs to the page until the disk has been clicked
    canvas.addEventListener("wheel", (event) => {
      if (document.activeElement !== canvas && !event.ctrlKey) return;
      event.preventDefault();
      zoom(Math.exp(-event.deltaY * (event.ctrlKey ? 0.01 : 0.0015)), ...where(event));
    }, { passive: false });

    const reach = Math.tanh(STEP / 2);
    const keys = {
      ArrowLeft: () => recentre([-reach, 0]), ArrowRight: () => recentre([reach, 0]), ArrowUp: () => recentre([0, reach]), ArrowDown: () => recentre([0, -reach]),
      "+": () => zoom(1.25), "=": () => zoom(1.25), "-": () => zoom(0.8), 0: reset, Home: reset,
      n: () => centrePoint((picked + 1) % n), p: () => centrePoint((Math.max(picked, 0) + n - 1) % n),
    };
    canvas.addEventListener("keydown", (event) => {
      const act = keys[event.key];
      if (!act || event.altKey || event.ctrlKey || event.metaKey) return;
      event.preventDefault();
      act();
    });

    const legend = [...box.closest("figure").querySelectorAll(".disk-legend li")].map((entry) => ({ name: entry.textContent.trim(), colour: entry.dataset.colour }));
    const title = box.closest("figure").querySelector(".figure-head > :first-child").textContent;
    const acts = {
      closer: () => zoom(1.4), farther: () => zoom(1 / 1.4), reset,
      save: () => diskExport.download(diskExport.svg(drawing, frame, ink, title, { paper: true, legend }), box.dataset.name),
    };
    box.closest("figure").querySelector(".figure-tools").addEventListener("click", (event) => acts[event.target.closest("[data-act]")?.dataset.act]?.());

    const recolour = () => { ink = colours(); repaint(); };
    new MutationObserver(recolour).observe(root, { attributes: true, attributeFilter: ["data-theme"] });
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", recolour);
    new ResizeObserver(measure).observe(canvas);
    // paper gets the present view as lines, not as the pixels of a screen
    window.addEventListener("beforeprint", () => {
      ink = colours();
      const standing = new DOMParser().parseFromString(diskExport.svg(drawing, frame, ink, title), "image/svg+xml").documentElement;
      box.querySelector("svg").replaceWith(document.importNode(standing, true));
    });

    box.disk = {
      drawing, frame, view,
      place: (i) => [frame.re[i], frame.im[i]],
      pixel: (i) => [frame.px[i], frame.py[i]],
    };
    box.classList.add("live");
    measure();
    performance.mark(box.dataset.name);
  }

  for (const box of document.querySelectorAll(".disk")) {
    try {
      show(box);
    } catch (error) {
      // the picture that stands still is there already
      box.classList.remove("live");
      console.error(box.dataset.name, error);
    }
  }
  root.dataset.disks = "drawn";
})();
