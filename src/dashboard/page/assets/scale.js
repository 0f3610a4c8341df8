// From values to places.

// Round numbers between two ends, about `count` of them.
function niceStep(span, count) {
  const rough = span / Math.max(1, count);
  const unit = 10 ** Math.floor(Math.log10(rough));
  const factor = [1, 2, 2.5, 5, 10].find((f) => f * unit >= rough * 0.999) || 10;
  return factor * unit;
}

// A scale of round ends: `at(value)` is the place, `ticks` are round values in between.
function linear(low, high, from, to, count, whole) {
  if (low === high) {
    low = Math.min(low, 0);
    high = Math.max(high, 0);
    if (low === high) high = 1;
  }
  let step = niceStep(high - low, count);
  if (whole) step = Math.max(1, Math.ceil(step));
  const [first, last] = [Math.floor(low / step + 1e-9), Math.ceil(high / step - 1e-9)];
  const [start, end] = [first * step, last * step];
  const ticks = Array.from({ length: last - first + 1 }, (_, i) => (first + i) * step);
  const at = (value) => from + ((value - start) / (end - start)) * (to - from);
  const digits = Math.max(0, Math.min(10, 1 - Math.floor(Math.log10(step))));
  const tidy = (value) => Number(value.toFixed(digits));
  return { at, ticks: ticks.map(tidy), start, end, step };
}

// Equal places for `count` things; `width` is what one may fill.
function band(count, from, to, share) {
  const each = (to - from) / Math.max(1, count);
  const width = each * share;
  return { at: (i) => from + each * i + (each - width) / 2, center: (i) => from + each * (i + 0.5), width, each };
}

// A tick's text: as many digits as the step needs.
function tickText(value, step) {
  if (Math.abs(value) >= 10000 || step >= 10000) return numberFormat(Math.abs(value) >= 1e15 ? 0 : 2, true).format(value);
  const digits = Math.max(0, Math.min(8, -Math.floor(Math.log10(step) + 1e-9)));
  const needed = Math.abs(step * 10 ** digits - Math.round(step * 10 ** digits)) > 1e-6 ? digits + 1 : digits;
  return numberFormat(needed, false).format(value);
}

// Round times between two ends: years, months, days or hours.
function timeTicks(low, high, count) {
  const day = 86400000;
  const span = Math.max(1, high - low);
  const ticks = [];
  const years = span / (365.25 * day);
  if (years >= 2) {
    const step = Math.max(1, Math.round(niceStep(years, count)));
    const first = Math.ceil(new Date(low).getUTCFullYear() / step) * step;
    for (let year = first; Date.UTC(year, 0) <= high; year += step) ticks.push([Date.UTC(year, 0), String(year)]);
    return ticks.filter(([at]) => at >= low);
  }
  const months = span / (30.4 * day);
  if (months >= 2) {
    const step = [1, 2, 3, 4, 6, 12].find((s) => months / s <= count) || 12;
    const date = new Date(low);
    for (let i = 0; i <= months + 2; i += 1) {
      const at = Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + i);
      const tick = new Date(at);
      if (at >= low && at <= high && tick.getUTCMonth() % step === 0) {
        ticks.push([at, `${MONTHS[tick.getUTCMonth()]} ${tick.getUTCFullYear()}`]);
      }
    }
    return ticks;
  }
  const unit = span > 2 * day ? day : 3600000;
  const step = Math.max(1, Math.ceil(span / unit / count)) * unit;
  for (let at = Math.ceil(low / step) * step; at <= high; at += step) {
    const date = new Date(at);
    const text = `${date.getUTCDate()} ${MONTHS[date.getUTCMonth()]}`;
    ticks.push([at, unit === day ? text : `${text} ${String(date.getUTCHours()).padStart(2, "0")}:00`]);
  }
  return ticks;
}
