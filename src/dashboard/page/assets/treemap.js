// Boxes by size, the first dimension's around the second's; squarified (Bruls, Huizing, van Wijk 2000).

function drawTreemap(context) {
  const { visual, rows, width } = context;
  const size = { width, height: 320 };
  const color = visual.measures.findIndex((m) => m.part === "color");
  const type = visual.measures[0].type;
  const outer = groupsOf(visual, rows, 0, false);
  const shown = visual.dimensions.map((_, at) => new Map(groupsOf(visual, rows, at, false).map((g) => [g.key, g.label])));
  const leaves = rows.map((row) => ({ row, size: numeric(row.raw[0], type), color: color < 0 ? null : numeric(row.raw[color], visual.measures[color].type) })).filter((leaf) => leaf.size > 0);
  const colors = leaves.map((leaf) => leaf.color).filter((c) => c !== null);
  const [low, high] = [Math.min(...colors), Math.max(...colors)];
  const share = (value) => (high === low ? 0.7 : 0.12 + (0.88 * (value - low)) / (high - low));
  const nested = visual.dimensions.length > 1;
  const tree = outer.map((group) => {
    const own = leaves.filter((leaf) => keyOf(leaf.row.groups[0]) === group.key);
    return { group, leaves: own, size: own.reduce((sum, leaf) => sum + leaf.size, 0) };
  }).filter((branch) => branch.size > 0).sort((a, b) => b.size - a.size);
  const root = svg("svg", frame(size));
  for (const { item: branch, box } of squarified(tree, { x: 0, y: 0, width, height: size.height })) {
    for (const { item: leaf, box: place } of squarified([...branch.leaves].sort((a, b) => b.size - a.size), box)) {
      root.append(leafBox(context, leaf, place, { color, shown, share, nested, fill: colorOfGroup(visual, 0, branch.group.key) }));
    }
    if (nested) root.append(svg("rect", { class: "branch", x: round(box.x), y: round(box.y), width: round(box.width), height: round(box.height) }));
  }
  const legend = nested && color < 0 ? tree.map(({ group }) => ({ key: group.key, label: group.label, color: colorOfGroup(visual, 0, group.key), fixed: true })) : null;
  const scale = color < 0 || !colors.length ? null : { title: visual.measures[color].title, low: shownValue(low, "double"), high: shownValue(high, "double") };
  return { node: root, legend, scale };
}

function leafBox(context, leaf, box, { color, shown, share, nested, fill }) {
  const { visual } = context;
  const labels = leaf.row.groups.map((g, at) => shown[at].get(keyOf(g)));
  const name = labels[labels.length - 1];
  const plain = color >= 0;
  const ink = plain ? (leaf.color === null ? "var(--ink)" : inkOn(share(leaf.color))) : inkOnSeries(fill);
  const paint = plain ? (leaf.color === null ? "var(--empty)" : scaleColor(share(leaf.color))) : fill;
  const rect = svg("rect", { class: "box", x: round(box.x) + 1, y: round(box.y) + 1, width: round(Math.max(0.5, box.width - 2)), height: round(Math.max(0.5, box.height - 2)), rx: 3, style: { fill: paint } });
  const rows = visual.measures.map((m, i) => ({ name: m.title, value: shownValue(leaf.row.raw[i], m.type) }));
  const group = svg("g", {}, mark(rect, {
    detail: { title: labels.join(" · "), rows }, group: leaf.row.groups[0], series: nested ? leaf.row.groups[leaf.row.groups.length - 1] : undefined,
    value: leaf.row.raw[0], pick: pickOf(context, leaf.row.groups),
  }));
  if (box.width > 44 && box.height > 24) {
    const text = (y, shownText, cls) => svg("text", { class: cls, x: round(box.x) + 9, y: round(box.y) + y, "aria-hidden": "true", style: { fill: ink } }, fitted(shownText, box.width - 16, FONT));
    group.append(text(19, name, "box-name"));
    if (box.height > 42) group.append(text(35, shortNumber(leaf.size), "box-value"));
  }
  return group;
}

// Lays items (largest first, each with `size`) into a box, as square as it goes.
function squarified(items, box) {
  const placed = [];
  let total = items.reduce((sum, item) => sum + item.size, 0);
  let rest = { ...box };
  let from = 0;
  while (from < items.length) {
    const short = Math.min(rest.width, rest.height);
    const scale = (rest.width * rest.height) / total;
    const worst = (list, sum) => {
      const depth = (sum * scale) / short;
      return Math.max(...list.map((item) => { const side = (item.size * scale) / depth; return Math.max(side / depth, depth / side); }));
    };
    let to = from + 1;
    let sum = items[from].size;
    while (to < items.length && worst(items.slice(from, to + 1), sum + items[to].size) <= worst(items.slice(from, to), sum)) {
      sum += items[to].size;
      to += 1;
    }
    const depth = (sum * scale) / short;
    const lying = rest.width < rest.height;
    let offset = 0;
    for (const item of items.slice(from, to)) {
      const side = (item.size * scale) / depth;
      placed.push({ item, box: lying ? { x: rest.x + offset, y: rest.y, width: side, height: depth } : { x: rest.x, y: rest.y + offset, width: depth, height: side } });
      offset += side;
    }
    rest = lying ? { x: rest.x, y: rest.y + depth, width: rest.width, height: rest.height - depth } : { x: rest.x + depth, y: rest.y, width: rest.width - depth, height: rest.height };
    total -= sum;
    from = to;
  }
  return placed;
}
