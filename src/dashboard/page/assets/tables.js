// Tables: the kind of visual, and every chart's alternative with its exact numbers.

const FIRST_ROWS = 100;

// The columns of a visual as a table: groups (with ids where labels are shown), then measures.
function tableColumns(visual, rows) {
  if (visual.kind === "histogram") {
    const plain = (title, type, of) => ({ title, type, right: true, raw: of, shown: (row) => exactValue(of(row), type) });
    return [plain("From", "double", (r) => r.lower), plain("To", "double", (r) => r.upper), plain("Rows", "bigint", (r) => r.raw[0])];
  }
  const dimensions = visual.dimensions.map((dimension, at) => {
    const labels = new Map(groupsOf(visual, rows, at, false).map((g) => [g.key, g.label]));
    return { title: dimension.title, type: dimension.labelled ? "string" : dimension.type, right: false, at,
      raw: (row) => row.groups[at], order: (row) => (dimension.labelled ? labels.get(keyOf(row.groups[at])) : row.groups[at]),
      shown: (row) => labels.get(keyOf(row.groups[at])) };
  });
  const measures = visual.measures.map((measure, i) => ({
    title: measure.title, type: measure.type, right: isNumber(measure.type), value: i,
    raw: (row) => row.raw[i], shown: (row) => shownValue(row.raw[i], measure.type),
    exact: (row) => exactValue(row.raw[i], measure.type),
  }));
  return [...dimensions, ...measures];
}

// A table of rows. `exact`: all digits; `sort`: { column, down } or null, `onSort` makes headers buttons.
function dataTable(visual, rows, { exact, sort, onSort, caption, context }) {
  const columns = tableColumns(visual, rows);
  let ordered = rows;
  if (sort) {
    const column = columns[sort.column];
    const compare = compareGroups(column.type);
    const of = column.order || column.raw;
    ordered = [...rows].sort((a, b) => {
      const [x, y] = [of(a), of(b)];
      if (x === null || y === null) return compare(x, y);
      return sort.down ? compare(y, x) : compare(x, y);
    });
  }
  const head = html("tr", {}, columns.map((column, i) => {
    const direction = sort && sort.column === i ? (sort.down ? "descending" : "ascending") : null;
    const title = onSort
      ? html("button", { type: "button", class: "sorter", on: { click: () => onSort(i) } }, column.title, html("span", { class: "sort-sign", "aria-hidden": "true" }, direction ? (sort.down ? "↓" : "↑") : "↕"))
      : column.title;
    return html("th", { scope: "col", class: column.right ? "number" : null, "aria-sort": onSort ? direction || "none" : null }, title);
  }));
  const body = html("tbody", {});
  const fill = (count) => {
    for (const row of ordered.slice(body.children.length, count)) body.append(tableRow(visual, columns, row, exact, context));
  };
  fill(FIRST_ROWS);
  const table = html("table", {}, html("caption", { class: "unseen" }, caption), html("thead", {}, head), body);
  if (ordered.length <= FIRST_ROWS) return table;
  const more = html("button", { type: "button", class: "quiet-button", on: { click: () => { fill(Infinity); more.remove(); } } }, `Show all ${plural(ordered.length, "row", "rows")}`);
  return html("div", {}, table, more);
}

function tableRow(visual, columns, row, exact, context) {
  return html("tr", {}, columns.map((column, i) => {
    const value = column.raw(row);
    const cell = html(i === 0 && column.at !== undefined ? "th" : "td", { class: column.right ? "number" : null, scope: i === 0 && column.at !== undefined ? "row" : null });
    data(cell, { value });
    const text = exact && column.exact ? column.exact(row) : column.shown(row);
    const pick = context && column.at !== undefined ? pickOf(context, row.groups.map((g, at) => (at === column.at ? g : undefined))) : null;
    if (pick) {
      cell.append(html("button", { type: "button", class: "cell-button", "aria-pressed": String(pick.chosen), "data-pick": pick.key, on: { click: () => context.pick(pick) } }, text));
    } else {
      cell.append(text);
      if (column.exact && column.exact(row) !== text) cell.title = column.exact(row);
    }
    return cell;
  }));
}

function drawTable(context) {
  const { visual, rows } = context;
  const wrap = scroller(visual.title);
  const draw = () => {
    const onSort = (column) => {
      const same = visual.tableSort && visual.tableSort.column === column;
      const first = tableColumns(visual, rows)[column].right;
      visual.tableSort = { column, down: same ? !visual.tableSort.down : first };
      draw();
      wrap.querySelectorAll(".sorter")[column].focus();
    };
    wrap.replaceChildren(dataTable(visual, rows, { exact: false, sort: visual.tableSort, onSort, caption: visual.title, context }));
  };
  draw();
  return { node: wrap };
}

// Wide tables scroll in their own box, also by keyboard.
function scroller(name) {
  return html("div", { class: "scroll", tabindex: "0", role: "region", "aria-label": `${name}, table` });
}
