// A dial: half a ring from one end of the range to the other.

function drawGauge(context) {
  const { visual, rows, width } = context;
  const [low, high] = visual.range;
  const type = visual.measures[0].type;
  const value = numeric(rows[0].raw[0], type);
  const target = visual.measures[1] ? numeric(rows[0].raw[1], visual.measures[1].type) : null;
  const outer = Math.min(120, width / 2 - 12);
  const inner = outer * 0.76;
  const size = { width, height: Math.round(outer + 52) };
  const [cx, cy] = [width / 2, outer + 12];
  const angle = (v) => Math.PI + Math.PI * Math.max(0, Math.min(1, (v - low) / (high - low)));
  const root = svg("svg", frame(size), svg("path", { class: "gauge-rest", d: ring(cx, cy, inner, outer, Math.PI, 2 * Math.PI) }));
  const detail = { title: visual.measures[0].title, rows: [{ name: "Value", value: shownValue(rows[0].raw[0], type) }] };
  if (target !== null) detail.rows.push({ name: visual.measures[1].title, value: shownValue(rows[0].raw[1], visual.measures[1].type) });
  const arc = svg("path", { d: ring(cx, cy, inner, outer, Math.PI, value === null ? Math.PI : Math.max(angle(value), Math.PI + 0.004)), style: { fill: seriesColor(0, visual.paint) } });
  root.append(mark(arc, { detail, value: rows[0].raw[0] }));
  if (target !== null) {
    const at = (radius) => ({ x: round(cx + radius * Math.cos(angle(target))), y: round(cy + radius * Math.sin(angle(target))) });
    const [from, to] = [at(inner - 6), at(outer + 6)];
    root.append(data(svg("line", { class: "gauge-target", x1: from.x, y1: from.y, x2: to.x, y2: to.y }), { target: rows[0].raw[1] }));
  }
  const middle = (outer + inner) / 2;
  root.append(
    svg("text", { class: "gauge-value", x: cx, y: cy - 8, "text-anchor": "middle" }, shownValue(rows[0].raw[0], type)),
    svg("text", { class: "tick", x: cx - middle, y: cy + 18, "text-anchor": "middle" }, shortNumber(low)),
    svg("text", { class: "tick", x: cx + middle, y: cy + 18, "text-anchor": "middle" }, shortNumber(high)));
  if (target !== null) {
    root.append(svg("text", { class: "tick", x: cx, y: cy + 18, "text-anchor": "middle" }, `${visual.measures[1].title}: ${shownValue(rows[0].raw[1], visual.measures[1].type)}`));
  }
  return { node: root };
}
