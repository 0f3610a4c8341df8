// The page: reads the embedded data, makes the sheets, draws what is in sight first.

function start() {
  const source = JSON.parse(document.getElementById("dashboard-data").textContent);
  const page = {
    parameters: new Map(source.parameters.map((p) => [p.name, p.default])),
    filters: new Map(source.sheets.flatMap((s) => s.filters.map((f) => [f.id, null]))),
    shown: 0,
  };
  for (const sheet of source.sheets) {
    for (const visual of sheet.visuals) {
      visual.sheet = sheet;
      visual.result = readVisual(visual);
    }
    sheet.options = new Map(sheet.filters.map((f) => [f.id, new Set(choicesOf(f, sheet).map(keyOf))]));
  }
  page.choicesFor = () => ({ parameters: page.parameters, filters: page.filters });
  page.offers = (filter, value) => source.sheets.some((s) => s.options.has(filter.id) && s.options.get(filter.id).has(keyOf(value)));
  page.setFilter = (id, value) => {
    page.filters.set(id, value);
    for (const control of document.querySelectorAll("select[data-filter]")) if (control.dataset.filter === id) control.value = keyOf(value);
    changed((visual) => visual.result.filters.some((f) => f.name === id));
  };
  page.setParameter = (name, value) => {
    page.parameters.set(name, value);
    for (const control of document.querySelectorAll("select[data-parameter]")) if (control.dataset.parameter === name) control.value = String(value);
    changed((visual) => visual.result.parameters.some((p) => p.name === name));
  };
  page.pick = ({ filter, value, chosen }) => page.setFilter(filter.id, chosen ? null : value);

  const panels = source.sheets.map((sheet) => sheetPanel(sheet, source, page));
  const views = panels.flatMap((panel) => panel.views);
  const tabs = source.sheets.length > 1 ? tabList(source.sheets, show) : null;
  const main = document.getElementById("sheets");
  if (tabs) main.append(tabs.node);
  main.append(...panels.map((panel) => panel.node));
  document.getElementById("appearance").append(appearanceButton());

  // Draws what is stale: at once what is in sight, the rest when there is time.
  let waiting = null;
  function drawStale() {
    const stale = views.filter((view) => view.stale && view.body.clientWidth > 0);
    const inSight = stale.filter((view) => { const box = view.figure.getBoundingClientRect(); return box.top < innerHeight * 1.2 && box.bottom > -100; });
    for (const view of inSight) drawCard(view, page);
    if (inSight.length && !performance.getEntriesByName("first-chart").length) performance.mark("first-chart");
    if (waiting) return;
    // In pieces, so that the page stays answerable.
    waiting = setTimeout(function work() {
      waiting = null;
      const until = performance.now() + 12;
      const rest = views.filter((view) => view.stale && view.body.clientWidth > 0);
      while (rest.length && performance.now() < until) drawCard(rest.shift(), page);
      if (rest.length) waiting = setTimeout(work, 0);
      else finished();
    }, 0);
  }
  function finished() {
    document.documentElement.dataset.drawn = String(source.sheets[page.shown].id);
    if (!performance.getEntriesByName("all-charts").length) performance.mark("all-charts");
  }
  function changed(concerns) {
    delete document.documentElement.dataset.drawn;
    for (const view of views) if (concerns(view.visual)) view.stale = true;
    drawStale();
  }
  function show(at) {
    page.shown = at;
    panels.forEach((panel, i) => { panel.node.hidden = i !== at; });
    if (tabs) tabs.mark(at);
    changed(() => false);
  }
  const sizes = new ResizeObserver((entries) => {
    for (const { target } of entries) {
      const view = target.view;
      if (Math.abs(Math.floor(view.body.clientWidth) - view.drawnWidth) > 1) view.stale = true;
    }
    drawStale();
  });
  for (const view of views) {
    view.body.view = view;
    sizes.observe(view.body);
  }
  addEventListener("scroll", () => { if (views.some((view) => view.stale)) drawStale(); }, { passive: true });
  // On paper stand all sheets.
  addEventListener("beforeprint", () => {
    panels.forEach((panel) => { panel.node.hidden = false; });
    for (const view of views) drawCard(view, page);
  });
  addEventListener("afterprint", () => show(page.shown));
  addEventListener("hashchange", () => toHash());
  function toHash() {
    const at = source.sheets.findIndex((sheet) => `#${sheet.id}` === location.hash);
    if (at >= 0) show(at);
    return at >= 0;
  }
  if (!toHash()) show(0);
}

function sheetPanel(sheet, source, page) {
  const views = sheet.visuals.map((visual) => card(visual, page));
  const used = new Set(sheet.visuals.flatMap((visual) => visual.result.parameters.map((p) => p.name)));
  const controls = [
    ...source.parameters.filter((p) => used.has(p.name)).map((p) => parameterControl(p, page)),
    ...sheet.filters.filter((f) => sheet.visuals.some((v) => v.result.filters.some((of) => of.name === f.id))).map((f) => filterControl(f, sheet, page)),
  ];
  const named = source.sheets.length > 1 ? { role: "tabpanel", "aria-labelledby": `tab-${sheet.id}` } : { role: "region", "aria-label": sheet.title };
  const node = html("section", { class: "sheet", id: `sheet-${sheet.id}`, ...named },
    html("h2", { class: source.sheets.length > 1 ? "print-only" : null }, sheet.title),
    sheet.description ? html("p", { class: "sheet-description" }, sheet.description) : null,
    controls.length ? html("div", { class: "controls", role: "group", "aria-label": "Filters" }, controls) : null,
    html("div", { class: "grid" }, views.map((view) => view.figure)));
  return { node, views };
}

start();
