// Light or dark: as the system has it, or the theme, until the reader says otherwise.

const MODES = ["auto", "light", "dark"];
const MODE_TEXT = { auto: "Auto", light: "Light", dark: "Dark" };

function appearanceButton() {
  const root = document.documentElement;
  const button = html("button", { type: "button", class: "appearance", on: { click: () => keep(MODES[(MODES.indexOf(root.dataset.mode) + 1) % MODES.length]) } });
  const set = (mode) => {
    root.dataset.mode = mode;
    button.replaceChildren(html("span", { class: "appearance-sign", "aria-hidden": "true" }), html("span", {}, MODE_TEXT[mode]));
    button.setAttribute("aria-label", `Appearance: ${MODE_TEXT[mode]}. Change`);
  };
  const keep = (mode) => {
    set(mode);
    // Not every browser has storage for files.
    try { localStorage.setItem("pipectl-appearance", mode); } catch { /* then not */ }
  };
  let kept = null;
  try { kept = localStorage.getItem("pipectl-appearance"); } catch { /* then not */ }
  set(MODES.includes(kept) ? kept : root.dataset.mode);
  return button;
}
