// Lines, and areas under them (on each other when there are several). What the pointer or the focus stops at is a category
// with all its series.

function drawLines(context) {
  const { visual, width } = context;
  const area = visual.kind === "area";
  const found = seriesOf(context);
  const stacked = area && found.series.length > 1;
  const points = found.categories.map((category) => linePoints(found, category, stacked));
  const ends = points.flat().flatMap((point) => (area ? [point.from, point.to] : [point.to]));
  const lines = visual.lines.map((line) => line.value);
  let [low, high] = [Math.min(...ends, ...lines), Math.max(...ends, ...lines)];
  if (!ends.length && !lines.length) [low, high] = [0, 1];
  // Zero belongs on the axis unless everything happens far from it.
  if (!isTime(found.type) && (area || low < 0 || low < high * 0.5)) [low, high] = [Math.min(0, low), Math.max(0, high)];
  const scaleFor = (bottom, top) => linear(low, high, bottom, top, 5, isWhole(found.type));
  const sample = scaleFor(1, 0);
  const left = 12 + widest(sample.ticks.map(tickFormat(found.type, sample)), FONT);
  const place = categoryPlaces(visual, found.categories, left + 8, width - 14);
  const size = { width, height: Math.round(264 + place.layout.height) };
  const plot = { left, right: width - 2, top: 26, bottom: size.height - place.layout.height - 22 };
  const scale = scaleFor(plot.bottom, plot.top);
  const shapes = svg("g", { "aria-hidden": "true" });
  const dots = svg("g", { "aria-hidden": "true" });
  for (const series of found.series) {
    const own = points.map((of, i) => ({ x: place.at(i), detached: place.detached(i), point: of.find((p) => p.series === series) }));
    for (const run of runsOf(own)) {
      const top = run.map((p) => `${round(p.x)},${round(scale.at(p.point.to))}`).join("L");
      if (area && run.length > 1) {
        const bottom = [...run].reverse().map((p) => `${round(p.x)},${round(scale.at(p.point.from))}`).join("L");
        shapes.append(svg("path", { class: stacked ? "area stacked" : "area", d: `M${top}L${bottom}Z`, style: { fill: series.color } }));
      }
      if (run.length > 1) shapes.append(svg("path", { class: "line", d: `M${top}`, style: { stroke: series.color } }));
    }
    own.forEach((p, i) => {
      if (!p.point || !p.point.cell) return;
      const alone = (!own[i - 1] || !own[i - 1].point || p.detached) && (!own[i + 1] || !own[i + 1].point || p.detached);
      const dot = svg("circle", { class: alone || own.length <= 24 ? "dot" : "dot quiet", cx: round(p.x), cy: round(scale.at(p.point.to)), r: 3.5, style: { fill: series.color } });
      dots.append(data(dot, { group: found.categories[i].raw, series: series.raw === undefined ? series.label : series.raw, value: p.point.cell.raw }));
    });
  }
  const stops = svg("g", {}, found.categories.map((category, i) => lineStop(context, found, category, points[i], place, plot, i)));
  return {
    node: svg("svg", frame(size), valueAxisLeft(scale, plot, tickFormat(found.type, scale)), shapes, dots, stops,
      place.axis(plot), referenceLines(visual.lines, scale, plot, false),
      axisTitles(plot, size, { bottom: visual.dimensions[0].title, left: valueTitle(visual) })),
    legend: legendOf(found),
  };
}

function linePoints(found, category, stacked) {
  let base = 0;
  const points = [];
  for (const series of found.series) {
    const cell = found.cell(category, series);
    if (!cell || cell.value === null) {
      // On each other, nothing is as high as what is beneath it.
      if (stacked) points.push({ series, cell: null, from: base, to: base });
      continue;
    }
    points.push({ series, cell, from: stacked ? base : 0, to: (stacked ? base : 0) + cell.value });
    if (stacked) base += cell.value;
  }
  return points;
}

// Stretches without a gap.
function runsOf(own) {
  const runs = [[]];
  for (const p of own) {
    if (p.point && !p.detached) runs[runs.length - 1].push(p);
    else if (runs[runs.length - 1].length) runs.push([]);
  }
  return runs.filter((run) => run.length);
}

// Dates and numbers stand where they are on a scale, NULL apart at the end; anything else, and what is ordered by value, in equal steps.
function categoryPlaces(visual, categories, left, right) {
  const dimension = visual.dimensions[0];
  const real = categories.filter((c) => c.raw !== null);
  const values = real.map((c) => numeric(c.raw, dimension.type));
  const last = categories.length - 1;
  const nothing = real.length < categories.length;
  if (thinnable(dimension) && !visual.sort && real.length > 1) {
    const end = nothing ? right - 56 : right;
    const [low, high] = [values[0], values[values.length - 1]];
    const at = (value) => left + ((value - low) / (high - low)) * (end - left);
    const count = Math.max(2, Math.floor((end - left) / 84));
    const ticks = isTime(dimension.type)
      ? timeTicks(low, high, count)
      : linear(low, high, 0, 1, count, isWhole(dimension.type)).ticks.filter((t) => t >= low && t <= high).map((t) => [t, String(t)]);
    const axis = (plot) => svg("g", { class: "axis", "aria-hidden": "true" },
      ticks.map(([value, text]) => svg("text", { class: "tick", x: round(at(value)), y: plot.bottom + 18, "text-anchor": "middle" }, text)),
      nothing ? svg("text", { class: "tick", x: right - 10, y: plot.bottom + 18, "text-anchor": "middle" }, "(none)") : null);
    return { at: (i) => (categories[i].raw === null ? right - 10 : at(values[i])), detached: (i) => categories[i].raw === null, layout: { height: 22 }, axis };
  }
  const labels = categories.map((c) => c.label);
  const along = band(labels.length, left, right, 1);
  const layout = categoryLayout(labels, along.each, thinnable(dimension));
  return { at: along.center, detached: (i) => nothing && i === last && categories[i].raw === null, layout, axis: (plot) => categoryAxisBottom(labels, along.center, plot, layout) };
}

// The strip of a category: invisible, as wide as half the way to its neighbours.
function lineStop(context, found, category, points, place, plot, i) {
  const [before, at, after] = [i > 0 ? place.at(i - 1) : plot.left, place.at(i), i < found.categories.length - 1 ? place.at(i + 1) : plot.right];
  const [from, to] = [i > 0 ? (before + at) / 2 : plot.left, i < found.categories.length - 1 ? (at + after) / 2 : plot.right];
  const rows = points.filter((point) => point.cell).map((point) => ({ name: point.series.label, value: shownValue(point.cell.raw, context.visual.measures[point.series.measure].type), color: point.series.color }));
  const strip = svg("rect", { class: "strip", x: round(from), y: plot.top, width: round(Math.max(1, to - from)), height: plot.bottom - plot.top });
  return mark(strip, { detail: { title: category.label, rows: rows.reverse() }, pick: pickOf(context, [category.raw]) });
}
