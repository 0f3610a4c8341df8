// Bars, lines and areas share this: categories, series, and the cell of each pair.

function seriesOf(context) {
  const { visual, rows } = context;
  const categories = groupsOf(visual, rows, 0, false);
  const colored = visual.dimensions.length > 1;
  const all = colored
    ? groupsOf(visual, rows, 1, true).map((group) => ({ key: group.key, raw: group.raw, label: group.label, color: colorOfGroup(visual, 1, group.key), measure: 0 }))
    : visual.measures.map((measure, i) => ({ key: `measure ${i}`, raw: undefined, label: measure.title, color: seriesColor(i, visual.measures.length === 1 ? visual.paint : null), measure: i }));
  const cells = new Map(rows.map((row) => [`${keyOf(row.groups[0])}\u0001${colored ? keyOf(row.groups[1]) : ""}`, row]));
  const cell = (category, series) => {
    const row = cells.get(`${category.key}\u0001${colored ? series.key : ""}`);
    if (!row) return null;
    const raw = row.raw[series.measure];
    return { row, raw, value: numeric(raw, visual.measures[series.measure].type) };
  };
  const series = all.filter((s) => !context.hidden.has(s.key));
  const type = visual.measures[0].type;
  return { categories, series, all, cell, colored, type };
}

// The colour of a group stays the same whatever is chosen. Where there are more groups than colours, the largest get them.
function colorOfGroup(visual, at, key) {
  if (!visual.colors) visual.colors = new Map();
  if (!visual.colors.has(at)) {
    const rows = Array.from({ length: visual.rows }, (_, row) => visual.result.row(row));
    const groups = groupsOf(visual, rows, at, true).filter((group) => group.raw !== null);
    if (groups.length > PALETTE) {
      const sizes = new Map();
      for (const row of rows) {
        const of = keyOf(row.groups[at]);
        sizes.set(of, (sizes.get(of) || 0) + Math.abs(numeric(row.raw[0], visual.measures[0].type) || 0));
      }
      groups.sort((a, b) => sizes.get(b.key) - sizes.get(a.key));
    }
    visual.colors.set(at, new Map(groups.map((group, i) => [group.key, seriesColor(i)])));
  }
  return visual.colors.get(at).get(key) || NO_GROUP;
}

// What a mark of a cell says.
function cellDetail(visual, category, series, raw) {
  return { title: category.label, rows: [{ name: series.label, value: shownValue(raw, visual.measures[series.measure].type), color: series.color }] };
}

// The title of the value axis: the measure's, where all series are of one.
const valueTitle = (visual) => (visual.measures.length === 1 ? visual.measures[0].title : null);

function legendOf(found) {
  return found.all.length > 1 ? found.all.map(({ key, label, color }) => ({ key, label, color })) : null;
}

// A tick's text for values of a type.
function tickFormat(type, scale) {
  if (isTime(type)) return (tick) => shownTime(new Date(tick).toISOString().slice(0, 19).replace("T", " "), "day");
  return (tick) => tickText(tick, scale.step);
}

const isWhole = (type) => /^(int|bigint)$/.test(type);
