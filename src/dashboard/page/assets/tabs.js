// Sheets as tabs, by the ARIA pattern: arrow keys move, one is chosen.

function tabList(sheets, choose) {
  const tabs = sheets.map((sheet, i) => html("button", {
    type: "button", role: "tab", id: `tab-${sheet.id}`, "aria-controls": `sheet-${sheet.id}`, "aria-selected": "false", tabindex: "-1",
    on: {
      click: () => choose(i),
      keydown: (event) => {
        const next = { ArrowRight: i + 1, ArrowLeft: i - 1, Home: 0, End: sheets.length - 1 }[event.key];
        if (next === undefined) return;
        event.preventDefault();
        const at = (next + sheets.length) % sheets.length;
        choose(at);
        tabs[at].focus();
      },
    },
  }, sheet.title));
  const mark = (chosen) => tabs.forEach((tab, i) => {
    tab.setAttribute("aria-selected", String(i === chosen));
    tab.setAttribute("tabindex", i === chosen ? "0" : "-1");
  });
  return { node: html("div", { class: "tabs", role: "tablist", "aria-label": "Sheets" }, tabs), mark };
}
