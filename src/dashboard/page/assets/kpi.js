// One number, and another to hold it against.

function drawKpi(context) {
  const { visual, rows } = context;
  const [value, compare] = visual.measures;
  const raw = rows[0].raw;
  const number = html("p", { class: "kpi-value", title: exactValue(raw[0], value.type) }, headline(raw[0], value.type));
  data(number, { value: raw[0] });
  const node = html("div", { class: "kpi" }, number);
  if (compare) {
    const [a, b] = [numeric(raw[0], value.type), numeric(raw[1], compare.type)];
    const change = a !== null && b ? (a - b) / Math.abs(b) : null;
    const text = change === null ? null : `${change >= 0 ? "+" : "−"}${numberFormat(1, false).format(Math.abs(change) * 100)}%`;
    node.append(data(html("p", { class: "kpi-compare" },
      text ? html("span", { class: "kpi-change" }, `${change > 0 ? "▲" : change < 0 ? "▼" : "="} ${text}`) : null,
      html("span", {}, ` against ${shownValue(raw[1], compare.type)} ${compare.title.toLowerCase()}`)), { compare: raw[1] }));
  } else if (value.title.toLowerCase() !== visual.title.toLowerCase()) {
    node.append(html("p", { class: "kpi-compare" }, value.title));
  }
  return { node };
}

// In full up to seven digits.
function headline(raw, type) {
  const value = isNumber(type) && raw !== null ? Number(raw) : NaN;
  return Math.abs(value) >= 1e7 ? numberFormat(2, true).format(value) : shownValue(raw, type);
}
