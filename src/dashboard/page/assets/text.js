// How wide a text is, and what of it fits.

let pen = null;
const widths = new Map();

function textWidth(text, size) {
  const key = `${size}|${text}`;
  if (!widths.has(key)) {
    if (!pen) pen = document.createElement("canvas").getContext("2d");
    pen.font = `${size}px ${getComputedStyle(document.body).fontFamily}`;
    if (widths.size > 20000) widths.clear();
    widths.set(key, pen.measureText(text).width);
  }
  return widths.get(key);
}

// The text, or its beginning with an ellipsis.
function fitted(text, room, size) {
  if (textWidth(text, size) <= room) return text;
  let [low, high] = [0, text.length];
  while (low < high) {
    const middle = Math.ceil((low + high) / 2);
    if (textWidth(`${text.slice(0, middle).trimEnd()}…`, size) <= room) low = middle;
    else high = middle - 1;
  }
  return low === 0 ? "" : `${text.slice(0, low).trimEnd()}…`;
}

const widest = (texts, size) => texts.reduce((most, text) => Math.max(most, textWidth(text, size)), 0);
