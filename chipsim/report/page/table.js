// The table of points: sorted, filtered by words or conditions, a page at a time.

const table = {columns: [], rows: [], sorted: "", down: false, words: "", front: false, first: 0, texts: new Map()};
const PAGE = 50;

function tableStart() {
  const found = (role) => SWEEP.columns.filter((column) => column.role === role).map((column) => column.name);
  const goals = [...SWEEP.objectives, ...SWEEP.limits].filter((name) => COLUMNS.has(name));
  table.printed = new Set([...found("axis"), ...goals]); // the other columns have no room on paper
  table.columns = [...new Set([...table.printed, ...found("measure"), ...found("fact")])];
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

function isOther(name) { return COLUMNS.has(name) && !table.printed.has(name); }

const plainName = (name) => name.toLowerCase().replace(/[\s_.]+/g, "_");
const ANSWERS = {yes: "true", no: "false"};

// The column of a condition, by its name or by the words above it: `flit width` is `network.flit_width`, too, where no other ends so.
function columnCalled(words) {
  const name = plainName(words), keys = [...COLUMNS.keys()];
  const found = keys.find((key) => plainName(key) === name || plainName(COLUMNS.get(key).label) === name);
  const ends = keys.filter((key) => plainName(key).endsWith(`_${name}`));
  return found || (ends.length === 1 ? ends[0] : null);
}

// The words of a filter, and its conditions: a name may hold blanks where it is the name of a column.
function tableWords(words) {
  const shown = [...COLUMNS.keys()].flatMap((key) => [key, COLUMNS.get(key).label, COLUMNS.get(key).label.split(".").pop()]).filter((name) => /\s/.test(name));
  let text = words.trim().toLowerCase().replace(/\s*(<=|>=|<|>|=)\s*/g, "$1");
  for (const name of shown.sort((a, b) => b.length - a.length)) {
    for (const sign of "<>=") text = text.replaceAll(`${name.toLowerCase()}${sign}`, `${plainName(name)}${sign}`);
  }
  return text.split(/\s+/).filter(Boolean);
}

// Whether a row passes every word; `name<number` and the like are conditions.
function tableTests(words) {
  table.unknown = "";
  return tableWords(words).map((word) => {
    const match = /^([^<>=]+)(<=|>=|<|>|=)([^<>=]+)$/.exec(word);
    if (!match) return (row) => textOf(row).includes(word);
    if (match[1] === "point") return (row) => compared(match[2], SWEEP.point[row], match[3]);
    if (match[1] === "state") return (row) => STATES[SWEEP.state[row]].toLowerCase() === match[3];
    const name = columnCalled(match[1]);
    if (!name) table.unknown = match[1];
    if (!name) return () => false;
    const {values, text} = COLUMNS.get(name);
    return text ? (row) => [match[3], ANSWERS[match[3]]].includes(String(values[row]).toLowerCase()) : (row) => values[row] !== null && compared(match[2], values[row], match[3]);
  });
}

// A number against the text of a condition; a value equals what is shown of it.
function compared(sign, value, words) {
  const limit = Number(words.replaceAll(",", "")), same = value === limit || number(value).toLowerCase() === words;
  if (sign === "=") return same;
  if (sign === "<=" || sign === ">=") return same || (sign === "<=" ? value < limit : value > limit);
  return sign === "<" ? value < limit : value > limit;
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
  document.getElementById("table-count").textContent = table.rows.length ? `rows ${table.first + 1} to ${last} of ${count}` : table.unknown ? `no rows: no column ${table.unknown}` : "no rows";
  document.getElementById("back").disabled = table.first === 0;
  document.getElementById("on").disabled = last >= table.rows.length;
}

function tableHead() {
  const names = ["point", "state", ...table.columns], row = make("tr");
  for (const name of names) {
    const kinds = `${isOther(name) ? "other " : ""}${COLUMNS.has(name) && !COLUMNS.get(name).text ? "number" : ""}`.trim();
    const column = COLUMNS.get(name), words = column ? points.title(name) : name, here = table.sorted === name;
    const button = make("button", {type: "button", title: column ? column.meaning : "", "data-sort": name}, `${words}${here ? table.down ? " ▼" : " ▲" : ""}`);
    button.addEventListener("click", () => tableSort(name));
    row.append(make("th", {scope: "col", class: kinds, "aria-sort": here ? table.down ? "descending" : "ascending" : "none"}, button));
  }
  if (SWEEP.messages.length) row.append(make("th", {scope: "col", class: "message"}, "message"));
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
    line.append(make("td", {class: `${isOther(name) ? "other " : ""}${text ? "" : "number"}`.trim()}, value === null ? "-" : text ? value : number(value)));
  }
  if (SWEEP.messages.length) line.append(make("td", {class: "message"}, SWEEP.message[row] >= 0 ? SWEEP.messages[SWEEP.message[row]] : ""));
  line.addEventListener("click", () => points.choose(row, line.contains(document.activeElement)));
  return line;
}

function tableChosen(row) {
  for (const line of document.querySelectorAll("#table tbody tr")) line.setAttribute("aria-selected", String(Number(line.dataset.row) === row));
}
