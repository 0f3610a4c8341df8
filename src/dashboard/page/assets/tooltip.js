// One tooltip for the page: what the pointer or the focus is on.

const tooltip = { element: null, owner: null };

function showTooltip(mark, detail) {
  if (!tooltip.element) {
    tooltip.element = html("div", { class: "tooltip", role: "tooltip", id: "tooltip" });
    document.body.append(tooltip.element);
  }
  const rows = detail.rows.map((row) => html("div", { class: "tooltip-row" },
    row.color ? html("span", { class: "swatch", style: { background: row.color } }) : null,
    html("span", { class: "tooltip-name" }, row.name),
    html("span", { class: "tooltip-value" }, row.value)));
  tooltip.element.replaceChildren(html("div", { class: "tooltip-title" }, detail.title), ...rows,
    ...(detail.hint ? [html("div", { class: "tooltip-hint" }, detail.hint)] : []));
  tooltip.element.classList.add("shown");
  if (tooltip.owner) tooltip.owner.removeAttribute("aria-describedby");
  tooltip.owner = mark;
  mark.setAttribute("aria-describedby", "tooltip");
}

// Beside a place on the screen, inside the window.
function placeTooltip(x, y) {
  const box = tooltip.element.getBoundingClientRect();
  const left = x + 14 + box.width > innerWidth - 8 ? x - 14 - box.width : x + 14;
  const top = y - box.height - 12 < 8 ? y + 16 : y - box.height - 12;
  tooltip.element.style.left = `${Math.max(8, Math.min(left, innerWidth - box.width - 8))}px`;
  tooltip.element.style.top = `${Math.max(8, Math.min(top, innerHeight - box.height - 8))}px`;
}

function hideTooltip() {
  if (!tooltip.owner) return;
  tooltip.element.classList.remove("shown");
  tooltip.owner.removeAttribute("aria-describedby");
  tooltip.owner = null;
}
