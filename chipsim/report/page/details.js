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

// All charts of one run, packed in two columns; those that need the whole width below.
function showCharts(run, into) {
  const columns = make("div", {class: "packed"});
  into.append(columns);
  const ready = run.charts.map((chart) => {
    const section = make("section");
    (WIDE.has(chart.name) ? into : columns).append(section);
    return placeChart(chart, section, "h3", run.name);
  });
  ready.forEach((paint) => paint());
}

// Headline numbers of several runs as a table, a column for each.
function showHeads(runs, into) {
  const names = [...new Set(runs.flatMap((run) => run.figures.map((figure) => figure.name)))], table = make("table"), box = make("div", {class: "scroll"}, table);
  table.append(make("thead", {}, make("tr", {}, make("th"), ...runs.map((run) => make("th", {class: "number", scope: "col"}, run.name)))));
  const value = (run, name) => run.figures.find((figure) => figure.name === name);
  const line = (name) => make("tr", {}, make("th", {scope: "row"}, name), ...runs.map((run) => make("td", {class: "number", title: value(run, name)?.counted || ""}, value(run, name)?.value || "-")));
  table.append(make("tbody", {}, ...names.map(line)));
  into.append(box);
  for (const run of runs) into.append(make("p", {}, make("strong", {}, run.name), ` (${run.digest}). ${run.sentences.join(" ")}`));
}

// A section for each kind of chart, with all runs in it.
function showBeside(runs, into) {
  const titles = new Map(runs.flatMap((run) => run.charts.map((chart) => [chart.name, chart.title]))), ready = [];
  for (const [name, title] of titles) {
    const section = make("section", {}, make("h2", {}, title)), row = make("div", {class: "beside"});
    section.append(row);
    into.append(section);
    const found = runs.map((run) => run.charts.find((chart) => chart.name === name)), notes = new Set(found.filter(Boolean).map((chart) => chart.note));
    runs.forEach((run, place) => {
      const chart = found[place], box = make("div", {}, make("h4", {}, run.name));
      row.append(box);
      if (chart) ready.push(placeChart(notes.size > 1 ? chart : {...chart, note: ""}, box, null, run.name));
      else box.append(make("p", {class: "soft"}, "not there"));
    });
    if (notes.size === 1 && [...notes][0]) section.append(make("p", {class: "soft"}, [...notes][0]));
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
  if (row < 0) {
    body.append(make("p", {}, SWEEP.state.includes(0) ? "Choose a point above. Run folders with charts of the front were not found." : "No point has been answered."));
    return;
  }
  const rows = place >= 0 ? [...SWEEP.columns.filter((column) => column.role === "axis").map((column) => column.name), ...SWEEP.objectives, ...SWEEP.limits] : table.columns;
  const names = [...new Set(rows)].filter((name) => COLUMNS.has(name) && points.value(name, row) !== null);
  body.append(valuesOf(names.map((name) => [COLUMNS.get(name).label, points.words(name, row), COLUMNS.get(name).meaning])));
  if (SWEEP.message[row] >= 0) body.append(make("p", {}, SWEEP.messages[SWEEP.message[row]]));
  if (place >= 0) {
    body.append(runHead(DATA.front.details[place]));
    showCharts(DATA.front.details[place], body);
  }
  if (place < 0 && SWEEP.folder[row]) body.append(make("p", {}, `This page holds charts of the front only. For those of this point: chipsim report points/${SWEEP.folder[row]} --page point.html`));
  if (scroll) document.getElementById("details").scrollIntoView({block: "start"});
}
