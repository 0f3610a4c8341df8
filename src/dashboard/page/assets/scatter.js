// Points.

function drawScatter(context) {
  const { visual, rows, width } = context;
  const part = (name) => visual.measures.findIndex((m) => m.part === name);
  const [x, y, size] = [part("x"), part("y"), part("size")];
  const colored = visual.dimensions.length > 1;
  const by = new Map(groupsOf(visual, rows, 0, false).map((g) => [g.key, g]));
  const colors = colored ? groupsOf(visual, rows, 1, true).map((g) => ({ key: g.key, label: g.label, color: colorOfGroup(visual, 1, g.key) })) : [];
  const colorBy = new Map(colors.map((c) => [c.key, c]));
  const points = rows.map((row) => ({
    row,
    x: numeric(row.raw[x], visual.measures[x].type),
    y: numeric(row.raw[y], visual.measures[y].type),
    size: size < 0 ? null : numeric(row.raw[size], visual.measures[size].type),
    color: colored ? colorBy.get(keyOf(row.groups[1])) : { key: "", label: "", color: seriesColor(0, visual.paint) },
  })).filter((p) => p.x !== null && p.y !== null && !context.hidden.has(p.color.key));
  const frameSize = { width, height: 330 };
  const extent = (values) => {
    const [low, high] = [Math.min(...values), Math.max(...values)];
    return points.length ? [low >= 0 && low < high * 0.25 ? 0 : low, high] : [0, 1];
  };
  const vertical = (bottom, top) => linear(...extent(points.map((p) => p.y)), bottom, top, 5, false);
  const yType = visual.measures[y].type;
  const xType = visual.measures[x].type;
  const sample = vertical(1, 0);
  const left = 12 + widest(sample.ticks.map(tickFormat(yType, sample)), FONT);
  const plot = { left, right: width - 10, top: 26, bottom: frameSize.height - 44 };
  const up = vertical(plot.bottom, plot.top);
  const across = linear(...extent(points.map((p) => p.x)), plot.left, plot.right, Math.max(2, Math.floor((plot.right - plot.left) / 90)), false);
  const largest = Math.max(0, ...points.map((p) => p.size || 0));
  const radius = (p) => (size < 0 ? (points.length > 300 ? 3 : 4.5) : 3 + 15 * Math.sqrt(Math.max(0, p.size || 0) / (largest || 1)));
  // Large ones first, so that small ones stay in reach.
  const order = size < 0 ? points : [...points].sort((a, b) => radius(b) - radius(a));
  const marks = order.map((p) => {
    const circle = svg("circle", { class: "point", cx: round(across.at(p.x)), cy: round(up.at(p.y)), r: round(radius(p)), style: { fill: p.color.color, stroke: p.color.color } });
    const shown = [x, y, size].filter((i) => i >= 0).map((i) => ({ name: visual.measures[i].title, value: shownValue(p.row.raw[i], visual.measures[i].type) }));
    const group = by.get(keyOf(p.row.groups[0]));
    return data(mark(circle, {
      detail: { title: colored ? `${group.label} · ${p.color.label}` : group.label, rows: shown },
      group: p.row.groups[0], series: colored ? p.row.groups[1] : undefined, value: p.row.raw[y], pick: pickOf(context, p.row.groups),
    }), { x: p.row.raw[x], size: size < 0 ? undefined : p.row.raw[size] });
  });
  return {
    node: svg("svg", frame(frameSize), valueAxisLeft(up, plot, tickFormat(yType, up)),
      valueAxisBottom(across, plot, tickFormat(xType, across), true), svg("g", {}, marks),
      axisTitles(plot, frameSize, { bottom: visual.measures[x].title, left: visual.measures[y].title })),
    legend: colors.length > 1 ? colors : null,
  };
}
