// Axes, gridlines and lines across.

const FONT = 12;

// Gridlines and texts of a value axis on the left.
function valueAxisLeft(scale, plot, format) {
  return svg("g", { class: "axis", "aria-hidden": "true" }, scale.ticks.map((tick) => {
    const y = round(scale.at(tick));
    return [
      svg("line", { class: tick === 0 ? "baseline" : "gridline", x1: plot.left, x2: plot.right, y1: y, y2: y }),
      svg("text", { class: "tick", x: plot.left - 8, y: y + 4, "text-anchor": "end" }, format(tick)),
    ];
  }));
}

// Gridlines and texts of a value axis at the bottom.
function valueAxisBottom(scale, plot, format, grid) {
  return svg("g", { class: "axis", "aria-hidden": "true" }, scale.ticks.map((tick) => {
    const x = round(scale.at(tick));
    return [
      grid ? svg("line", { class: tick === 0 ? "baseline" : "gridline", x1: x, x2: x, y1: plot.top, y2: plot.bottom }) : null,
      svg("text", { class: "tick", x, y: plot.bottom + 18, "text-anchor": "middle" }, format(tick)),
    ];
  }));
}

// How category texts stand under a plot: level where they fit, every so many where they are numbers or dates, else slanted.
function categoryLayout(labels, each, thinnable) {
  const widestLabel = widest(labels, FONT);
  if (widestLabel + 8 <= each || labels.length === 1) return { every: 1, slanted: false, height: 22, room: Math.max(each - 6, 40) };
  if (thinnable) return { every: Math.ceil((Math.min(widestLabel, 90) + 14) / each), slanted: false, height: 22, room: 110 };
  const room = Math.min(110, widestLabel);
  return { every: Math.max(1, Math.ceil(15 / each)), slanted: true, height: 16 + room * 0.62, room };
}

function categoryAxisBottom(labels, centers, plot, layout) {
  return svg("g", { class: "axis", "aria-hidden": "true" }, labels.map((label, i) => {
    if (i % layout.every !== 0) return null;
    const [x, y] = [round(centers(i)), plot.bottom + 18];
    if (layout.every > 1 && !layout.slanted && x + textWidth(label, FONT) / 2 > plot.right + 6) return null;
    const text = svg("text", layout.slanted
      ? { class: "tick", x: x + 4, y: y - 4, "text-anchor": "end", transform: `rotate(-38 ${x + 4} ${y - 4})` }
      : { class: "tick", x, y, "text-anchor": "middle" }, fitted(label, layout.room, FONT));
    text.append(svg("title", {}, label));
    return text;
  }));
}

function axisTitles(plot, size, { bottom, left }) {
  const titles = svg("g", { "aria-hidden": "true" });
  if (left) {
    titles.append(svg("text", { class: "axis-title", x: 0, y: 11 }, fitted(left, size.width, FONT)));
  }
  if (bottom) {
    const x = (plot.left + plot.right) / 2;
    titles.append(svg("text", { class: "axis-title", x, y: size.height - 4, "text-anchor": "middle" }, fitted(bottom, plot.right - plot.left, FONT)));
  }
  return titles;
}

// Reference lines across the values; `upright` where values run across.
function referenceLines(lines, scale, plot, upright) {
  return svg("g", { class: "references" }, lines.map((line) => {
    const at = round(scale.at(line.value));
    const name = line.label ? `${line.label}: ${shortNumber(line.value)}` : shortNumber(line.value);
    const ends = upright ? { x1: at, x2: at, y1: plot.top, y2: plot.bottom } : { x1: plot.left, x2: plot.right, y1: at, y2: at };
    const near = upright
      ? { x: at > (plot.left + plot.right) / 2 ? at - 5 : at + 5, y: plot.top - 6, "text-anchor": at > (plot.left + plot.right) / 2 ? "end" : "start" }
      : { x: plot.right, y: at - plot.top < 16 ? at + 14 : at - 5, "text-anchor": "end" };
    return [
      svg("line", { class: "reference-ground", ...ends }),
      data(svg("line", { class: "reference", ...ends, role: "img", "aria-label": `Reference line ${name}` }), { reference: line.value }),
      svg("text", { class: "reference-text", ...near, "aria-hidden": "true" }, name),
    ];
  }));
}
