"""Opens a dashboard's page in headless Chromium and judges it.

    dashboard_page.py FOLDER [--screenshots FOLDER] [--bench]

FOLDER holds page.html and results.json: for each visual its kind, its result's columns and rows, as the queries gave them.
Asserts: no console error, no request, every visual drawn with exactly the numbers of its result under every tried choice,
tooltips, legends, cross-filter, keyboard, table alternatives, no overflow. Prints page weight and times.
"""

import argparse
import collections
import json
import pathlib
import tempfile

from playwright.sync_api import sync_playwright

FLAGS = [
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update",
    "--disable-sync", "--no-first-run", "--disable-default-apps", "--force-color-profile=srgb",
]
ALL = "\u0000all"

# The numbers of a visual as they stand in the page.
READ = """(id) => {
  const figure = [...document.querySelectorAll('figure[data-visual]')].find((f) => f.dataset.visual === id);
  const body = figure.querySelector('.body');
  const of = (e, name) => e.hasAttribute(`data-${name}-null`) ? null : e.getAttribute(`data-${name}`);
  const pick = (selector, ...names) => [...body.querySelectorAll(selector)].map((e) => names.map((n) => of(e, n)));
  return {
    message: body.querySelector('.message')?.textContent ?? null,
    marks: pick('.mark[data-value], .dot[data-value]', 'group', 'series', 'value'),
    points: pick('.point', 'group', 'series', 'x', 'value', 'size'),
    bins: pick('.mark', 'group', 'from', 'to', 'value'),
    kpi: pick('.kpi-value', 'value').concat(pick('.kpi-compare[data-compare]', 'compare')),
    target: pick('.gauge-target', 'target'),
    table: [...body.querySelectorAll('tbody tr')].map((r) => [...r.children].map((c) => of(c, 'value'))),
    pivot: pick('td[data-value]', 'group', 'series', 'measure', 'value'),
    references: pick('.reference', 'reference'),
    alternative: [...figure.querySelectorAll('.alternative tbody tr')].map((r) => [...r.children].map((c) => of(c, 'value'))),
  };
}"""


def number(text):
    """A value as both sides are compared: numbers by what they are, all else as text."""
    if text is None:
        return None
    try:
        return float(text)
    except (TypeError, ValueError):
        return str(text)


def numbers(lines):
    return collections.Counter(tuple(number(v) for v in line) for line in lines)


class Result:
    """A visual's result, as its query gave it."""

    def __init__(self, visual):
        self.kind = visual["kind"]
        self.columns = visual["columns"]
        self.rows = visual["rows"]
        self.empty = visual.get("over_nothing", [])

    def places(self, role):
        return [i for i, c in enumerate(self.columns) if c["role"] == role]

    def under(self, parameters, filters):
        """The rows of a combination: { parameter: index }, { filter: value or None }."""
        def chosen(row):
            for i, c in enumerate(self.columns):
                if c["role"] == "parameter" and row[i] != str(parameters[c["of"]]):
                    return False
                if c["role"] == "filter" and row[i] != filters.get(c["of"]):
                    return False
            return True
        return [row for row in self.rows if chosen(row)]

    def cut(self, rows, *roles):
        places = [i for role in roles for i in self.places(role)]
        return [[row[i] for i in places] for row in rows]


class Judge:
    def __init__(self, page, results, source):
        self.page = page
        self.results = {id: Result(v) for id, v in results.items()}
        self.source = source
        self.parameters = {p["name"]: p["default"] for p in source["parameters"]}
        self.filters = {}
        self.checked = self.labels = 0

    def drawn(self):
        self.page.wait_for_selector("html[data-drawn]", state="attached")

    def held(self, visual):
        """The page shows what the result says under the present choice."""
        id, kind = visual["id"], visual["kind"]
        shown = self.page.evaluate(READ, id)
        if visual.get("error"):
            assert visual["error"] in shown["message"], (id, shown["message"])
            return
        result = self.results[id]
        rows = result.under(self.parameters, self.filters)
        if not rows and kind in ("kpi", "gauge"):
            rows = [[None] * len(result.places("parameter") + result.places("filter")) + result.empty]
        if not rows:
            assert shown["message"] and "No data" in shown["message"], (id, shown["message"])
            return
        assert shown["message"] is None, (id, shown["message"])
        values = result.places("value")
        groups = result.places("group")
        expected, found = self.expectation(visual, result, rows, groups, values, shown)
        assert numbers(expected) == numbers(found), (
            id, self.filters, numbers(expected) - numbers(found), numbers(found) - numbers(expected))
        if visual.get("lines"):
            assert numbers([[line["value"]] for line in visual["lines"]]) == numbers(shown["references"]), id
        self.checked += sum(numbers(found).values())

    def expectation(self, visual, result, rows, groups, values, shown):
        kind = visual["kind"]
        cells = [[row[g] for g in groups] + [row[v] for v in values] for row in rows]
        titles = [m["title"] for m in visual["measures"]]
        if kind == "kpi":
            return [[row[v]] for row in rows for v in values], shown["kpi"]
        if kind == "gauge":
            return [[row[v]] for row in rows for v in values], [[m[2]] for m in shown["marks"]] + shown["target"]
        if kind in ("bar", "stacked_bar", "line", "area"):
            if len(groups) == 2:
                expected = [cell for cell in cells if cell[2] is not None]
            else:
                expected = [[c[0], t, c[1 + i]] for c in cells for i, t in enumerate(titles) if c[1 + i] is not None]
            return expected, shown["marks"]
        if kind in ("pie", "donut"):
            return [[c[0], None, c[1]] for c in cells if c[1] is not None and float(c[1]) > 0], shown["marks"]
        if kind == "heatmap":
            return cells, shown["marks"]
        if kind == "scatter":
            size = len(values) > 2
            expected = [[row[groups[0]], row[groups[1]] if len(groups) > 1 else None] + [row[v] for v in values[:2]] +
                        [row[values[2]] if size else None] for row in rows if None not in (row[values[0]], row[values[1]])]
            return expected, shown["points"]
        if kind == "histogram":
            return [[row[groups[0]], row[result.places("lower")[0]], row[result.places("upper")[0]], row[values[0]]]
                    for row in rows], shown["bins"]
        if kind == "table":
            return cells[:100], shown["table"]
        if kind == "treemap":
            last = len(groups) - 1
            return [[c[0], c[last] if last else None, c[len(groups)]] for c in cells if c[len(groups)] and float(c[len(groups)]) > 0], shown["marks"]
        assert kind == "pivot_table", kind
        down = [i for i, d in enumerate(visual["dimensions"]) if d["part"] == "rows"]
        across = [i for i, d in enumerate(visual["dimensions"]) if d["part"] == "columns"]
        joined = lambda row, at: "|".join(ALL if row[groups[i]] is None else row[groups[i]] for i in at)
        return [[joined(row, down), joined(row, across), m, row[v]] for row in rows for m, v in enumerate(values)], shown["pivot"]

    def sheet(self, at):
        tabs = self.page.query_selector_all('[role="tab"]')
        if tabs:
            tabs[at].click()
        self.drawn()
        return self.source["sheets"][at]

    def all_held(self, sheet):
        self.drawn()
        for visual in sheet["visuals"]:
            self.held(visual)

    def alternatives(self, sheet):
        """Each chart's table holds every number of its result."""
        for summary in self.page.query_selector_all('section:not([hidden]) .as-table > summary'):
            summary.click()
        for visual in sheet["visuals"]:
            if visual["kind"] in ("kpi", "table", "pivot_table") or visual.get("error"):
                continue
            result = self.results[visual["id"]]
            rows = result.under(self.parameters, self.filters)
            roles = ("lower", "upper", "value") if visual["kind"] == "histogram" else ("group", "value")
            more = self.page.query_selector(f'figure[data-visual="{visual["id"]}"] .alternative .quiet-button')
            if more:
                more.click()
            shown = self.page.evaluate(READ, visual["id"])["alternative"]
            assert numbers(result.cut(rows, *roles)) == numbers(shown), visual["id"]
            for at, dimension in enumerate(visual["dimensions"]):
                if dimension["labelled"]:
                    self.one_text_a_group(visual["id"], at)
        for summary in self.page.query_selector_all('section:not([hidden]) .as-table[open] > summary'):
            summary.click()

    def one_text_a_group(self, id, at):
        """Groups are told apart by what is shown, also where they share a label."""
        pairs = self.page.eval_on_selector_all(
            f'figure[data-visual="{id}"] .alternative tbody tr',
            "(rows, at) => rows.map((r) => [r.children[at].textContent, r.children[at].dataset.value])", at)
        texts = collections.defaultdict(set)
        for text, group in pairs:
            texts[text].add(group)
        shared = {text: groups for text, groups in texts.items() if len(groups) > 1}
        assert not shared, (id, shared)
        self.labels += len(texts)

    def tooltips_and_keys(self, sheet):
        """A mark answers to the pointer and to the keyboard alike."""
        for visual in sheet["visuals"]:
            mark = self.page.query_selector(f'figure[data-visual="{visual["id"]}"] svg .mark')
            if not mark:
                continue
            mark.scroll_into_view_if_needed()
            box = mark.bounding_box()
            spot = self.page.evaluate("""(m) => {
              const b = m.getBoundingClientRect();
              for (let i = 1; i < 20; i += 1) for (let j = 1; j < 20; j += 1) {
                const [x, y] = [b.left + b.width * i / 20, b.top + b.height * j / 20];
                if (document.elementFromPoint(x, y) === m) return [x, y];
              }
              return null;
            }""", mark)
            assert spot or box["width"] * box["height"] < 40 or visual["kind"] == "scatter", (visual["id"], box)
            if spot:
                self.page.mouse.move(*spot)
                shown = self.page.wait_for_selector(".tooltip.shown").inner_text()
                spoken = mark.get_attribute("aria-label")
                assert shown.split("\n")[0] in spoken, (visual["id"], shown, spoken)
                self.page.mouse.move(0, 0)
            first = self.page.query_selector(f'figure[data-visual="{visual["id"]}"] .mark[tabindex="0"]')
            assert first, f"{visual['id']}: no mark is in the order of Tab"
            first.focus()
            before = self.page.evaluate("document.activeElement.getAttribute('aria-label')")
            self.page.keyboard.press("End")
            label = self.page.evaluate("document.activeElement.getAttribute('aria-label')")
            marks = self.page.query_selector_all(f'figure[data-visual="{visual["id"]}"] .mark')
            assert label == marks[-1].get_attribute("aria-label"), (visual["id"], before, label)
            assert self.page.query_selector(".tooltip.shown"), f"{visual['id']}: focus by key shows no tooltip"
            self.page.keyboard.press("Escape")

    def tab_reaches_everything(self):
        """Tab alone goes through every control and one mark of every chart."""
        self.page.evaluate("document.querySelector('.skip').focus()")
        wanted = self.page.evaluate("""() => {
          const all = [...document.querySelectorAll('button, select, summary, a[href], [tabindex="0"]')];
          const seen = all.filter((e) => e.tabIndex >= 0 && (e.checkVisibility ? e.checkVisibility() : true));
          seen.forEach((e, i) => { e.dataset.stop = String(i); });
          return seen.length;
        }""")
        reached = {self.page.evaluate("document.activeElement.dataset.stop")}
        for _ in range(2 * wanted):
            if len(reached) == wanted:
                break
            self.page.keyboard.press("Tab")
            stop = self.page.evaluate("document.activeElement?.dataset?.stop ?? null")
            if stop is not None:
                reached.add(stop)
        missed = self.page.evaluate("""(reached) => [...document.querySelectorAll('[data-stop]')]
          .filter((e) => !reached.includes(e.dataset.stop)).map((e) => e.outerHTML.slice(0, 160))""", sorted(reached))
        self.page.evaluate("document.querySelectorAll('[data-stop]').forEach((e) => delete e.dataset.stop)")
        assert len(reached) == wanted, f"Tab reaches {len(reached)} of {wanted}, not {missed}"

    def legends(self, sheet):
        tried = 0
        for visual in sheet["visuals"]:
            selector = f'figure[data-visual="{visual["id"]}"]'
            buttons = self.page.query_selector_all(f"{selector} button.legend-entry")
            if len(buttons) < 2:
                continue
            before = len(self.page.evaluate(READ, visual["id"])["marks"] or self.page.evaluate(READ, visual["id"])["points"])
            buttons[0].click()
            button = self.page.query_selector(f"{selector} button.legend-entry")
            assert button.get_attribute("aria-pressed") == "false", visual["id"]
            after = len(self.page.evaluate(READ, visual["id"])["marks"] or self.page.evaluate(READ, visual["id"])["points"])
            assert after < before, (visual["id"], before, after)
            button.click()
            self.held(visual)
            tried += 1
        return tried

    def choose(self, sheet, filter, value):
        self.page.select_option(f'section:not([hidden]) select[data-filter="{filter}"]', ALL if value is None else value)
        self.filters[filter] = value
        self.all_held(sheet)

    def controls(self, sheet):
        """Every value of every filter and parameter, alone; and one pair of filters."""
        for filter in sheet["filters"]:
            selector = f'section:not([hidden]) select[data-filter="{filter["id"]}"]'
            if not self.page.query_selector(selector):
                continue
            values = self.page.eval_on_selector_all(f"{selector} option", "os => os.map((o) => o.value)")
            assert values[0] == ALL and len(values) > 1, (filter["id"], values)
            for value in values[1:6]:
                self.choose(sheet, filter["id"], value)
                for other in sheet["filters"]:
                    if other["id"] != filter["id"]:
                        last = self.page.eval_on_selector_all(
                            f'section:not([hidden]) select[data-filter="{other["id"]}"] option', "os => os.at(-1)?.value")
                        if last:
                            self.choose(sheet, other["id"], last)
                            self.choose(sheet, other["id"], None)
            self.choose(sheet, filter["id"], None)
        for parameter in self.source["parameters"]:
            selector = f'section:not([hidden]) select[data-parameter="{parameter["name"]}"]'
            if not self.page.query_selector(selector):
                continue
            for i in [*range(len(parameter["values"])), parameter["default"]]:
                self.page.select_option(selector, str(i))
                self.parameters[parameter["name"]] = i
                self.all_held(sheet)

    def cross_filter(self, sheet):
        """A click on a mark sets the filter of its group, another clears it; the keyboard does the same."""
        tried = 0
        for visual in sheet["visuals"]:
            selector = f'figure[data-visual="{visual["id"]}"]'
            mark = self.page.query_selector(f"{selector} svg .mark.pickable")
            if not mark:
                continue
            before = {f["id"]: self.page.input_value(f'section:not([hidden]) select[data-filter="{f["id"]}"]') for f in sheet["filters"]
                      if self.page.query_selector(f'section:not([hidden]) select[data-filter="{f["id"]}"]')}
            if tried % 2:
                mark.focus()
                self.page.keyboard.press("Enter")
            else:
                mark.dispatch_event("click")
            self.drawn()
            after = {id: self.page.input_value(f'section:not([hidden]) select[data-filter="{id}"]') for id in before}
            changed = [id for id in before if before[id] != after[id]]
            assert len(changed) == 1, (visual["id"], before, after)
            self.filters[changed[0]] = after[changed[0]]
            self.all_held(sheet)
            again = self.page.query_selector(f'{selector} svg .mark[aria-pressed="true"]')
            assert again, f"{visual['id']}: the chosen mark is not marked"
            again.dispatch_event("click")
            self.filters[changed[0]] = None
            self.all_held(sheet)
            tried += 1
        return tried

    def named(self):
        """Charts have names, text has contrast enough for its size."""
        nameless = self.page.evaluate("""() => [...document.querySelectorAll('figure')].filter((f) => {
          const name = document.getElementById(f.getAttribute('aria-labelledby'))?.textContent.trim();
          const svg = f.querySelector('svg.chart');
          return !name || (svg && !svg.getAttribute('aria-label').startsWith(name));
        }).map((f) => f.dataset.visual)""")
        assert not nameless, nameless


CONTRASTS = """() => {
  const root = document.documentElement;
  const kept = { ...root.dataset };
  const canvas = document.createElement('canvas').getContext('2d', { willReadFrequently: true });
  const light = (name) => {
    const probe = document.createElement('span');
    probe.style.color = `var(--${name})`;
    document.body.append(probe);
    canvas.fillStyle = getComputedStyle(probe).color;
    canvas.fillRect(0, 0, 1, 1);
    probe.remove();
    const [r, g, b] = [...canvas.getImageData(0, 0, 1, 1).data].map((c) => c / 255).map((c) => c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4);
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const contrast = (a, b) => { const [x, y] = [light(a), light(b)].sort((p, q) => q - p); return (x + 0.05) / (y + 0.05); };
  const series = [1, 2, 3, 4, 5, 6, 7, 8].map((i) => `series-${i}`).concat('none');
  const low = [];
  let pairs = 0;
  for (const theme of ['classic', 'midnight', 'seaside', 'rainier']) for (const mode of ['light', 'dark']) {
    Object.assign(root.dataset, { theme, mode });
    const wanted = [
      ...['ink', 'ink-soft', 'ink-faint', 'accent', 'alarm'].flatMap((ink) => [[ink, 'surface', 4.5], [ink, 'ground', 4.5]]),
      ...series.flatMap((of) => [[of, 'surface', 3], ['on-series', of, 4.5]]),
      ['on-scale-low', 'scale-low', 4.5], ['on-scale-high', 'scale-high', 4.5],
    ];
    for (const [a, b, least] of wanted) { pairs += 1; if (contrast(a, b) < least) low.push([theme, mode, a, b, contrast(a, b)]); }
  }
  Object.assign(root.dataset, kept);
  return { low, pairs };
}"""


def appearance(page):
    """Contrast is AA in every theme, light and dark; the reader's choice wins; paper shows all sheets."""
    contrasts = page.evaluate(CONTRASTS)
    assert not contrasts["low"] and contrasts["pairs"] > 200, contrasts
    ground = "getComputedStyle(document.body).backgroundColor"
    button = page.query_selector(".appearance")
    seen = {}
    for _ in range(3):
        button.click()
        seen[page.evaluate("document.documentElement.dataset.mode")] = page.evaluate(ground)
    assert set(seen) == {"auto", "light", "dark"} and seen["light"] != seen["dark"], seen
    page.emulate_media(media="print")
    page.evaluate("dispatchEvent(new Event('beforeprint'))")
    shown = page.eval_on_selector_all("section.sheet", "all => all.map((s) => s.checkVisibility() && s.querySelectorAll('svg.chart').length)")
    assert all(shown), shown
    page.emulate_media(media="screen")
    page.evaluate("dispatchEvent(new Event('afterprint'))")


def opened(browser, path, width, scheme, faults, **options):
    context = browser.new_context(viewport={"width": width, "height": 900}, color_scheme=scheme, **options)
    page = context.new_page()
    page.set_default_timeout(30_000)
    page.on("console", lambda m: faults.append(f"console {m.type}: {m.text}") if m.type in ("error", "warning") else None)
    page.on("pageerror", lambda e: faults.append(f"page error: {e}"))
    page.on("request", lambda r: faults.append(f"request: {r.url}") if not r.url.startswith(("file:", "data:")) else None)
    page.goto(path.as_uri())
    page.wait_for_selector("html[data-drawn]", state="attached")
    return page


def marks_of(page):
    return {m["name"]: round(m["startTime"]) for m in page.evaluate("performance.getEntriesByType('mark').map((m) => m.toJSON())")}


def bench(browser, path, faults):
    page = opened(browser, path, 1440, "light", faults)
    times = marks_of(page)
    visuals = page.evaluate("document.querySelectorAll('section:not([hidden]) figure').length")
    change = """async (selector) => {
      const control = document.querySelector(selector);
      const values = [...control.options].map((o) => o.value);
      const frames = [];
      for (const value of [values[1], values[0], values.at(-1), values[0]]) {
        control.value = value;
        const start = performance.now();
        control.dispatchEvent(new Event('change', { bubbles: true }));
        const answered = performance.now() - start;
        await new Promise((done) => requestAnimationFrame(() => setTimeout(done, 0)));
        const painted = performance.now() - start;
        while (!document.documentElement.dataset.drawn) await new Promise((done) => setTimeout(done, 1));
        frames.push([answered, painted, performance.now() - start]);
      }
      return frames;
    }"""
    selects = page.query_selector_all("section:not([hidden]) select")
    latency = page.evaluate(change, "section:not([hidden]) select") if selects else []
    worst = [round(max(column)) for column in zip(*latency)] or None
    print(json.dumps({
        "page_kilobytes": round(path.stat().st_size / 1000), "visuals_on_first_sheet": visuals, "marks": page.evaluate("document.querySelectorAll('.mark').length"),
        "first_chart_ms": times["first-chart"], "all_charts_ms": times["all-charts"],
        "filter_change_worst_ms": dict(zip(("charts_in_sight", "painted", "all_charts"), worst)) if worst else None,
    }))
    page.context.close()


def main():
    arguments = argparse.ArgumentParser()
    arguments.add_argument("folder", type=pathlib.Path)
    arguments.add_argument("--screenshots", type=pathlib.Path)
    arguments.add_argument("--bench", action="store_true")
    options = arguments.parse_args()
    path = (options.folder / "page.html").resolve()
    faults = []
    with tempfile.TemporaryDirectory() as scratch, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=FLAGS, env={"HOME": scratch})
        bench(browser, path, faults)
        if not options.bench:
            judged(browser, path, options, faults)
        browser.close()
    assert not faults, "\n".join(faults)


def judged(browser, path, options, faults):
    results = json.loads((options.folder / "results.json").read_text())
    page = opened(browser, path, 1440, "light", faults, reduced_motion="reduce")
    source = page.evaluate("JSON.parse(document.getElementById('dashboard-data').textContent)")
    judge = Judge(page, results, source)
    legends = picks = 0
    for at in range(len(source["sheets"])):
        sheet = judge.sheet(at)
        judge.all_held(sheet)
        judge.alternatives(sheet)
        judge.tooltips_and_keys(sheet)
        judge.tab_reaches_everything()
        legends += judge.legends(sheet)
        judge.controls(sheet)
        picks += judge.cross_filter(sheet)
    judge.named()
    appearance(page)
    kinds = {v["kind"] for s in source["sheets"] for v in s["visuals"]}
    page.context.close()
    for width in (320, 400, 1440):
        for scheme in ("light", "dark"):
            page = opened(browser, path, width, scheme, faults)
            narrow = Judge(page, results, source)
            for at in range(len(source["sheets"])):
                sheet = narrow.sheet(at)
                narrow.all_held(sheet)
                wide = page.evaluate("document.documentElement.scrollWidth")
                assert wide <= width, f"{sheet['id']} is {wide} pixels wide at {width}"
                if options.screenshots:
                    options.screenshots.mkdir(parents=True, exist_ok=True)
                    page.screenshot(path=options.screenshots / f"{path.parent.name}-{sheet['id']}-{width}-{scheme}.png", full_page=True)
            page.context.close()
    print(json.dumps({"kinds": sorted(kinds), "numbers_read_back": judge.checked, "legends": legends, "cross_filters": picks}))


main()
