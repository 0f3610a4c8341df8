// Selects for parameters and filters.

function select(title, options, chosen, attributes, onChange) {
  const id = newId("control");
  const control = html("select", { id, ...attributes, on: { change: (event) => onChange(event.target.value) } },
    options.map((option) => html("option", { value: option.value, selected: option.value === chosen }, option.text)));
  return html("div", { class: "control" }, html("label", { for: id }, title), control);
}

function parameterControl(parameter, page) {
  const dimension = { type: parameter.type, granularity: null };
  const options = parameter.values.map((value, i) => ({ value: String(i), text: shownGroup(value, dimension) }));
  return select(parameter.title, options, String(page.parameters.get(parameter.name)), { "data-parameter": parameter.name }, (value) => page.setParameter(parameter.name, Number(value)));
}

function filterControl(filter, sheet, page) {
  const values = choicesOf(filter, sheet);
  const options = [{ value: ALL, text: "All" }, ...values.map((value) => ({ value: String(value), text: shownGroup(value, filter) }))];
  const title = values.length >= filter.most ? `${filter.title} (${filter.most} most frequent)` : filter.title;
  return select(title, options, keyOf(page.filters.get(filter.id)), { "data-filter": filter.id }, (value) => page.setFilter(filter.id, value === ALL ? null : value));
}
