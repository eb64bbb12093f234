"use strict";
(() => {
  const root = document.documentElement;
  const plots = [...document.querySelectorAll(".plot")];
  const drawn = new Set();
  const PRINT_WIDTH = 660;
  const PRINT_HEIGHT = 440;
  const settings = { responsive: true, displayModeBar: false, displaylogo: false, doubleClick: "reset" };
  const touch = matchMedia("(pointer: coarse)").matches;

  // Python leaves to the page what depends on its paper: the colours of text, grid, rules and hover boxes, by their CSS tokens.
  function colours(shapes = []) {
    const style = getComputedStyle(root);
    const token = (name) => style.getPropertyValue(name).trim();
    const axis = (name) => ({
      [`${name}.gridcolor`]: token("--grid"), [`${name}.linecolor`]: token("--line"), [`${name}.tickcolor`]: token("--line"),
    });
    return {
      ...Object.fromEntries(shapes.map((_, index) => [`shapes[${index}].line.color`, token("--ink")])),
      "font.color": token("--soft"), ...axis("xaxis"), ...axis("yaxis"),
      "hoverlabel.bgcolor": token("--card"), "hoverlabel.bordercolor": token("--line"), "hoverlabel.font.color": token("--ink"),
    };
  }

  function assign(layout, changes) {
    for (const [path, value] of Object.entries(changes)) {
      const parts = path.replace("[", ".").replace("]", "").split(".");
      const last = parts.pop();
      let branch = layout;
      for (const part of parts) branch = branch[part] ??= {};
      branch[last] = value;
    }
    return layout;
  }

  function wrap(axis, room) {
    const lines = [""];
    for (const word of axis.title.text.split(" ")) {
      if (`${lines.at(-1)} ${word}`.length > room / 8) lines.push(word);
      else lines.push(`${lines.pop()} ${word}`.trim());
    }
    axis.title.text = lines.filter(Boolean).join("<br>");
  }

  // And what depends on the room: long titles are broken, numbers are written into cells only where they fit.
  function fit(plot, { data, layout }) {
    if (layout.yaxis.scaleanchor) resize(plot, layout.height = Math.min(layout.height, plot.clientWidth + 140));
    wrap(layout.xaxis, plot.clientWidth - 80);
    wrap(layout.yaxis, plot.clientHeight - 120);
    const narrow = plot.clientWidth < 480;
    // plotly places a standing-off title by the tick labels, and complains where it had no room for one
    if (narrow) delete layout.xaxis.title.standoff;
    for (const trace of data) {
      if (trace.colorbar && narrow) trace.colorbar.title.text = "";
      if (trace.texttemplate && (plot.clientWidth - 160) / trace.z[0].length < 38) delete trace.texttemplate;
    }
  }

  function resize(plot, height) {
    plot.dataset.height = height;
    plot.style.height = `${height}px`;
  }

  function draw(plot) {
    if (drawn.has(plot)) return;
    drawn.add(plot);
    try {
      const drawing = JSON.parse(plot.nextElementSibling.textContent);
      fit(plot, drawing);
      const layout = assign(drawing.layout, { ...colours(drawing.layout.shapes), dragmode: touch ? false : "zoom" });
      Plotly.newPlot(plot, drawing.data, layout, settings);
      performance.mark(plot.dataset.name);
    } catch (error) {
      // one bad figure must not take the others with it
      plot.textContent = "This figure could not be drawn. Its data are listed below.";
      plot.style.height = "auto";
      console.error(plot.dataset.name, error);
    }
    if (drawn.size === plots.length) finish();
  }

  function finish() {
    performance.mark("figures-drawn");
    root.dataset.figures = "drawn";
  }

  function repaint(extra = () => ({})) {
    for (const plot of drawn) if (plot.layout) Plotly.relayout(plot, { ...colours(plot.layout.shapes), ...extra(plot) });
  }

  // Figures near the window are drawn first, the others when the browser has nothing better to do: printing and searching need them all.
  const near = new IntersectionObserver((entries) => {
    for (const entry of entries) if (entry.isIntersecting) { near.unobserve(entry.target); draw(entry.target); }
  }, { rootMargin: "400px" });
  plots.forEach((plot) => near.observe(plot));
  const idle = window.requestIdleCallback ?? ((task) => setTimeout(task, 50));
  function drawNext() {
    const next = plots.find((plot) => !drawn.has(plot));
    if (!next) return;
    near.unobserve(next);
    draw(next);
    idle(drawNext, { timeout: 500 });
  }
  if (plots.length) idle(drawNext, { timeout: 500 });
  else finish();

  // Light or dark: the system's choice, until the button is pressed; nothing is stored.
  const button = document.getElementById("theme");
  const system = matchMedia("(prefers-color-scheme: dark)");
  const isDark = () => (root.dataset.theme ? root.dataset.theme === "dark" : system.matches);
  const show = () => button.setAttribute("aria-pressed", String(isDark()));
  button.addEventListener("click", () => {
    root.dataset.theme = isDark() ? "light" : "dark";
    show();
    repaint();
  });
  system.addEventListener("change", () => { show(); repaint(); });
  show();

  // Paper has a width of its own and is white.
  // a link to one number opens the fold it is in
  const unfold = () => document.getElementById(decodeURIComponent(location.hash.slice(1)))?.closest("details")?.setAttribute("open", "");
  window.addEventListener("hashchange", unfold);
  unfold();

  window.addEventListener("beforeprint", () => {
    root.dataset.screen = root.dataset.theme ?? "";
    root.dataset.theme = "light";
    document.querySelectorAll("details.every").forEach((fold) => { fold.open = true; });
    plots.forEach(draw);
    repaint((plot) => {
      const height = Math.min(Number(plot.dataset.height), PRINT_HEIGHT);
      plot.style.height = `${height}px`;
      return { width: PRINT_WIDTH, height, autosize: false };
    });
  });
  window.addEventListener("afterprint", () => {
    if (root.dataset.screen) root.dataset.theme = root.dataset.screen;
    else delete root.dataset.theme;
    delete root.dataset.screen;
    repaint((plot) => {
      plot.style.height = `${plot.dataset.height}px`;
      return { width: null, height: Number(plot.dataset.height), autosize: true };
    });
    window.dispatchEvent(new Event("resize"));
  });

  document.addEventListener("click", (event) => {
    const tool = event.target.closest("[data-act]");
    if (!tool) return;
    const plot = tool.closest("figure").querySelector(".plot");
    if (!plot) return;
    draw(plot);
    if (!plot.layout) return;
    if (tool.dataset.act === "save") {
      Plotly.downloadImage(plot, { format: "svg", filename: plot.dataset.name, width: plot.clientWidth, height: Number(plot.dataset.height) });
    } else {
      const { xaxis, yaxis } = JSON.parse(plot.nextElementSibling.textContent).layout;
      Plotly.relayout(plot, { "xaxis.autorange": xaxis.autorange ?? true, "yaxis.autorange": yaxis.autorange ?? true });
    }
  });

  // The table of contents shows where the reader is; on a small screen it starts closed.
  const links = new Map([...document.querySelectorAll(".contents a")].map((link) => [link.hash.slice(1), link]));
  const here = new IntersectionObserver((entries) => {
    for (const entry of entries) {
      if (!entry.isIntersecting) continue;
      links.forEach((link) => link.removeAttribute("aria-current"));
      links.get(entry.target.id)?.setAttribute("aria-current", "true");
    }
  }, { rootMargin: "-20% 0px -70% 0px" });
  links.forEach((_, name) => { const section = document.getElementById(name); if (section) here.observe(section); });
  const contents = document.querySelector(".contents details");
  if (contents && matchMedia("(max-width: 40rem)").matches) contents.open = false;
})();
