// One column of the sweep against another: front, knee, points beyond a limit, the best line of the two.

const scatter = {x: "", y: "", colour: "", logs: {x: false, y: false}};
const MOST = 12000; // points drawn besides the front; of more, every second, third ... is

function numbersOf(name) { return COLUMNS.has(name) && SWEEP.columns.some((column) => column.name === name); }

function scatterStart() {
  const names = SWEEP.columns.map((column) => column.name), measures = SWEEP.columns.filter((column) => column.role === "measure" && varies(column));
  const goals = SWEEP.objectives.filter(numbersOf), axes = SWEEP.columns.filter((column) => column.role === "axis");
  const fallback = [...goals, ...measures.map((column) => column.name), ...axes.map((column) => column.name), ...names].filter(numbersOf);
  const pair = goals.length >= 2 ? goals.slice(0, 2) : goals.length === 1 ? [besides(axes, goals[0], fallback), goals[0]] : fallback.slice(0, 2);
  scatterControls(pair);
  scatterChoose(pair[0], pair[1] || pair[0]);
  const box = document.getElementById("scatter");
  draw(box, ...scatterFigure()).then(() => {
    box.on("plotly_click", (event) => { if (event.points[0].customdata !== undefined) points.choose(event.points[0].customdata); });
  });
}

function besides(axes, goal, names) {
  const found = axes.filter(varies);
  return found.length ? found[0].name : names.find((name) => name !== goal) || goal;
}

function varies(column) { return new Set(column.values.filter((value, row) => value !== null && points.done(row))).size > 1; }

function scatterChoose(x, y) {
  [scatter.x, scatter.y] = [x, y];
  for (const side of ["x", "y"]) scatter.logs[side] = COLUMNS.get(scatter[side]).log;
  scatterShowChoice();
}

function scatterShowChoice() {
  for (const side of ["x", "y"]) {
    document.getElementById(`scatter-${side}`).value = scatter[side];
    const box = document.getElementById(`scatter-log-${side}`), column = COLUMNS.get(scatter[side]);
    box.disabled = column.text || !(extentOf(column)[0] > 0);
    box.checked = scatter.logs[side] && !box.disabled;
  }
  for (const button of document.querySelectorAll("#scatter-controls button")) {
    button.setAttribute("aria-pressed", button.dataset.pair === JSON.stringify([scatter.x, scatter.y]));
  }
}

function scatterControls(pair) {
  const box = document.getElementById("scatter-controls"), options = SWEEP.columns.map((column) => [column.name, points.title(column.name)]);
  for (const side of ["x", "y"]) {
    const select = choice(options, pair[side === "x" ? 0 : 1], (value) => {
      scatter[side] = value;
      scatter.logs[side] = COLUMNS.get(value).log;
      scatterShowChoice();
      scatterDraw();
    }, {id: `scatter-${side}`});
    const log = make("input", {type: "checkbox", id: `scatter-log-${side}`});
    log.addEventListener("change", () => { scatter.logs[side] = log.checked; scatterDraw(); });
    box.append(labelled(side === "x" ? "across" : "up", select), labelled("log", log));
  }
  const colours = [["", "state"], ...options];
  box.append(labelled("colour", choice(colours, "", (value) => { scatter.colour = value; scatterDraw(); }, {id: "scatter-colour"})));
  const accuracy = SWEEP.objectives.find((name) => name.startsWith("accuracy")) || [...COLUMNS.keys()].filter((name) => /^accuracy(?!_loss)/.test(name)).pop();
  const rate = ["sustained_ops", "peak_ops"].find((name) => COLUMNS.has(name));
  const pairs = [["objectives", pair], ["accuracy - energy", ["energy", accuracy]], ["area - throughput", ["area", rate]]];
  const seen = new Set();
  for (const [words, [x, y]] of pairs.filter(([, names]) => names.every((name) => name && COLUMNS.has(name)))) {
    if (seen.has(`${x} ${y}`)) continue;
    seen.add(`${x} ${y}`);
    const button = make("button", {type: "button", "data-pair": JSON.stringify([x, y])}, words);
    button.addEventListener("click", () => { scatterChoose(x, y); scatterDraw(); });
    box.append(button);
  }
}

function scatterDraw() {
  draw(document.getElementById("scatter"), ...scatterFigure());
}

// Data and layout of the chart.
function scatterFigure() {
  const groups = {pale: [], point: [], front: [], knee: []};
  let shown = 0;
  for (let row = 0; row < points.count; row++) {
    if (!points.done(row) || !points.kept[row] || points.value(scatter.x, row) === null || points.value(scatter.y, row) === null) continue;
    shown += 1;
    groups[SWEEP.knee[row] ? "knee" : SWEEP.front[row] ? "front" : SWEEP.feasible[row] ? "point" : "pale"].push(row);
  }
  const many = groups.pale.length + groups.point.length, step = Math.ceil(many / MOST);
  if (step > 1) for (const name of ["pale", "point"]) groups[name] = groups[name].filter((_, place) => place % step === 0);
  const data = [scatterBest([...groups.point, ...groups.front, ...groups.knee])];
  data.push(marks("beyond a limit", groups.pale, {color: "#ffffff", size: 7, symbol: "circle", line: {color: COLOURS.pale, width: 1}}));
  data.push(marks("points", groups.point, {...painted(groups.point), size: shown > 2000 ? 5 : 8, opacity: shown > 2000 ? 0.6 : 0.85, line: {color: "#ffffff", width: shown > 2000 ? 0 : 0.7}}));
  data.push(marks("front", groups.front, {...painted(groups.front, COLOURS.front), size: 11, symbol: "diamond", line: {color: COLOURS.ink, width: 1.2}}));
  data.push(marks("knee", groups.knee, {...painted(groups.knee, COLOURS.knee), size: 17, symbol: "star", line: {color: COLOURS.ink, width: 1.2}}));
  const note = [shown ? "" : "No point has both numbers. ", step > 1 ? `Of ${many.toLocaleString("en-US")} points beside the front, every ${step}th is drawn. ` : ""];
  if (SWEEP.front.includes(1) && SWEEP.objectives.length > 1) note.push("Front and knee are those of all objectives. ");
  note.push("Click a point for its details.");
  document.getElementById("scatter-note").textContent = note.join("");
  const layout = {xaxis: scatterAxis("x"), yaxis: scatterAxis("y"), uirevision: JSON.stringify([scatter.x, scatter.y, scatter.logs]), dragmode: "zoom", hoverdistance: 12, shapes: chosenMark()};
  return [data, layoutOf(layout)];
}

function marks(name, rows, marker) {
  const trace = {type: "scatter", mode: "markers", name, marker, customdata: rows, hoverinfo: "text", showlegend: rows.length > 0};
  trace.x = rows.map((row) => placed(scatter.x, row));
  trace.y = rows.map((row) => placed(scatter.y, row));
  trace.hovertext = rows.map((row) => points.note(row, [scatter.x, scatter.y]));
  return trace;
}

function placed(name, row) {
  const column = COLUMNS.get(name);
  return column.text ? namesOf(column).indexOf(column.values[row]) : column.values[row];
}

const nameLists = new Map();
function namesOf(column) {
  if (!nameLists.has(column.name)) nameLists.set(column.name, [...new Set(column.values.filter((value, row) => value !== null && points.done(row)))].sort());
  return nameLists.get(column.name);
}

// Colour by a column, or one colour for all.
function painted(rows, colour = COLOURS.point) {
  if (!scatter.colour || !rows.length) return {color: colour};
  const column = COLUMNS.get(scatter.colour), values = rows.map((row) => placed(scatter.colour, row));
  const [low, high] = column.text ? [0, Math.max(namesOf(column).length - 1, 1)] : extentOf(column);
  const bar = {title: {text: safe(points.title(scatter.colour)), side: "right", font: {size: 11}}, thickness: 12, outlinewidth: 0};
  if (column.text) Object.assign(bar, {tickvals: namesOf(column).map((_, place) => place), ticktext: namesOf(column).map(safe)});
  return {color: values, cmin: low, cmax: high, colorscale: VIRIDIS.map((shade, place) => [place / (VIRIDIS.length - 1), shade]), colorbar: bar, showscale: true};
}

// A ring around the point whose details are shown.
function chosenMark() {
  const row = points.chosen, known = row >= 0 && points.done(row) && points.value(scatter.x, row) !== null && points.value(scatter.y, row) !== null;
  if (!known) return [];
  const place = {xanchor: placed(scatter.x, row), yanchor: placed(scatter.y, row), xsizemode: "pixel", ysizemode: "pixel", x0: -11, x1: 11, y0: -11, y1: 11};
  return [{type: "circle", ...place, line: {color: COLOURS.ink, width: 2.5}, name: "details below", showlegend: true}];
}

function scatterChosen() { Plotly.relayout(document.getElementById("scatter"), {shapes: chosenMark()}); }

// The line of the points that no other one beats in these two measures, where it is known which direction is better.
function scatterBest(rows) {
  const [x, y] = [COLUMNS.get(scatter.x), COLUMNS.get(scatter.y)], found = [];
  if (x.better && y.better && x !== y) {
    const across = x.better === "minimise" ? 1 : -1, up = y.better === "minimise" ? 1 : -1;
    const ordered = rows.slice().sort((a, b) => across * (x.values[a] - x.values[b]) || up * (y.values[a] - y.values[b]));
    let best = Infinity;
    for (const row of ordered) if (up * y.values[row] < best) { best = up * y.values[row]; found.push(row); }
  }
  const trace = {type: "scatter", mode: "lines", name: "best of these two", hoverinfo: "skip", showlegend: found.length > 1};
  trace.line = {color: COLOURS.front, width: 1.5, dash: "dot", shape: "hv"};
  trace.x = found.map((row) => x.values[row]);
  trace.y = found.map((row) => y.values[row]);
  return trace;
}

// Axes stay where they are when points are hidden, so that places can be compared.
function scatterAxis(side) {
  const column = COLUMNS.get(scatter[side]);
  if (column.text) {
    const names = namesOf(column);
    return axisOf(column.label, {tickvals: names.map((_, place) => place), ticktext: names.map(safe), range: [-0.5, names.length - 0.5]});
  }
  let [low, high] = extentOf(column);
  const log = scatter.logs[side] && low > 0;
  if (log) [low, high] = [Math.log10(low), Math.log10(high)];
  const air = (high - low) * 0.06 || (log ? 0.1 : Math.abs(high) * 0.05 || 1);
  return axisOf(points.title(scatter[side]), {type: log ? "log" : "linear", range: [low - air, high + air], ...ticksOf(column, log, high - low)});
}

// The values themselves where a column is an axis of few values; of a logarithm 1, 2, 5 or powers of ten.
function ticksOf(column, log, reach) {
  const own = [...new Set(column.values.filter((value, row) => value !== null && points.done(row)))].sort((a, b) => a - b);
  const apart = own.every((value, place) => !place || (log ? Math.log10(value / own[place - 1]) : value - own[place - 1]) > reach / 16);
  if (column.role === "axis" && own.length <= 12 && apart) return {tickvals: own, ticktext: own.map(number)};
  return log ? {dtick: reach > 2.2 ? 1 : "D2"} : {};
}
