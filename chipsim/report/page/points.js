// The points of a sweep: their columns, which of them are kept by the limits that the reader set, which one is looked at.

const SWEEP = DATA.sweep || null;
const COLUMNS = new Map((SWEEP ? SWEEP.columns : []).map((column) => [column.name, column]));
const STATES = SWEEP ? SWEEP.states : [];

const points = {
  count: SWEEP ? SWEEP.point.length : 0,
  bounds: new Map(), // column name -> {low, high} of a number, {names: Set} of a text
  kept: null, // for each row, whether it passes all bounds
  chosen: -1,
  listeners: [],
  watchers: [],

  done(row) { return SWEEP.state[row] === 0; },
  value(name, row) { return COLUMNS.get(name).values[row]; },

  words(name, row) {
    const column = COLUMNS.get(name), value = column.values[row];
    if (value === null) return "-";
    return column.text ? value : `${number(value)} ${column.unit}`.trim();
  },

  title(name) {
    const column = COLUMNS.get(name);
    return column.unit ? `${column.label} (${column.unit})` : column.label;
  },

  passes(row) {
    for (const [name, bound] of this.bounds) {
      const value = COLUMNS.get(name).values[row];
      if (bound.names ? !bound.names.has(value) : value === null || value < bound.low || value > bound.high) return false;
    }
    return true;
  },

  filter() {
    this.kept = Uint8Array.from({length: this.count}, (_, row) => this.passes(row) ? 1 : 0);
    this.listeners.forEach((listener) => listener());
  },

  bound(name, bound) {
    if (bound) this.bounds.set(name, bound);
    else this.bounds.delete(name);
    schedule();
  },

  choose(row, scroll = false) {
    this.chosen = row;
    this.watchers.forEach((watcher) => watcher(row, scroll));
  },

  called(row) {
    const repeat = SWEEP.repeat[row] ? `, repeat ${SWEEP.repeat[row]}` : "";
    const marks = SWEEP.knee[row] ? ", knee" : SWEEP.front[row] ? ", on the front" : SWEEP.feasible[row] ? "" : ", beyond a limit";
    return `point ${SWEEP.point[row]}${repeat}${marks}`;
  },

  // Lines of a note under the pointer: axes, objectives and the columns that are drawn.
  note(row, more = []) {
    if (!notes.has(row)) notes.set(row, [`<b>${safe(this.called(row))}</b>`, ...this.lines(row, NOTED)].join("<br>"));
    const others = more.filter((name, place) => !NOTED.includes(name) && more.indexOf(name) === place);
    return [notes.get(row), ...this.lines(row, others)].join("<br>");
  },

  lines(row, names) {
    return names.filter((name) => this.value(name, row) !== null).map((name) => safe(`${COLUMNS.get(name).label}: ${this.words(name, row)}`));
  },
};

const notes = new Map(); // made once: there may be ten thousand
const AXES = SWEEP ? SWEEP.columns.filter((column) => column.role === "axis").map((column) => column.name) : [];
const NOTED = SWEEP ? [...new Set([...AXES, ...SWEEP.objectives, ...SWEEP.limits])] : [];

// Many moves of the pointer, one new drawing.
let waiting = 0;
function schedule() {
  if (!waiting) waiting = requestAnimationFrame(() => { waiting = 0; points.filter(); });
}

// What takes long is drawn when the pointer rests for a moment.
function rested(action) {
  let timer = 0;
  return () => {
    clearTimeout(timer);
    timer = setTimeout(action, points.count > 2000 ? 120 : 0);
  };
}

// Least and largest number of a column over the points that were answered.
const extents = new Map();
function extentOf(column) {
  if (!extents.has(column.name)) extents.set(column.name, extent(column.values.filter((_, row) => points.done(row))));
  return extents.get(column.name);
}

function extent(values) {
  let low = Infinity, high = -Infinity;
  for (const value of values) if (value !== null) { low = Math.min(low, value); high = Math.max(high, value); }
  return [low, high];
}
