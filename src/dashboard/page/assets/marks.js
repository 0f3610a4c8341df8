// Marks: what stands for a value. Each tells its numbers to the pointer, to the focus and to screen readers; a chart is one
// stop of the Tab key, the arrow keys go from mark to mark.

const details = new WeakMap();

// Makes an element a mark. `detail`: { title, rows: [{ name, value, color }] }; `group`, `series` and `value` are the raw data it
// stands for; `pick`: what a click sets, if anything.
function mark(element, { detail, group, series, value, pick }) {
  const spoken = [detail.title, ...detail.rows.map((row) => `${row.name} ${row.value}`)].filter(Boolean).join(", ");
  element.classList.add("mark");
  element.setAttribute("tabindex", "-1");
  element.setAttribute("role", pick ? "button" : "img");
  element.setAttribute("aria-label", spoken);
  if (pick) {
    element.classList.add("pickable");
    element.setAttribute("aria-pressed", String(pick.chosen));
    detail = { ...detail, hint: pick.chosen ? "Click to clear the filter" : "Click to filter the page" };
  }
  data(element, { group, series, value });
  details.set(element, { detail, pick });
  return element;
}

// Data for whoever reads the drawing back.
function data(element, values) {
  for (const [name, value] of Object.entries(values)) {
    if (value !== undefined) element.setAttribute(`data-${name}`, value === null ? "" : String(value));
    if (value === null) element.setAttribute(`data-${name}-null`, "");
  }
  return element;
}

// What a click on a mark of that group sets: the first of the visual's dimensions that a filter of the sheet is on.
function pickOf(context, groups) {
  for (let at = 0; at < groups.length; at += 1) {
    const filter = groups[at] === undefined ? null : filterOf(context.visual, at);
    if (!filter || groups[at] === null || !context.offers(filter, groups[at])) continue;
    const chosen = keyOf(context.choices.filters.get(filter.id)) === keyOf(groups[at]);
    return { filter, value: groups[at], chosen, key: `${filter.id}=${groups[at]}` };
  }
  return null;
}

// Listens on a chart for all its marks.
function listen(root, context) {
  const marks = () => [...root.querySelectorAll(".mark")];
  const first = root.querySelector(".mark");
  if (!first) return;
  first.setAttribute("tabindex", "0");
  const of = (event) => event.target.closest && event.target.closest(".mark");
  const enter = (element, x, y) => {
    if (tooltip.owner !== element) showTooltip(element, details.get(element).detail);
    placeTooltip(x, y);
  };
  const beside = (element) => {
    const box = element.getBoundingClientRect();
    enter(element, box.left + Math.min(box.width, 240) / 2, box.top + Math.min(box.height / 2, 24));
  };
  const choose = (element) => {
    const { pick } = details.get(element);
    if (pick) context.pick(pick);
  };
  root.addEventListener("pointermove", (event) => {
    const element = of(event);
    if (element) enter(element, event.clientX, event.clientY);
    else hideTooltip();
  });
  root.addEventListener("pointerleave", hideTooltip);
  root.addEventListener("focusin", (event) => {
    const element = of(event);
    if (!element) return;
    for (const other of root.querySelectorAll('.mark[tabindex="0"]')) other.setAttribute("tabindex", "-1");
    element.setAttribute("tabindex", "0");
    if (element.matches(":focus-visible")) beside(element);
  });
  root.addEventListener("focusout", hideTooltip);
  root.addEventListener("click", (event) => {
    const element = of(event);
    if (element) choose(element);
  });
  root.addEventListener("keydown", (event) => {
    const element = of(event);
    if (!element) return;
    const all = marks();
    const place = all.indexOf(element);
    const next = { ArrowRight: place + 1, ArrowDown: place + 1, ArrowLeft: place - 1, ArrowUp: place - 1, Home: 0, End: all.length - 1 }[event.key];
    if (next !== undefined) {
      event.preventDefault();
      const target = all[Math.max(0, Math.min(all.length - 1, next))];
      target.focus({ focusVisible: true });
      beside(target);
    } else if (event.key === "Enter" || event.key === " ") {
      event.preventDefault();
      choose(element);
    } else if (event.key === "Escape") {
      hideTooltip();
    }
  });
}
