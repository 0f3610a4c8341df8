// A visual's card: title, drawing, legend, and the same numbers as a table.

const DRAW = {
  kpi: drawKpi, bar: drawBars, stacked_bar: drawBars, line: drawLines, area: drawLines, pie: drawSlices, donut: drawSlices,
  heatmap: drawHeatmap, scatter: drawScatter, histogram: drawHistogram, table: drawTable, pivot_table: drawPivot, gauge: drawGauge, treemap: drawTreemap,
};
const TEXTUAL = new Set(["kpi", "table", "pivot_table"]);

function card(visual, page) {
  const titleId = newId("title");
  const body = html("div", { class: "body" });
  const heading = html("header", { class: "card-head" }, html("h3", { id: titleId }, visual.title), visual.subtitle ? html("p", { class: "subtitle" }, visual.subtitle) : null);
  const figure = html("figure", { class: `card kind-${visual.kind}`, role: "figure", "aria-labelledby": titleId, "data-visual": visual.id, "data-kind": visual.kind }, heading, body);
  figure.style.setProperty("--span", String(visual.width));
  const view = { visual, figure, body, hidden: new Set(), drawnWidth: 0, stale: true };
  if (!TEXTUAL.has(visual.kind) && !visual.error) {
    view.table = html("div", { class: "alternative" });
    view.switch = html("details", { class: "as-table", on: { toggle: () => fillAlternative(view, page) } }, html("summary", {}, "Show as table"), view.table);
    figure.append(view.switch);
  }
  return view;
}

// Draws a card at its present width.
function drawCard(view, page) {
  const { visual, body } = view;
  const width = Math.floor(body.clientWidth);
  if (!width) return;
  view.drawnWidth = width;
  view.stale = false;
  const focused = body.contains(document.activeElement) ? document.activeElement : null;
  const place = focused && focused.classList.contains("mark") ? [...body.querySelectorAll(".mark")].indexOf(focused) : -1;
  const series = focused && focused.dataset.series !== undefined && !focused.classList.contains("mark") ? focused.dataset.series : null;
  hideTooltip();
  body.replaceChildren(...content(view, page, width));
  if (place >= 0) {
    const marks = body.querySelectorAll(".mark");
    if (marks.length) marks[Math.min(place, marks.length - 1)].focus();
  }
  if (series !== null) [...body.querySelectorAll("button[data-series]")].find((b) => b.dataset.series === series)?.focus();
  fillAlternative(view, page);
}

function content(view, page, width) {
  const { visual } = view;
  if (visual.error) return [message("This visual could not be computed.", visual.error, "error")];
  const choices = page.choicesFor(visual);
  const rows = rowsOf(visual, choices);
  if (!rows.length) return [message("No data", visual.result.combinations.size ? "Nothing matches the present choice." : "The query returned no rows.", "empty")];
  const context = { visual, rows, choices, width, hidden: view.hidden, pick: page.pick, offers: page.offers };
  try {
    const drawn = DRAW[visual.kind](context);
    if (drawn.node instanceof SVGElement) {
      drawn.node.setAttribute("role", "group");
      drawn.node.setAttribute("aria-roledescription", "chart");
      drawn.node.setAttribute("aria-label", `${visual.title}: ${visual.kind.replace("_", " ")} chart, ${plural(rows.length, "value", "values")}. Arrow keys go through them.`);
      listen(drawn.node, context);
    }
    const toggle = (key) => {
      if (!view.hidden.delete(key)) view.hidden.add(key);
      // Of nothing there is nothing to see: then all of it again.
      if (drawn.legend.every((entry) => view.hidden.has(entry.key))) view.hidden.clear();
      drawCard(view, page);
    };
    const plot = html("div", { class: "plot" }, drawn.node);
    return [plot, drawn.legend ? legend(drawn.legend, view.hidden, toggle) : null, drawn.scale ? scaleLegend(drawn.scale) : null].filter(Boolean);
  } catch (fault) {
    console.error(fault);
    return [message("This visual could not be drawn.", String(fault), "error")];
  }
}

function message(title, text, kind) {
  return html("div", { class: `message ${kind}`, role: kind === "error" ? "alert" : "status" }, html("p", { class: "message-title" }, title), html("p", {}, text));
}

// The table is written when it is first opened, and anew whenever the choice changes.
function fillAlternative(view, page) {
  if (!view.switch) return;
  if (!view.switch.open) {
    view.table.replaceChildren();
    return;
  }
  const rows = rowsOf(view.visual, page.choicesFor(view.visual));
  const wrap = scroller(view.visual.title);
  wrap.append(rows.length ? dataTable(view.visual, rows, { exact: true, sort: null, caption: view.visual.title }) : message("No data", "", "empty"));
  view.table.replaceChildren(wrap);
}
