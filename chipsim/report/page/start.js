// Which parts a page has, and what is drawn anew when points are hidden.

function showCount() {
  const kept = points.kept.reduce((sum, one) => sum + one, 0), all = points.count.toLocaleString("en-US");
  document.getElementById("count").textContent = points.bounds.size ? `${kept.toLocaleString("en-US")} of ${all} points pass the limits set here` : `all ${all} points`;
  document.getElementById("reset").disabled = !points.bounds.size;
}

// Bars of the points of the front that are kept.
function showStacks() {
  const box = document.getElementById("front");
  DATA.front.stacks.forEach((chart, place) => {
    const plot = box.querySelectorAll(".chart")[place], rows = DATA.front.rows;
    const kept = rows.map((row, index) => points.kept[row] ? index : -1).filter((index) => index >= 0);
    const pick = (list) => kept.map((index) => list[index]);
    const data = chart.data.map((trace) => ({...trace, x: pick(trace.x), y: kept.map((_, index) => index), ...(trace.hovertext ? {hovertext: pick(trace.hovertext)} : {}), ...(Array.isArray(trace.text) ? {text: pick(trace.text)} : {})}));
    const ticks = {tickvals: kept.map((_, index) => index), ticktext: pick(chart.layout.yaxis.ticktext)};
    draw(plot, data, {...chart.layout, yaxis: {...chart.layout.yaxis, ...ticks}});
  });
}

function startSweep() {
  points.kept = new Uint8Array(points.count).fill(1);
  placeAll(DATA.front.stacks, document.getElementById("front"));
  placeAll(DATA.charts, document.getElementById("charts"));
  const any = SWEEP.columns.length > 0 && SWEEP.state.includes(0);
  if (any) {
    scatterStart();
    parallelStart();
  } else {
    for (const name of ["pareto", "parallel"]) document.getElementById(name).append(make("p", {}, "No point has been answered."));
  }
  tableStart();
  points.watchers.push((row) => tableChosen(row), detailsDraw);
  if (any) points.watchers.push(scatterChosen, parallelLines);
  points.listeners.push(showCount, rested(() => { table.first = 0; tableDraw(); showStacks(); if (any) scatterDraw(); }));
  if (any) points.listeners.push(parallelLines, parallelBands, showBounds);
  document.getElementById("reset").addEventListener("click", () => { points.bounds.clear(); points.filter(); });
  detailsStart();
  showCount();
}

function placeAll(charts, into) {
  const ready = charts.map((chart) => {
    const section = make("section");
    into.append(section);
    return placeChart(chart, section, "h2");
  });
  ready.forEach((paint) => paint());
}

function startRuns() {
  const into = document.getElementById("runs"), head = document.getElementById("headline");
  placeAll(DATA.charts, document.getElementById("charts"));
  if (DATA.runs.length === 1) {
    head.append(runHead(DATA.runs[0]));
    showCharts(DATA.runs[0], into);
  } else {
    showHeads(DATA.runs, head);
    showBeside(DATA.runs, into);
  }
}

if (SWEEP) startSweep();
else startRuns();
document.documentElement.dataset.ready = "yes";
