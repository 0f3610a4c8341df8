// Numbers, dates and groups as people read them.

const MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
const numberFormats = new Map();

function numberFormat(digits, compact) {
  const key = `${digits}${compact}`;
  if (!numberFormats.has(key)) {
    numberFormats.set(key, new Intl.NumberFormat("en", {
      maximumFractionDigits: digits,
      notation: compact ? "compact" : "standard",
    }));
  }
  return numberFormats.get(key);
}

const isTime = (type) => type === "date" || type === "timestamp";
const isNumber = (type) => /^(int|bigint|float|double|decimal.*)$/.test(type);

// A result's value as a number to draw; null where there is none.
function numeric(raw, type) {
  if (raw === null || raw === undefined) return null;
  const number = isTime(type) ? timeOf(raw) : Number(raw);
  return Number.isFinite(number) ? number : null;
}

function timeOf(raw) {
  const [day, time] = String(raw).split(/[ T]/);
  return Date.parse(`${day}T${time ? time.slice(0, 8) : "00:00:00"}Z`);
}

// Digits after the point that matter at this magnitude.
function digitsOf(value) {
  const size = Math.abs(value);
  if (size >= 1000 || size === 0) return 0;
  if (size >= 100) return 1;
  if (size >= 1) return 2;
  return Math.min(8, 2 - Math.floor(Math.log10(size)));
}

// A measure's value, rounded for reading.
function shownValue(raw, type) {
  if (raw === null || raw === undefined) return "–";
  if (isTime(type)) return shownTime(raw, type === "date" ? "day" : "hour");
  if (!isNumber(type)) return String(raw);
  const value = Number(raw);
  if (!Number.isFinite(value)) return String(raw);
  if (/^(int|bigint)$/.test(type)) return exactValue(raw, type);
  return numberFormat(digitsOf(value), false).format(value);
}

// A measure's value with all its digits.
function exactValue(raw, type) {
  if (raw === null || raw === undefined) return "";
  if (/^(int|bigint)$/.test(type)) return numberFormat(0, false).format(BigInt(raw));
  return String(raw);
}

// A number where there is little room: 12.3K.
function shortNumber(value) {
  const size = Math.abs(value);
  return size >= 10000 ? numberFormat(1, true).format(value) : numberFormat(digitsOf(value), false).format(value);
}

// A date by how it was rounded.
function shownTime(raw, granularity) {
  const date = new Date(timeOf(raw));
  if (Number.isNaN(date.getTime())) return String(raw);
  const [year, month, day] = [date.getUTCFullYear(), date.getUTCMonth(), date.getUTCDate()];
  switch (granularity) {
    case "year": return String(year);
    case "quarter": return `Q${Math.floor(month / 3) + 1} ${year}`;
    case "month": return `${MONTHS[month]} ${year}`;
    case "hour": return `${day} ${MONTHS[month]} ${year}, ${String(raw).slice(11, 16) || "00:00"}`;
    default: return `${day} ${MONTHS[month]} ${year}`;
  }
}

// A group as it is shown.
function shownGroup(raw, dimension) {
  if (raw === null || raw === undefined) return "(none)";
  if (raw === "") return "(empty)";
  if (dimension.type === "boolean") return String(raw) === "true" ? "Yes" : "No";
  if (isTime(dimension.type)) return shownTime(raw, dimension.granularity || "day");
  return String(raw);
}

function plural(count, one, many) {
  return `${numberFormat(0, false).format(count)} ${count === 1 ? one : many}`;
}
