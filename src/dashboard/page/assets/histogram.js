// Counts by bins; bins that no row fell into are there, empty.

function drawHistogram(context) {
  const { visual, rows, width } = context;
  const bins = rows.length === 1 && rows[0].lower === rows[0].upper ? 1 : visual.bins;
  const [low, step] = [Number(rows[0].lower), (Number(rows[0].upper) - Number(rows[0].lower))];
  const first = low - step * Number(rows[0].groups[0]);
  const size = { width, height: 286 };
  const most = Math.max(...rows.map((row) => Number(row.raw[0])));
  const scaleFor = (bottom, top) => linear(0, most, bottom, top, 5, true);
  const sample = scaleFor(1, 0);
  const left = 12 + widest(sample.ticks.map((t) => tickText(t, sample.step)), FONT);
  const plot = { left, right: width - 12, top: 26, bottom: size.height - 44 };
  const scale = scaleFor(plot.bottom, plot.top);
  const along = band(bins, plot.left, plot.right, 1);
  const number = (value) => numberFormat(digitsOf(step || value), false).format(value);
  const marks = rows.map((row) => {
    const i = Number(row.groups[0]);
    const top = scale.at(Number(row.raw[0]));
    const rect = svg("rect", { x: round(along.at(i) + 0.5), y: round(top), width: round(Math.max(1, along.width - 1)), height: round(Math.max(0.5, plot.bottom - top)), style: { fill: seriesColor(0, visual.paint) } });
    const last = i === bins - 1;
    const title = row.lower === row.upper ? number(Number(row.lower)) : `${number(Number(row.lower))} to ${last ? "" : "below "}${number(Number(row.upper))}`;
    return data(mark(rect, { detail: { title, rows: [{ name: "Rows", value: shownValue(row.raw[0], "bigint") }] }, group: i, value: row.raw[0] }), { from: row.lower, to: row.upper });
  });
  const end = first + step * bins;
  const nice = step ? linear(first, end, 0, 1, Math.max(2, Math.floor((plot.right - plot.left) / 70)), false) : { ticks: [low], step: 1 };
  const place = (value) => (step ? plot.left + ((value - first) / (end - first)) * (plot.right - plot.left) : along.center(0));
  const ticks = svg("g", { class: "axis", "aria-hidden": "true" }, nice.ticks.filter((t) => !step || (t >= first - step * 1e-6 && t <= end + step * 1e-6)).map((t) =>
    svg("text", { class: "tick", x: round(place(t)), y: plot.bottom + 18, "text-anchor": "middle" }, tickText(t, nice.step))));
  return {
    node: svg("svg", frame(size), valueAxisLeft(scale, plot, (t) => tickText(t, scale.step)), svg("g", {}, marks), ticks,
      axisTitles(plot, size, { bottom: visual.column, left: "Rows" })),
  };
}
