// A grid of colours.

function drawHeatmap(context) {
  const { visual, rows } = context;
  const type = visual.measures[0].type;
  const down = groupsOf(visual, rows, 0, false);
  const across = groupsOf(visual, rows, 1, true);
  const values = rows.map((row) => numeric(row.raw[0], type)).filter((v) => v !== null);
  const [low, high] = [Math.min(...values), Math.max(...values)];
  const share = (value) => (high === low ? 0.7 : 0.06 + (0.94 * (value - low)) / (high - low));
  const room = Math.min(widest(down.map((g) => g.label), FONT), Math.max(72, context.width * 0.3));
  const left = room + 10;
  const width = Math.max(context.width, left + across.length * 3);
  const cell = (width - left) / across.length;
  const height = Math.max(22, Math.min(34, 360 / down.length));
  const layout = categoryLayout(across.map((g) => g.label), cell, thinnable(visual.dimensions[1]));
  const size = { width, height: Math.round(down.length * height + layout.height + 26) };
  const plot = { left, right: width, top: 4, bottom: 4 + down.length * height };
  const root = svg("svg", frame(size));
  const rowAt = new Map(down.map((g, i) => [g.key, i]));
  const columnAt = new Map(across.map((g, i) => [g.key, i]));
  const numbers = values.length <= 400 && widest(values.map(shortNumber), 11) + 6 < cell;
  for (const row of rows) {
    const [i, j] = [rowAt.get(keyOf(row.groups[0])), columnAt.get(keyOf(row.groups[1]))];
    const value = numeric(row.raw[0], type);
    const box = { x: round(left + j * cell) + 0.5, y: round(plot.top + i * height) + 0.5, width: round(Math.max(1, cell - Math.min(1, cell / 4))), height: height - 1, rx: 2 };
    const rect = svg("rect", { ...box, class: "cell", style: { fill: value === null ? "var(--empty)" : scaleColor(share(value)) } });
    root.append(mark(rect, {
      detail: { title: `${down[i].label} · ${across[j].label}`, rows: [{ name: visual.measures[0].title, value: shownValue(row.raw[0], type) }] },
      group: row.groups[0], series: row.groups[1], value: row.raw[0], pick: pickOf(context, row.groups),
    }));
    if (numbers && value !== null) {
      root.append(svg("text", { class: "cell-value", x: round(left + (j + 0.5) * cell), y: round(plot.top + (i + 0.5) * height + 4), "text-anchor": "middle", "aria-hidden": "true", style: { fill: inkOn(share(value)) } }, shortNumber(value)));
    }
  }
  const texts = svg("g", { class: "axis", "aria-hidden": "true" }, down.map((group, i) => {
    const text = svg("text", { class: "tick strong", x: left - 8, y: round(plot.top + (i + 0.5) * height + 4), "text-anchor": "end" }, fitted(group.label, room, FONT));
    text.append(svg("title", {}, group.label));
    return text;
  }));
  root.append(texts, categoryAxisBottom(across.map((g) => g.label), (j) => left + (j + 0.5) * cell, plot, layout),
    axisTitles(plot, size, { bottom: visual.dimensions[1].title }));
  return { node: root, scale: values.length ? { title: visual.measures[0].title, low: shownValue(low, "double"), high: shownValue(high, "double") } : null };
}
