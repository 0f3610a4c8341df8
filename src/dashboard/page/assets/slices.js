// Pies and donuts.

function drawSlices(context) {
  const { visual, width } = context;
  const type = visual.measures[0].type;
  const groups = groupsOf(visual, context.rows, 0, false);
  const all = groups.map((group, i) => ({ ...group, raw: context.rows[i].groups[0], value: numeric(context.rows[i].raw[0], type), of: context.rows[i].raw[0], color: colorOfGroup(visual, 0, group.key) }));
  const drawn = all.filter((slice) => slice.value > 0 && !context.hidden.has(slice.key));
  const total = drawn.reduce((sum, slice) => sum + slice.value, 0);
  const share = (slice) => `${numberFormat(1, false).format((100 * slice.value) / total)}%`;
  const size = { width, height: 250 };
  const [cx, cy, outer] = [width / 2, 125, Math.min(116, width / 2 - 8)];
  const inner = visual.kind === "donut" ? outer * 0.62 : 0;
  const root = svg("svg", frame(size));
  let angle = -Math.PI / 2;
  for (const slice of drawn) {
    const next = angle + (slice.value / total) * 2 * Math.PI;
    const path = svg("path", { class: "slice", d: ring(cx, cy, inner, outer, angle, next), style: { fill: slice.color } });
    root.append(mark(path, {
      detail: { title: slice.label, rows: [{ name: visual.measures[0].title, value: `${shownValue(slice.of, type)} · ${share(slice)}`, color: slice.color }] },
      group: slice.raw, value: slice.of, pick: pickOf(context, [slice.raw]),
    }));
    angle = next;
  }
  // A whole makes sense of sums and counts alone.
  if (inner && /^(count|sum)$/.test(visual.measures[0].aggregate)) {
    root.append(svg("text", { class: "donut-total", x: cx, y: cy + 4, "text-anchor": "middle" }, shortNumber(total)),
      svg("text", { class: "tick", x: cx, y: cy + 24, "text-anchor": "middle" }, fitted(visual.measures[0].title, inner * 1.7, FONT)));
  }
  const legend = all.filter((slice) => slice.value > 0).map((slice) => ({
    key: slice.key, label: slice.label, color: slice.color, note: context.hidden.has(slice.key) ? "" : share(slice),
  }));
  return { node: root, legend };
}

function ring(cx, cy, inner, outer, from, to) {
  // A whole circle has no ends to go between.
  const end = Math.min(to, from + 2 * Math.PI - 1e-4);
  const at = (radius, angle) => `${round(cx + radius * Math.cos(angle))},${round(cy + radius * Math.sin(angle))}`;
  const large = end - from > Math.PI ? 1 : 0;
  const back = inner ? `L${at(inner, end)}A${inner},${inner} 0 ${large} 0 ${at(inner, from)}` : `L${cx},${cy}`;
  return `M${at(outer, from)}A${outer},${outer} 0 ${large} 1 ${at(outer, end)}${back}Z`;
}
