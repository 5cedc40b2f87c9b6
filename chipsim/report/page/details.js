// Headline numbers and charts of a run, or of several runs side by side; the details of the point that is looked at.

function valuesOf(pairs) {
  const box = make("div", {class: "values"});
  for (const [name, value, counted] of pairs) box.append(make("div", {title: counted || ""}, make("span", {}, name), make("span", {}, value)));
  return box;
}

const WIDE = new Set(["gantt"]);

function runHead(run) {
  const box = document.createDocumentFragment();
  box.append(valuesOf(run.figures.map((figure) => [figure.name, figure.value, figure.counted])));
  for (const sentence of run.sentences) box.append(make("p", {}, sentence));
  return box;
}

function showRun(run, into) {
  into.append(runHead(run));
  const columns = make("div", {class: "packed"});
  into.append(columns);
  const ready = run.charts.map((chart) => {
    const section = make("section");
    (WIDE.has(chart.name) ? into : columns).append(section);
    return placeChart(chart, section, "h3", run.name);
  });
  ready.forEach((paint) => paint());
}

function showRuns(runs, into) {
  const head = make("section", {}, make("h2", {}, "Headline numbers")), beside = make("div", {class: "beside"}), ready = [];
  head.append(beside);
  for (const run of runs) beside.append(make("div", {}, make("h4", {}, `${run.name} (${run.digest})`), runHead(run)));
  into.append(head);
  const titles = new Map(runs.flatMap((run) => run.charts.map((chart) => [chart.name, chart.title])));
  for (const [name, title] of titles) {
    const section = make("section", {}, make("h2", {}, title)), row = make("div", {class: "beside"});
    section.append(row);
    into.append(section);
    for (const run of runs) {
      const chart = run.charts.find((one) => one.name === name), box = make("div", {}, make("h4", {}, run.name));
      row.append(box);
      if (chart) ready.push(placeChart(chart, box, null, run.name));
      else box.append(make("p", {class: "soft"}, "not there"));
    }
  }
  ready.forEach((paint) => paint());
}

function detailsStart() {
  const {rows} = DATA.front;
  const select = choice(rows.map((row, place) => [String(row), DATA.front.details[place].name]), "", (value) => points.choose(Number(value)), {id: "details-choice"});
  const box = document.getElementById("details-controls");
  if (rows.length) box.append(labelled("points of the front", select));
  box.append(make("strong", {id: "details-name", role: "status"}));
  points.choose(rows.length ? rows[0] : -1);
}

function detailsDraw(row, scroll) {
  const body = document.getElementById("details-body"), select = document.getElementById("details-choice"), place = DATA.front.rows.indexOf(row);
  clear(body);
  document.getElementById("details-name").textContent = row >= 0 ? points.called(row) : "";
  if (select) select.value = place >= 0 ? String(row) : "";
  if (row < 0) { body.append(make("p", {}, "No point has been answered.")); return; }
  const rows = place >= 0 ? [...SWEEP.columns.filter((column) => column.role === "axis").map((column) => column.name), ...SWEEP.objectives, ...SWEEP.limits] : table.columns;
  const names = [...new Set(rows)].filter((name) => COLUMNS.has(name) && points.value(name, row) !== null);
  body.append(valuesOf(names.map((name) => [COLUMNS.get(name).label, points.words(name, row), COLUMNS.get(name).meaning])));
  if (SWEEP.message[row] >= 0) body.append(make("p", {}, SWEEP.messages[SWEEP.message[row]]));
  if (place >= 0) showRun(DATA.front.details[place], body);
  else if (SWEEP.folder[row]) body.append(make("p", {}, `This page holds charts of the front only. For those of this point: chipsim report points/${SWEEP.folder[row]} --page point.html`));
  if (scroll) document.getElementById("details").scrollIntoView({block: "start"});
}
