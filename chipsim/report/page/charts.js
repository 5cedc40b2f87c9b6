// What all charts share: the numbers of the page, texts that stay texts, elements, drawing.

const DATA = JSON.parse(document.getElementById("data").textContent);
const COLOURS = {point: "#0072B2", front: "#D55E00", knee: "#E69F00", pale: "#9aa3ad", rest: "#d9dee4", ink: "#1c2530", soft: "#4b5563"};
const VIRIDIS = ["#440154", "#482878", "#3E4A89", "#31688E", "#26828E", "#1F9E89", "#35B779", "#6DCD59", "#B4DE2C"];
const FONT = 'system-ui, "Segoe UI", "Liberation Sans", "DejaVu Sans", sans-serif';
const CONFIG = {
  displaylogo: false, modeBarButtons: [["toImage"], ["zoom2d", "pan2d"], ["zoomIn2d", "zoomOut2d", "resetScale2d"]], // none that sends data away
  toImageButtonOptions: {format: "svg", filename: "chipsim"},
};

// A text that plotly prints as it is.
function safe(text) {
  return String(text).replace(/&/g, "&amp;").replace(/</g, "&lt;").replace(/>/g, "&gt;");
}

function make(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value === true) element.setAttribute(name, "");
    else if (value !== false && value !== null) element.setAttribute(name, value);
  }
  element.append(...children);
  return element;
}

function number(value) {
  if (value === 0) return "0";
  const size = Math.abs(value), short = Number(value.toPrecision(4));
  if (size >= 1e6 || size < 1e-4) return short.toExponential().replace("e+", "e");
  return size >= 1000 ? String(short).replace(/\B(?=(\d{3})+$)/g, ",") : String(short); // toLocaleString is ten times slower
}

function labelled(label, control) {
  return make("label", {}, `${label} `, control);
}

function choice(names, chosen, changed, attributes = {}) {
  const select = make("select", attributes);
  for (const [value, words] of names) select.append(make("option", {value, selected: value === chosen}, words));
  select.addEventListener("change", () => changed(select.value));
  return select;
}

function axisOf(title, more) {
  return {
    gridcolor: "#e3e7eb", linecolor: "#9aa3ad", zeroline: false, automargin: true, ticks: "outside", ticklen: 4, tickcolor: "#9aa3ad", showline: true,
    title: {text: safe(title), font: {color: COLOURS.soft, size: 12}, standoff: 8}, ...more,
  };
}

function layoutOf(more) {
  return {
    font: {family: FONT, size: 12, color: COLOURS.ink}, paper_bgcolor: "#ffffff", plot_bgcolor: "#ffffff", margin: {l: 64, r: 18, t: 10, b: 46},
    hovermode: "closest", hoverlabel: {bgcolor: "#ffffff", bordercolor: COLOURS.soft, font: {color: COLOURS.ink, size: 12}, align: "left"},
    legend: {orientation: "h", y: 1.02, yanchor: "bottom", x: 0, xanchor: "left", font: {size: 11}}, ...more,
  };
}

const RESIZED = new ResizeObserver((entries) => {
  for (const {target} of entries) if (target.classList.contains("js-plotly-plot") && target.offsetWidth && Math.abs(target.offsetWidth - target._fullLayout.width) > 1) Plotly.relayout(target, {width: target.offsetWidth});
});

// Draw into a box of the document, as wide as it is; drawn anew when its width changes.
function draw(box, data, layout) {
  RESIZED.observe(box);
  return Plotly.react(box, data, {...layout, width: box.offsetWidth, height: box.offsetHeight}, CONFIG);
}

// The place of a chart that the page brought ready: heading, box, sentence. It is drawn when everything has its place.
function placeChart(chart, into, heading = "h3", name = null) {
  const box = make("div", {class: "chart", role: "img", "aria-label": name ? `${chart.title}, ${name}` : chart.title, "data-chart": chart.name});
  box.style.height = `${chart.height}px`;
  if (heading) into.append(make(heading, {}, chart.title));
  into.append(box);
  if (chart.note) into.append(make("p", {class: "soft"}, chart.note));
  return () => draw(box, chart.data, chart.layout);
}

// On paper the page is as wide as its window, since charts have the width in which they were drawn.
window.addEventListener("beforeprint", () => {
  document.getElementById("paper")?.remove();
  document.head.append(make("style", {id: "paper"}, `@page { size: ${innerWidth}px ${Math.round(innerWidth * 1.414)}px; margin: 0; }`));
});

function clear(element) {
  element.querySelectorAll(".js-plotly-plot").forEach((plot) => { RESIZED.unobserve(plot); Plotly.purge(plot); });
  element.replaceChildren();
}
