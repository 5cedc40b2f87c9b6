// Parallel coordinates: lines on a canvas, axes with bands above it. A band keeps the points that pass through it.

const parallel = {names: [], height: 330, top: 52, bottom: 26, left: 68, right: 68, width: 0, canvas: null, svg: null, scales: new Map()};
const MOST_AXES = 12;

function parallelStart() {
  const axes = SWEEP.columns.filter((column) => column.role === "axis" && varies(column)).map((column) => column.name);
  const goals = [...SWEEP.objectives, ...SWEEP.limits].filter((name) => COLUMNS.has(name));
  const usual = ["energy", "latency", "area", "accuracy"].filter((name) => COLUMNS.has(name) && varies(COLUMNS.get(name)));
  const ends = [...new Set(goals.length ? goals : usual)];
  parallel.names = [...new Set([...axes.slice(0, Math.max(MOST_AXES - ends.length, 1)), ...ends])].slice(0, MOST_AXES);
  const box = document.getElementById("lines");
  box.style.height = `${parallel.height}px`;
  parallel.canvas = make("canvas", {role: "img", "aria-label": "parallel coordinates of all points"});
  parallel.svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  box.append(parallel.canvas, parallel.svg);
  parallelBounds();
  new ResizeObserver(() => { if (box.clientWidth !== parallel.width) parallelDraw(); }).observe(box);
  parallelDraw();
}

// From a value of a column to the distance from the top, and back.
function scaleOf(name) {
  const column = COLUMNS.get(name), {top, bottom, height} = parallel, base = height - bottom;
  const gaps = column.values.some((value, row) => value === null && points.done(row)), low = gaps ? base - 24 : base;
  if (column.text) {
    const names = namesOf(column), step = (low - top) / Math.max(names.length, 1);
    const y = (value) => value === null ? base : top + (names.indexOf(value) + 0.5) * step;
    return {y, text: true, gaps, base, marks: names.map((value) => [y(value), value]), within: (a, b) => names.filter((value) => y(value) >= a && y(value) <= b)};
  }
  let [first, last] = extentOf(column);
  const log = column.log && first > 0, warp = log ? Math.log10 : (value) => value;
  if (first === last) [first, last] = log ? [first / 2, last * 2] : [first - (Math.abs(first) || 1) / 2, last + (Math.abs(last) || 1) / 2];
  const [start, end] = [warp(first), warp(last)];
  const y = (value) => value === null ? base : low - (warp(value) - start) / (end - start) * (low - top);
  const back = (place) => { const value = start + (low - place) / (low - top) * (end - start); return log ? 10 ** value : value; };
  return {y, back, text: false, gaps, base, marks: marksOf(column, first, last, log).map((value) => [y(value), number(value)])};
}

function marksOf(column, first, last, log) {
  const own = [...new Set(column.values.filter((value, row) => value !== null && points.done(row)))].sort((a, b) => a - b);
  if (own.length <= 6) return own;
  if (log) {
    const found = [], steps = last / first > 200 ? [1] : [1, 2, 5];
    for (let power = Math.floor(Math.log10(first)); power <= Math.log10(last); power++) found.push(...steps.map((step) => step * 10 ** power));
    const near = (last / first) ** 0.1;
    return [first, ...found.filter((value) => value > first * near && value < last / near), last];
  }
  const raw = (last - first) / 5, power = 10 ** Math.floor(Math.log10(raw)), step = [1, 2, 5, 10].map((factor) => factor * power).find((size) => size >= raw * 0.999);
  const found = [];
  for (let mark = Math.ceil(first / step - 1e-9); mark <= last / step + 1e-9; mark++) found.push(mark * step);
  return found;
}

function parallelX(place) {
  const {left, right, width, names} = parallel;
  return names.length > 1 ? left + place / (names.length - 1) * (width - left - right) : width / 2;
}

function parallelDraw() {
  const box = document.getElementById("lines");
  parallel.width = box.clientWidth;
  parallel.scales = new Map(parallel.names.map((name) => [name, scaleOf(name)]));
  parallelAxes();
  parallelLines();
}

function parallelLines() {
  const {canvas, width, height, names, scales} = parallel, sharp = window.devicePixelRatio || 1;
  canvas.width = width * sharp;
  canvas.height = height * sharp;
  canvas.style.width = `${width}px`;
  canvas.style.height = `${height}px`;
  const pen = canvas.getContext("2d");
  pen.scale(sharp, sharp);
  const rows = {rest: [], kept: [], front: [], chosen: []};
  for (let row = 0; row < points.count; row++) {
    if (!points.done(row)) continue;
    rows[!points.kept[row] ? "rest" : SWEEP.front[row] || SWEEP.knee[row] ? "front" : "kept"].push(row);
  }
  if (points.chosen >= 0 && points.done(points.chosen)) rows.chosen.push(points.chosen);
  const places = names.map((name, place) => [parallelX(place), scales.get(name).y, COLUMNS.get(name).values]);
  const many = rows.kept.length;
  const looks = {rest: ["#d9dee4", 0.8, 0.9], kept: [COLOURS.point, 1, Math.min(0.75, Math.max(0.02, 100 / Math.max(many, 1)))], front: [COLOURS.front, 1.8, 0.9], chosen: [COLOURS.ink, 2.6, 1]};
  for (const [kind, [colour, thick, alpha]] of Object.entries(looks)) {
    pen.strokeStyle = colour;
    pen.lineWidth = thick;
    pen.globalAlpha = alpha;
    for (const row of rows[kind]) {
      pen.beginPath();
      for (const [x, y, values] of places) pen.lineTo(x, y(values[row]));
      pen.stroke();
    }
  }
}

function drawn(tag, attributes, words) {
  const element = document.createElementNS("http://www.w3.org/2000/svg", tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  if (words !== undefined) element.textContent = words;
  return element;
}

function parallelAxes() {
  const {svg, width, height, names, scales, top} = parallel;
  svg.replaceChildren();
  svg.setAttribute("width", width);
  svg.setAttribute("height", height);
  const room = names.length > 1 ? (width - parallel.left - parallel.right) / (names.length - 1) : width;
  names.forEach((name, place) => {
    const x = parallelX(place), scale = scales.get(name), column = COLUMNS.get(name);
    const first = place === 0 && names.length > 1, side = first ? -7 : 7, anchor = first ? "end" : "start", letters = Math.max(Math.floor(room / 7), 6);
    svg.append(drawn("line", {x1: x, x2: x, y1: top, y2: scale.base, class: "axis-line"}));
    svg.append(drawn("text", {x, y: 16, "text-anchor": "middle", class: "name"}, cut(column.label, letters)));
    const better = {minimise: "less is better", maximise: "more is better"}[SWEEP.objectives.includes(name) ? column.better : ""];
    svg.append(drawn("text", {x, y: 32, "text-anchor": "middle", class: "unit"}, cut([column.unit, better].filter(Boolean).join(", "), letters + 2)));
    for (const [y, words] of thinned(scale.marks)) {
      svg.append(drawn("line", {x1: x - 3, x2: x + 3, y1: y, y2: y, class: "axis-line"}));
      svg.append(drawn("text", {x: x + side, y: y + 4, "text-anchor": anchor}, cut(words, letters)));
    }
    if (scale.gaps) svg.append(drawn("text", {x: x + side, y: scale.base + 4, "text-anchor": anchor}, "none"));
    const band = drawn("rect", {class: "band", width: 18, x: x - 9, "data-band": place});
    const grip = drawn("rect", {class: "grip", x: x - 18, y: top - 8, width: 36, height: scale.base - top + 16, "data-axis": place});
    svg.append(band, grip);
    grip.addEventListener("pointerdown", (event) => parallelDrag(event, name, grip));
  });
  parallelBands();
}

function thinned(marks) {
  const kept = [];
  for (const mark of marks.slice().sort((a, b) => a[0] - b[0])) if (!kept.length || mark[0] - kept[kept.length - 1][0] >= 12) kept.push(mark);
  return kept;
}

function cut(words, letters) { return words.length > letters ? `${words.slice(0, letters - 1)}…` : words; }

function spanOf(name) {
  const bound = points.bounds.get(name), scale = parallel.scales.get(name), {top} = parallel;
  if (!bound) return null;
  if (bound.names) {
    const places = [...bound.names].map((value) => scale.y(value));
    return places.length ? [Math.min(...places) - 8, Math.max(...places) + 8] : null;
  }
  const [first, last] = extentOf(COLUMNS.get(name));
  return [scale.y(Math.min(bound.high, last)), scale.y(Math.max(bound.low, first))].map((y) => Math.max(Math.min(y, scale.base), top));
}

function parallelBands() {
  parallel.names.forEach((name, place) => {
    const band = parallel.svg.querySelector(`[data-band="${place}"]`), span = spanOf(name);
    band.setAttribute("y", span ? span[0] : 0);
    band.setAttribute("height", span ? Math.max(span[1] - span[0], 2) : 0);
  });
}

function parallelDrag(event, name, grip) {
  const box = parallel.svg.getBoundingClientRect(), scale = parallel.scales.get(name), start = event.clientY - box.top, before = spanOf(name);
  const moved = before && start >= before[0] && start <= before[1] ? before : null;
  let far = false;
  const end = (step) => {
    const here = step.clientY - box.top;
    far = far || Math.abs(here - start) > 3;
    if (far) points.bound(name, boundOf(name, scale, moved ? moved.map((y) => y + here - start) : [Math.min(start, here), Math.max(start, here)]));
  };
  const stop = () => {
    grip.removeEventListener("pointermove", end);
    grip.removeEventListener("pointerup", stop);
    grip.removeEventListener("pointercancel", stop);
    if (!far) points.bound(name, null);
  };
  grip.setPointerCapture(event.pointerId);
  grip.addEventListener("pointermove", end);
  grip.addEventListener("pointerup", stop);
  grip.addEventListener("pointercancel", stop);
  event.preventDefault();
}

function boundOf(name, scale, [upper, lower]) {
  if (scale.text) return {names: new Set(scale.within(upper, lower))};
  return {low: scale.back(lower), high: scale.back(upper)};
}

// The same bounds for the keyboard.
function parallelBounds() {
  const box = document.getElementById("bounds-controls");
  for (const name of parallel.names) {
    const column = COLUMNS.get(name), field = make("fieldset", {"data-column": name}, make("legend", {}, points.title(name)));
    box.append(field);
    if (column.text) textBounds(field, column);
    else numberBounds(field, column);
  }
}

function numberBounds(field, column) {
  const ends = ["low", "high"].map((end) => make("input", {type: "number", step: "any", "aria-label": `${column.label}, ${end === "low" ? "at least" : "at most"}`, "data-end": end}));
  const changed = () => {
    const [low, high] = ends.map((input) => input.value === "" ? null : Number(input.value));
    points.bound(column.name, low === null && high === null ? null : {low: low ?? -Infinity, high: high ?? Infinity});
  };
  ends.forEach((input) => input.addEventListener("change", changed));
  field.append(ends[0], " to ", ends[1]);
}

function textBounds(field, column) {
  const boxes = namesOf(column).slice(0, 40).map((value) => {
    const input = make("input", {type: "checkbox", checked: true});
    input.checked = true;
    input.dataset.name = value;
    field.append(labelled(value, input));
    return input;
  });
  const changed = () => {
    const kept = boxes.filter((input) => input.checked).map((input) => input.dataset.name);
    points.bound(column.name, kept.length === boxes.length ? null : {names: new Set(kept)});
  };
  boxes.forEach((input) => input.addEventListener("change", changed));
}

function showBounds() {
  for (const field of document.querySelectorAll("#bounds-controls fieldset")) {
    const bound = points.bounds.get(field.dataset.column);
    for (const input of field.querySelectorAll("input")) {
      if (input === document.activeElement) continue;
      if (input.type === "checkbox") input.checked = !bound || bound.names.has(input.dataset.name);
      else input.value = bound && Number.isFinite(bound[input.dataset.end]) ? Number(bound[input.dataset.end].toPrecision(5)) : "";
    }
  }
}
