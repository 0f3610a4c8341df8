// The embedded data: every visual's result, and the rows of it that belong to the choices made.

const ALL = "\u0000all";

// A column is a list of values, or a list of distinct values and a list of places in it.
function unpacked(column) {
  return Array.isArray(column) ? column : column.at.map((place) => (place < 0 ? null : column.of[place]));
}

function readVisual(visual) {
  const columns = (visual.data || []).map(unpacked);
  const find = (role, of) => visual.columns.findIndex((c) => c.role === role && (of === undefined || c.of === of));
  const of = (role) => visual.columns.filter((c) => c.role === role).map((c) => ({ name: c.of, values: columns[visual.columns.indexOf(c)] }));
  const controls = [...of("parameter"), ...of("filter")];
  const result = { parameters: of("parameter"), filters: of("filter"), combinations: new Map() };
  const places = (role, count) => Array.from({ length: count }, (_, i) => find(role, i));
  const dimensions = visual.kind === "histogram" ? 1 : visual.dimensions.length;
  const measures = visual.kind === "histogram" ? 1 : visual.measures.length;
  const groups = places("group", dimensions);
  const labels = places("label", dimensions);
  const values = places("value", measures);
  const [lower, upper] = [find("lower"), find("upper")];
  for (let row = 0; row < (visual.rows || 0); row += 1) {
    const key = controls.map((c) => keyOf(c.values[row])).join("\u0001");
    if (!result.combinations.has(key)) result.combinations.set(key, []);
    result.combinations.get(key).push(row);
  }
  // Most combinations are never looked at: rows are made when they are.
  result.row = (row) => ({
    groups: groups.map((c) => columns[c][row]),
    labels: labels.map((c) => (c < 0 ? null : columns[c][row])),
    raw: values.map((c) => columns[c][row]),
    lower: lower < 0 ? null : columns[lower][row],
    upper: upper < 0 ? null : columns[upper][row],
  });
  return result;
}

const keyOf = (value) => (value === null || value === undefined ? ALL : String(value));

// The rows under the choices; an aggregate over no rows at all is one row still.
function rowsOf(visual, choices) {
  const { parameters, filters, combinations } = visual.result;
  const key = [
    ...parameters.map((p) => keyOf(choices.parameters.get(p.name))),
    ...filters.map((f) => keyOf(choices.filters.get(f.name))),
  ].join("\u0001");
  const rows = combinations.get(key);
  if (rows) return rows.map(visual.result.row);
  if (visual.kind !== "histogram" && visual.dimensions.length === 0) {
    return [{ groups: [], labels: [], raw: visual.measures.map((m) => m.over_nothing), lower: null, upper: null }];
  }
  return [];
}

// By type, NULL last.
function compareGroups(type) {
  const number = isNumber(type);
  return (a, b) => {
    if (a === b) return 0;
    if (a === null) return 1;
    if (b === null) return -1;
    if (number) return Number(a) - Number(b);
    return String(a) < String(b) ? -1 : 1;
  };
}

// The distinct groups of a dimension in the rows, with the texts to show; equal labels of different groups get the id added.
function groupsOf(visual, rows, at, sorted) {
  const dimension = visual.dimensions[at];
  const found = new Map();
  for (const row of rows) {
    const key = keyOf(row.groups[at]);
    if (!found.has(key)) {
      const named = dimension.labelled && row.labels[at] !== null && String(row.labels[at]).trim() !== "";
      const label = named ? String(row.labels[at]) : shownGroup(row.groups[at], dimension);
      found.set(key, { key, raw: row.groups[at], label });
    }
  }
  const groups = [...found.values()];
  const counts = new Map();
  for (const group of groups) counts.set(group.label, (counts.get(group.label) || 0) + 1);
  for (const group of groups) {
    if (dimension.labelled && counts.get(group.label) > 1) group.label = `${group.label} (${shownGroup(group.raw, dimension)})`;
  }
  const compare = compareGroups(dimension.type);
  return sorted ? groups.sort((a, b) => compare(a.raw, b.raw)) : groups;
}

// The values that a filter offers: those that any visual of the sheet was counted under.
function choicesOf(filter, sheet) {
  const found = new Map();
  for (const visual of sheet.visuals) {
    for (const column of visual.result.filters.filter((f) => f.name === filter.id)) {
      for (const value of column.values) if (value !== null) found.set(keyOf(value), value);
    }
  }
  return [...found.values()].sort(compareGroups(filter.type));
}

// The filter of the sheet that a dimension's groups are values of.
function filterOf(visual, at) {
  const dimension = visual.dimensions[at];
  const rounded = dimension.granularity && !(dimension.granularity === "day" && dimension.type === "date");
  if (rounded) return null;
  return visual.sheet.filters.find((f) => f.dataset === visual.dataset && f.column === dimension.column) || null;
}
