// Legends: names of colours, which show and hide their series; and the ends of a colour scale.

function legend(entries, hidden, toggle) {
  return html("ul", { class: "legend" }, entries.map((entry) => {
    const swatch = html("span", { class: "swatch", style: { background: entry.color }, "aria-hidden": "true" });
    const note = entry.note ? html("span", { class: "legend-note" }, entry.note) : null;
    if (entry.fixed) return html("li", {}, html("span", { class: "legend-entry" }, swatch, entry.label, note));
    return html("li", {}, html("button", {
      type: "button", class: "legend-entry", "data-series": entry.key, "aria-pressed": String(!hidden.has(entry.key)), title: `Show or hide ${entry.label}`,
      on: { click: () => toggle(entry.key) },
    }, swatch, html("span", { class: "legend-name" }, entry.label), note));
  }));
}

function scaleLegend({ title, low, high }) {
  return html("div", { class: "scale-legend" }, html("span", {}, title), html("span", { class: "scale-ends" }, low, html("span", { class: "scale-bar", "aria-hidden": "true" }), high));
}
