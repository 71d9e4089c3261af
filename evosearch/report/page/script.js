// Draws the figures that the page holds as JSON, sorts tables, and saves them as CSV.
// A figure names colours of the style sheet, such as "--first": they are put in when it is drawn,
// again when the reader changes between light and dark, and light for the printer.
"use strict";
(() => {
  const root = document.documentElement, body = document.body;
  root.classList.add("js");

  const figures = [...document.querySelectorAll("script[data-for]")].map((node) => ({
    place: document.getElementById(node.dataset.for + "-plot"),
    figure: JSON.parse(node.textContent),
  })).filter((each) => each.place);

  function paint(value, style) {
    if (typeof value === "string") {
      // "--loss/55" is that colour, seen through: two hexadecimal digits of how opaque it is.
      const [name, veil] = value.startsWith("--") ? value.split("/") : [];
      return name ? (style.getPropertyValue(name).trim() || name) + (veil || "") : value;
    }
    if (Array.isArray(value)) {
      return typeof value[0] === "number" ? value : value.map((each) => paint(each, style));
    }
    if (value && typeof value === "object") {
      return Object.fromEntries(
        Object.entries(value).map(([key, each]) => [key, paint(each, style)]));
    }
    return value;
  }

  function unite(under, over) {
    const made = { ...under };
    for (const [key, value] of Object.entries(over)) {
      const isInner = value && typeof value === "object" && !Array.isArray(value) && made[key];
      made[key] = isInner ? unite(made[key], value) : value;
    }
    return made;
  }

  function makeLayout(own, style, width) {
    const colour = (name) => style.getPropertyValue(name).trim();
    const isNarrow = width < 520;
    const axis = {
      gridcolor: colour("--grid"), linecolor: colour("--line"), zerolinecolor: colour("--line"),
      tickcolor: colour("--line"), tickfont: { size: 12 }, title: { font: { size: 13 } },
      automargin: true, fixedrange: isNarrow,
    };
    const layout = {
      autosize: true, width, showlegend: undefined,
      font: { family: getComputedStyle(body).fontFamily, size: 13, color: colour("--ink") },
      paper_bgcolor: "rgba(0,0,0,0)", plot_bgcolor: "rgba(0,0,0,0)",
      margin: { l: isNarrow ? 44 : 60, r: isNarrow ? 8 : 16, t: 12, b: 44 },
      legend: { orientation: "h", x: 0, xanchor: "left", y: 1.02, yanchor: "bottom",
        font: { size: 12 } },
      hoverlabel: { bgcolor: colour("--paper"), bordercolor: colour("--line"),
        font: { color: colour("--ink"), size: 13 } },
      dragmode: isNarrow ? false : "zoom", xaxis: { ...axis }, yaxis: { ...axis },
    };
    for (const key of Object.keys(own)) {
      if (/^[xy]axis\d+$/.test(key)) { layout[key] = { ...axis }; }
    }
    return unite(layout, own);
  }

  const config = { displayModeBar: false, responsive: false, scrollZoom: false };

  function draw({ place, figure }) {
    const style = getComputedStyle(root);
    const painted = paint(figure, style);
    const layout = makeLayout(painted.layout || {}, style, place.clientWidth);
    return Plotly.react(place, painted.data || [], layout, config);
  }

  let nTurns = 0;

  // How many were drawn, and how often: tests wait for it.
  function tell(n) {
    root.dataset.drawn = String(n);
    root.dataset.turn = String(nTurns += 1);
  }

  // One picture that cannot be drawn takes none of the others with it.
  function attempt(each) {
    try { draw(each); return 1; } catch (error) { console.error(error); return 0; }
  }

  function drawAll() {
    tell(figures.reduce((n, each) => n + attempt(each), 0));
  }

  // The words come first: one picture at a time, and between two the reader can scroll.
  function drawInTurn(place = 0, n = 0) {
    if (place === figures.length) { tell(n); return; }
    setTimeout(drawInTurn, 0, place + 1, n + attempt(figures[place]));
  }

  function follow() {
    let width = body.clientWidth, waiting = 0;
    addEventListener("resize", () => {
      if (body.clientWidth === width) { return; }
      width = body.clientWidth;
      clearTimeout(waiting);
      waiting = setTimeout(drawAll, 120);
    });
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", drawAll);
    const shut = [];
    addEventListener("beforeprint", () => {
      root.classList.add("printing");
      for (const each of document.querySelectorAll("details:not([open])")) {
        each.open = true;
        shut.push(each);
      }
      drawAll();
    });
    addEventListener("afterprint", () => {
      root.classList.remove("printing");
      for (const each of shut.splice(0)) { each.open = false; }
      drawAll();
    });
  }

  const read = (cell) => cell.dataset.v ?? cell.textContent;

  function sort(table, place, header) {
    const isText = header.classList.contains("text");
    const before = header.getAttribute("aria-sort");
    // Numbers begin with the greatest, texts with the first.
    const isUp = before ? before === "descending" : isText;
    for (const each of table.tHead.rows[0].cells) { each.removeAttribute("aria-sort"); }
    header.setAttribute("aria-sort", isUp ? "ascending" : "descending");
    const rows = [...table.tBodies[0].rows].map((row) => [row, read(row.cells[place])]);
    const compare = isText
      ? (a, b) => a.localeCompare(b, root.lang, { numeric: true })
      : (a, b) => Number(a) - Number(b);
    rows.sort(([, a], [, b]) => {
      // What is not known stands last in any order.
      if (a === "" || b === "") { return (a === "") - (b === ""); }
      return isUp ? compare(a, b) : compare(b, a);
    });
    table.tBodies[0].append(...rows.map(([row]) => row));
    setFocus(table, table.tBodies[0].rows[0]);
  }

  // The rows are one stop of the Tab key; arrows move among them.
  function setFocus(table, chosen) {
    for (const row of table.tBodies[0].rows) { row.tabIndex = row === chosen ? 0 : -1; }
  }

  function move(event) {
    const row = event.target.closest("tbody tr");
    if (!row || event.target !== row) { return; }
    const rows = [...row.parentNode.rows], place = rows.indexOf(row);
    const to = { ArrowDown: place + 1, ArrowUp: place - 1, Home: 0, End: rows.length - 1 };
    const next = rows[to[event.key]];
    if (!next) { return; }
    event.preventDefault();
    setFocus(row.closest("table"), next);
    next.focus();
  }

  function quote(cell, isText) {
    // A spreadsheet must not take a text for a formula.
    const text = isText && /^[=+\-@\t\r]/.test(cell) ? "'" + cell : cell;
    return /[",\r\n]/.test(text) ? '"' + text.replaceAll('"', '""') + '"' : text;
  }

  function save(table) {
    const isText = [...table.tHead.rows[0].cells].map((each) => each.classList.contains("text"));
    const isCurve = (place) => table.tHead.rows[0].cells[place].classList.contains("spark");
    const write = (cells, isHead) => [...cells].map((cell, place) => isCurve(place) ? null
      : quote(isHead ? cell.dataset.name : read(cell), isHead || isText[place]))
      .filter((each) => each !== null).join(",");
    const lines = [write(table.tHead.rows[0].cells, true)];
    for (const row of table.tBodies[0].rows) { lines.push(write(row.cells, false)); }
    const blob = new Blob([lines.join("\r\n") + "\r\n"], { type: "text/csv;charset=utf-8" });
    const link = document.createElement("a");
    link.href = URL.createObjectURL(blob);
    link.download = table.dataset.csv;
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 10000);
  }

  for (const table of document.querySelectorAll("table")) {
    [...table.tHead.rows[0].cells].forEach((header, place) => {
      header.dataset.name = header.textContent;
      if (header.classList.contains("spark") || table.tBodies[0].rows.length < 2) { return; }
      const button = document.createElement("button");
      button.type = "button";
      button.textContent = header.textContent;
      button.title = body.dataset.sort;
      button.addEventListener("click", () => sort(table, place, header));
      header.replaceChildren(button);
    });
    if (table.tBodies[0].rows.length) { setFocus(table, table.tBodies[0].rows[0]); }
    table.addEventListener("keydown", move);
    if (table.dataset.csv) {
      const button = document.createElement("button");
      button.type = "button";
      button.className = "save";
      button.textContent = body.dataset.save;
      button.addEventListener("click", () => save(table));
      table.closest("figure").append(button);
    }
  }

  setTimeout(drawInTurn, 0);
  follow();
})();
