// Bars beside each other or on each other, upright or lying.

function drawBars(context) {
  const { visual } = context;
  const found = seriesOf(context);
  const stacked = visual.kind === "stacked_bar";
  const stacks = found.categories.map((category) => stackOf(found, category, stacked));
  const ends = stacks.flat().flatMap((piece) => [piece.from, piece.to]);
  const range = [Math.min(0, ...ends, ...visual.lines.map((l) => l.value)), Math.max(0, ...ends, ...visual.lines.map((l) => l.value))];
  const draw = visual.horizontal ? lyingBars : uprightBars;
  return { node: draw(context, found, stacks, range, stacked), legend: legendOf(found) };
}

// The pieces of a category, each from where to where.
function stackOf(found, category, stacked) {
  let [above, below] = [0, 0];
  return found.series.map((series, i) => {
    const cell = found.cell(category, series);
    if (!cell || cell.value === null) return { series, cell, from: 0, to: 0, i };
    if (!stacked) return { series, cell, from: 0, to: cell.value, i };
    const from = cell.value >= 0 ? above : below;
    if (cell.value >= 0) above += cell.value;
    else below += cell.value;
    return { series, cell, from, to: from + cell.value, i };
  }).filter((piece) => piece.cell && piece.cell.value !== null);
}

function barMark(context, found, category, piece, box) {
  const element = svg("rect", { ...box, rx: Math.min(2, box.width / 2, box.height / 2), style: { fill: piece.series.color } });
  const groups = found.colored ? [category.raw, piece.series.raw] : [category.raw];
  return mark(element, {
    detail: cellDetail(context.visual, category, piece.series, piece.cell.raw),
    group: category.raw, series: piece.series.raw === undefined ? piece.series.label : piece.series.raw, value: piece.cell.raw,
    pick: pickOf(context, groups),
  });
}

function uprightBars(context, found, stacks, range, stacked) {
  const { visual, width } = context;
  const labels = found.categories.map((c) => c.label);
  const scaleFor = (bottom, top) => linear(range[0], range[1], bottom, top, 5, isWhole(found.type));
  const left = 12 + widest(scaleFor(1, 0).ticks.map(tickFormat(found.type, scaleFor(1, 0))), FONT);
  const layout = categoryLayout(labels, (width - left) / labels.length, thinnable(visual.dimensions[0]));
  const size = { width, height: Math.round(272 + layout.height) };
  const plot = { left, right: width - 2, top: 34, bottom: size.height - layout.height - 22 };
  const scale = scaleFor(plot.bottom, plot.top);
  const along = band(labels.length, plot.left, plot.right, labels.length > 40 ? 0.86 : 0.68);
  const each = stacked ? along.width : along.width / Math.max(1, found.series.length);
  const bars = svg("g", {});
  const values = svg("g", { "aria-hidden": "true" });
  stacks.forEach((pieces, i) => pieces.forEach((piece) => {
    const [from, to] = [scale.at(piece.from), scale.at(piece.to)];
    const x = along.at(i) + (stacked ? 0 : each * piece.i);
    const box = { x: round(x), y: round(Math.min(from, to)), width: round(Math.max(1, each - (stacked || each < 4 ? 0 : 1))), height: round(Math.max(Math.abs(to - from), 0.5)) };
    bars.append(barMark(context, found, found.categories[i], piece, box));
    const text = shortNumber(piece.to);
    if (found.all.length === 1 && !isTime(found.type) && along.each > textWidth(text, 11) + 8 && labels.length <= 24) {
      values.append(svg("text", { class: "bar-value", x: round(along.center(i)), y: box.y - 5, "text-anchor": "middle" }, text));
    }
  }));
  return svg("svg", frame(size),
    valueAxisLeft(scale, plot, tickFormat(found.type, scale)), bars,
    referenceLines(visual.lines, scale, plot, false), values,
    categoryAxisBottom(labels, along.center, plot, layout),
    axisTitles(plot, size, { bottom: visual.dimensions[0].title, left: valueTitle(visual) }));
}

function lyingBars(context, found, stacks, range, stacked) {
  const { visual, width } = context;
  const labels = found.categories.map((c) => c.label);
  const room = Math.min(widest(labels, FONT), Math.max(80, width * 0.36));
  const thickness = stacked || found.series.length < 2 ? 26 : 12 + 13 * found.series.length;
  const valued = found.all.length === 1 && !isTime(found.type) && labels.length <= 60;
  const after = valued ? 10 + widest(stacks.flat().map((p) => shortNumber(p.to)), 11) : 12;
  const size = { width, height: Math.max(120, labels.length * thickness + 58 + (visual.lines.length ? 14 : 0)) };
  const plot = { left: room + 10, right: width - after, top: visual.lines.length ? 20 : 6, bottom: size.height - 46 };
  const scale = linear(range[0], range[1], plot.left, plot.right, Math.max(2, Math.floor((plot.right - plot.left) / 80)), isWhole(found.type));
  const along = band(labels.length, plot.top, plot.bottom, 0.7);
  const each = stacked ? along.width : along.width / Math.max(1, found.series.length);
  const bars = svg("g", {});
  const texts = svg("g", { class: "axis", "aria-hidden": "true" });
  stacks.forEach((pieces, i) => {
    const text = svg("text", { class: "tick strong", x: plot.left - 8, y: round(along.center(i) + 4), "text-anchor": "end" }, fitted(labels[i], room, FONT));
    text.append(svg("title", {}, labels[i]));
    texts.append(text);
    for (const piece of pieces) {
      const [from, to] = [scale.at(piece.from), scale.at(piece.to)];
      const y = along.at(i) + (stacked ? 0 : each * piece.i);
      const box = { x: round(Math.min(from, to)), y: round(y), width: round(Math.max(Math.abs(to - from), 0.5)), height: round(Math.max(1, each - (stacked ? 0 : 1))) };
      bars.append(barMark(context, found, found.categories[i], piece, box));
      if (valued) {
        texts.append(svg("text", { class: "bar-value", x: round(Math.max(from, to) + 6), y: round(along.center(i) + 4) }, shortNumber(piece.to)));
      }
    }
  });
  return svg("svg", frame(size),
    valueAxisBottom(scale, plot, tickFormat(found.type, scale), true), bars, texts,
    referenceLines(visual.lines, scale, plot, true),
    axisTitles(plot, size, { bottom: valueTitle(visual) }));
}

// Of numbers and dates every so many suffice on an axis.
const thinnable = (dimension) => isTime(dimension.type) || isNumber(dimension.type);

function frame(size) {
  return { class: "chart", width: size.width, height: size.height, viewBox: `0 0 ${size.width} ${size.height}` };
}
