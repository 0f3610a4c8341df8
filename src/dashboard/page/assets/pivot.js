// Pivot tables: cells by rows and columns.

function drawPivot(context) {
  const { visual, rows } = context;
  const downs = visual.dimensions.map((d, at) => at).filter((at) => visual.dimensions[at].part === "rows");
  const acrosses = visual.dimensions.map((d, at) => at).filter((at) => visual.dimensions[at].part === "columns");
  const labels = visual.dimensions.map((_, at) => new Map(groupsOf(visual, rows, at, false).map((g) => [g.key, g.label])));
  const distinct = (places) => {
    const found = new Map(rows.map((row) => [places.map((at) => keyOf(row.groups[at])).join("\u0001"), places.map((at) => row.groups[at])]));
    const compare = places.map((at) => compareGroups(visual.dimensions[at].type));
    return [...found].sort(([, a], [, b]) => compare.reduce((order, of, i) => order || of(a[i], b[i]), 0));
  };
  const [down, across] = [distinct(downs), distinct(acrosses)];
  const cells = new Map(rows.map((row) => [[downs, acrosses].map((places) => places.map((at) => keyOf(row.groups[at])).join("\u0001")).join("\u0002"), row]));
  const label = (at, raw) => labels[at].get(keyOf(raw));
  const several = visual.measures.length > 1;
  const head = acrosses.map((at, level) => html("tr", {},
    level === 0 ? downs.map((d) => html("th", { scope: "col", rowspan: String(acrosses.length + (several ? 1 : 0)) }, visual.dimensions[d].title)) : null,
    across.map(([, groups]) => html("th", { scope: "colgroup", class: "number", colspan: String(visual.measures.length) }, label(at, groups[level])))));
  if (several || !acrosses.length) {
    head.push(html("tr", {}, acrosses.length ? null : downs.map((d) => html("th", { scope: "col" }, visual.dimensions[d].title)),
      (across.length ? across : [["", []]]).map(() => visual.measures.map((m) => html("th", { scope: "col", class: "number" }, m.title)))));
  }
  const body = down.map(([key, groups], i) => html("tr", {},
    groups.map((raw, level) => {
      const same = i > 0 && level < groups.length - 1 && groups.slice(0, level + 1).every((g, j) => keyOf(g) === keyOf(down[i - 1][1][j]));
      return html("th", { scope: "row", class: same ? "repeated" : null }, label(downs[level], raw));
    }),
    (across.length ? across : [["", []]]).map(([acrossKey, acrossGroups]) => visual.measures.map((measure, m) => {
      const row = cells.get(`${key}\u0002${acrossKey}`);
      const cell = html("td", { class: "number" }, row ? shownValue(row.raw[m], measure.type) : "");
      if (row) data(cell, { group: groups.map(keyOf).join("|"), series: acrossGroups.map(keyOf).join("|"), value: row.raw[m], measure: m });
      return cell;
    }))));
  const wrap = scroller(visual.title);
  const title = several ? null : html("p", { class: "pivot-measure" }, visual.measures[0].title);
  wrap.append(html("table", { class: "pivot" }, html("caption", { class: "unseen" }, visual.title), html("thead", {}, head), html("tbody", {}, body)));
  return { node: html("div", {}, title, wrap) };
}
