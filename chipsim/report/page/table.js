// The table of points: sorted, filtered by words or conditions, a page at a time.

const table = {columns: [], rows: [], sorted: "", down: false, words: "", front: false, first: 0, texts: new Map()};
const PAGE = 50;

function tableStart() {
  const found = (role) => SWEEP.columns.filter((column) => column.role === role).map((column) => column.name);
  const goals = [...SWEEP.objectives, ...SWEEP.limits].filter((name) => COLUMNS.has(name));
  table.columns = [...new Set([...found("axis"), ...goals, ...found("measure"), ...found("fact")])];
  tableControls();
  tableDraw();
}

function tableControls() {
  const box = document.getElementById("table-controls");
  const example = SWEEP.objectives.concat([...COLUMNS.keys()]).find((name) => COLUMNS.has(name) && !COLUMNS.get(name).text) || "energy";
  const filter = make("input", {type: "search", id: "filter", placeholder: `words, or ${example}<1`, title: `words that a row must hold, or conditions such as ${example}<1 in the unit of the column`});
  filter.addEventListener("input", () => { table.words = filter.value; table.first = 0; tableDraw(); });
  const front = make("input", {type: "checkbox", id: "only-front"});
  front.addEventListener("change", () => { table.front = front.checked; table.first = 0; tableDraw(); });
  const [back, on] = [make("button", {type: "button", id: "back"}, "previous"), make("button", {type: "button", id: "on"}, "next")];
  back.addEventListener("click", () => { table.first = Math.max(table.first - PAGE, 0); tableDraw(); });
  on.addEventListener("click", () => { table.first += PAGE; tableDraw(); });
  box.append(labelled("filter", filter));
  if (SWEEP.front.includes(1)) box.append(labelled("only the front", front));
  box.append(back, on, make("span", {id: "table-count", role: "status"}));
}

// Whether a row passes every word; `name<number` and the like are conditions.
function tableTests(words) {
  return words.trim().toLowerCase().split(/\s+/).filter(Boolean).map((word) => {
    const match = /^([^<>=]+)(<=|>=|<|>|=)([^<>=]+)$/.exec(word);
    const name = match && [...COLUMNS.keys()].find((key) => key.toLowerCase() === match[1]);
    if (!name) return (row) => textOf(row).includes(word);
    const limit = Number(match[3]), {values, text} = COLUMNS.get(name);
    const compare = {"<": (a) => a < limit, ">": (a) => a > limit, "<=": (a) => a <= limit, ">=": (a) => a >= limit, "=": (a) => a === limit}[match[2]];
    return text ? (row) => String(values[row]).toLowerCase() === match[3] : (row) => values[row] !== null && compare(values[row]);
  });
}

function textOf(row) {
  if (!table.texts.has(row)) {
    const cells = table.columns.map((name) => `${COLUMNS.get(name).label} ${points.words(name, row)}`);
    const message = SWEEP.message[row] >= 0 ? SWEEP.messages[SWEEP.message[row]] : "";
    table.texts.set(row, [points.called(row), STATES[SWEEP.state[row]], message, SWEEP.folder[row], ...cells].join(" ").toLowerCase());
  }
  return table.texts.get(row);
}

function tableRows() {
  const tests = tableTests(table.words), found = [];
  for (let row = 0; row < points.count; row++) {
    if (points.kept[row] && (!table.front || SWEEP.front[row]) && tests.every((test) => test(row))) found.push(row);
  }
  if (table.sorted) {
    const sign = table.down ? -1 : 1;
    const value = table.sorted === "point" ? (row) => SWEEP.point[row] : table.sorted === "state" ? (row) => SWEEP.state[row] : (row) => COLUMNS.get(table.sorted).values[row];
    const order = (a, b) => typeof a === "string" || typeof b === "string" ? String(a).localeCompare(String(b), "en", {numeric: true}) : a - b;
    found.sort((a, b) => {
      const [one, other] = [value(a), value(b)];
      return one === null || other === null ? (one === null) - (other === null) : sign * order(one, other) || a - b;
    });
  }
  return found;
}

function tableDraw() {
  table.rows = tableRows();
  table.first = Math.min(table.first, Math.max(Math.ceil(table.rows.length / PAGE) - 1, 0) * PAGE);
  tableHead();
  const body = document.querySelector("#table tbody");
  body.replaceChildren(...table.rows.slice(table.first, table.first + PAGE).map(tableRow));
  const last = Math.min(table.first + PAGE, table.rows.length), count = table.rows.length.toLocaleString("en-US");
  document.getElementById("table-count").textContent = table.rows.length ? `rows ${table.first + 1} to ${last} of ${count}` : "no rows";
  document.getElementById("back").disabled = table.first === 0;
  document.getElementById("on").disabled = last >= table.rows.length;
}

function tableHead() {
  const names = ["point", "state", ...table.columns], row = make("tr");
  for (const name of names) {
    const column = COLUMNS.get(name), words = column ? points.title(name) : name, here = table.sorted === name;
    const button = make("button", {type: "button", title: column ? column.meaning : "", "data-sort": name}, `${words}${here ? table.down ? " ▼" : " ▲" : ""}`);
    button.addEventListener("click", () => tableSort(name));
    row.append(make("th", {scope: "col", class: column && !column.text ? "number" : "", "aria-sort": here ? table.down ? "descending" : "ascending" : "none"}, button));
  }
  if (SWEEP.messages.length) row.append(make("th", {scope: "col"}, "message"));
  const head = document.querySelector("#table thead"), focused = document.activeElement && document.activeElement.dataset.sort;
  head.replaceChildren(row);
  if (focused) [...head.querySelectorAll("button")].find((button) => button.dataset.sort === focused)?.focus();
}

function tableSort(name) {
  if (table.sorted !== name) [table.sorted, table.down] = [name, false];
  else if (!table.down) table.down = true;
  else [table.sorted, table.down] = ["", false];
  table.first = 0;
  tableDraw();
}

function tableRow(row) {
  const button = make("button", {type: "button", "aria-label": `details of ${points.called(row)}`}, String(SWEEP.point[row]));
  const marks = SWEEP.knee[row] ? ", knee" : SWEEP.front[row] ? ", front" : points.done(row) && !SWEEP.feasible[row] ? ", beyond a limit" : "";
  const line = make("tr", {"aria-selected": String(row === points.chosen), "data-row": row}, make("td", {}, button), make("td", {}, STATES[SWEEP.state[row]] + marks));
  for (const name of table.columns) {
    const {values, text} = COLUMNS.get(name), value = values[row];
    line.append(make("td", {class: text ? "" : "number"}, value === null ? "-" : text ? value : number(value)));
  }
  if (SWEEP.messages.length) line.append(make("td", {class: "message"}, SWEEP.message[row] >= 0 ? SWEEP.messages[SWEEP.message[row]] : ""));
  line.addEventListener("click", () => points.choose(row, line.contains(document.activeElement)));
  return line;
}

function tableChosen(row) {
  for (const line of document.querySelectorAll("#table tbody tr")) line.setAttribute("aria-selected", String(Number(line.dataset.row) === row));
}
