// Colours by name of the style sheet, so that light, dark and print change them without drawing anew.

const PALETTE = 8;

// The colour of no group at all.
const NO_GROUP = "var(--none)";

function seriesColor(index, paint) {
  if (paint) return paint;
  const base = `var(--series-${(index % PALETTE) + 1})`;
  const round = Math.floor(index / PALETTE);
  return round === 0 ? base : `color-mix(in oklab, ${base} ${round === 1 ? 55 : 30}%, var(--surface))`;
}

// A place between the scale's ends, 0 to 1.
function scaleColor(share) {
  return `color-mix(in oklab, var(--scale-high) ${Math.round(share * 100)}%, var(--scale-low))`;
}

const inkOn = (share) => (share > 0.5 ? "var(--on-scale-high)" : "var(--on-scale-low)");

// Texts on a series' colour: its tints are light.
const inkOnSeries = (color) => (color.startsWith("color-mix") ? "var(--ink)" : "var(--on-series)");
