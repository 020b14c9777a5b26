// What stands around the matrix at the chosen rank, however many names it has: a map of all cells
// with the blocks of the tree, the families that are mixed up most, every mix-up, and its counts.
const MAP_PIXELS = 640;
const MOST_ROWS = 300;
const MOST_FAMILIES = 15;
const MOST_BLOCKS = 60;
const MAP_COLOURS = ["--series-1", "--series-5", "--series-2"];

function cellsAt(data, state, inside) {
  const path = data.paths[state.depth];
  const above = state.depth ? data.paths[state.depth - 1] : null;
  const { cells } = data.tables[state.table];
  const width = data.nodes[state.depth].length;
  const counts = new Map();
  const labelled = new Map();
  const parent = new Map();
  const leaf = new Map();
  for (const one of inside) {
    leaf.set(path[one], one);
    if (above) parent.set(path[one], above[one]);
  }
  for (let at = 0; at < cells.length; at += 3) {
    if (!inside.has(cells[at])) continue;
    const row = path[cells[at]];
    labelled.set(row, (labelled.get(row) || 0) + cells[at + 2]);
    if (!inside.has(cells[at + 1])) continue;
    const key = row * width + path[cells[at + 1]];
    counts.set(key, (counts.get(key) || 0) + cells[at + 2]);
  }
  const found = [...counts].map(([key, count]) => {
    const [row, column] = [Math.floor(key / width), key % width];
    const near = above && parent.get(row) === parent.get(column);
    return { row, column, count, of: labelled.get(row), kind: row === column ? 0 : near ? 1 : 2 };
  });
  return { found, parent, leaf, names: [...leaf.keys()].sort((a, b) => a - b) };
}

// Where the blocks of the finest rank above end that is not too fine to part the map.
function endsOf(data, state, at) {
  for (let depth = state.depth - 1; depth >= 0; depth -= 1) {
    const block = (name) => data.paths[depth][at.leaf.get(name)];
    const ends = at.names.slice(1).flatMap((name, position) =>
      block(name) === block(at.names[position]) ? [] : [position + 1]);
    if (ends.length < MOST_BLOCKS) return ends;
  }
  return [];
}

function mapOf(data, state, at, go) {
  const nodes = data.nodes[state.depth];
  const place = new Map(at.names.map((name, position) => [name, position]));
  const size = at.names.length;
  const canvas = make("canvas", { width: MAP_PIXELS, height: MAP_PIXELS, className: "map" });
  canvas.setAttribute("aria-label", "Map of all cells; the tables say the same");
  const pen = canvas.getContext("2d");
  const colours = MAP_COLOURS.map((name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim());
  const side = MAP_PIXELS / size;
  const most = Math.max(...at.found.map((cell) => cell.count), 1);
  const strength = (cell) => state.counts ? Math.log1p(cell.count) / Math.log1p(most) : Math.sqrt(cell.count / cell.of);
  const dot = Math.max(side, 1.6);
  const faintest = side < 4 ? 0.35 : 0.1;
  for (const cell of [...at.found].sort((a, b) => strength(a) - strength(b))) {
    pen.globalAlpha = faintest + (1 - faintest) * strength(cell);
    pen.fillStyle = colours[cell.kind];
    pen.fillRect(place.get(cell.column) * side, place.get(cell.row) * side, dot, dot);
  }
  pen.globalAlpha = 0.5;
  pen.strokeStyle = getComputedStyle(document.documentElement).getPropertyValue("--edge-line").trim();
  for (const end of endsOf(data, state, at)) {
    pen.strokeRect(-1, -1, end * side + 1, MAP_PIXELS + 2);
    pen.strokeRect(-1, -1, MAP_PIXELS + 2, end * side + 1);
  }
  const index = new Map(at.found.map((cell) => [`${place.get(cell.row)} ${place.get(cell.column)}`, cell]));
  const under = (event) => {
    const box = canvas.getBoundingClientRect();
    const [x, y] = [event.clientX - box.left, event.clientY - box.top].map((value) => value / box.width * size);
    const reach = Math.max(0, Math.ceil(3 * size / box.width) - 1);
    let best = null;
    for (let row = Math.floor(y) - reach; row <= y + reach; row += 1) {
      for (let column = Math.floor(x) - reach; column <= x + reach; column += 1) {
        const cell = index.get(`${row} ${column}`);
        const far = Math.hypot(row + 0.5 - y, column + 0.5 - x);
        if (cell && (!best || far < best[1])) best = [cell, far];
      }
    }
    return best && best[0];
  };
  canvas.addEventListener("pointermove", (event) => {
    const cell = under(event);
    say(cell && `${nodes[cell.row]} answered as ${nodes[cell.column]}: ${cell.count} of ${cell.of}`, event);
  });
  canvas.addEventListener("pointerleave", () => say(null));
  canvas.addEventListener("click", (event) => {
    const cell = under(event);
    if (cell && at.parent.has(cell.row)) { say(null); go(at.parent.get(cell.row), state.depth - 1); }
  });
  return canvas;
}

function sumsAt(data, state, at) {
  const sums = [0, 0, 0];
  for (const cell of at.found) sums[cell.kind] += cell.count;
  const total = [...at.found.reduce((known, cell) => known.set(cell.row, cell.of), new Map()).values()]
    .reduce((sum, count) => sum + count, 0);
  const share = (count) => `${count} (${(100 * count / (total || 1)).toFixed(1)} %)`;
  const within = state.depth ? `, mixed up within the ${data.ranks[state.depth - 1]} ${share(sums[1])}` : "";
  return `Of ${total} images: right ${share(sums[0])}${within}, mixed up beyond ${share(total - sums[0] - sums[1])}.`;
}

function familiesAt(at) {
  const mixed = new Map();
  for (const cell of at.found) {
    if (cell.kind === 1) mixed.set(at.parent.get(cell.row), (mixed.get(at.parent.get(cell.row)) || 0) + cell.count);
  }
  return [...mixed].sort((a, b) => b[1] - a[1] || a[0] - b[0]).slice(0, MOST_FAMILIES);
}

function mixUpsAt(data, state, at) {
  const nodes = data.nodes[state.depth];
  const wrong = at.found.filter((cell) => cell.kind).sort((a, b) => b.count - a.count || a.row - b.row);
  const heads = ["Label", "Taken for", "Images", "of the label's", "Under one parent"];
  const rows = wrong.slice(0, MOST_ROWS).map((cell) => make("tr", {},
    make("th", { scope: "row", textContent: nodes[cell.row] }), make("td", { textContent: nodes[cell.column] }),
    make("td", { className: "number", textContent: cell.count }),
    make("td", { className: "number", textContent: cell.of }),
    make("td", { textContent: cell.kind === 1 ? data.nodes[state.depth - 1][at.parent.get(cell.row)] : "\u2013" })));
  const table = make("table", {}, make("thead", {}, make("tr", {}, ...heads.map((title, position) =>
    make("th", { scope: "col", textContent: title, className: position === 2 || position === 3 ? "number" : "" })))),
  make("tbody", {}, ...rows));
  const told = wrong.length > MOST_ROWS ? `, the first ${MOST_ROWS} of ${wrong.length}` : "";
  const figure = make("figure", { className: "mix-ups" },
    make("figcaption", { textContent: `Mix-ups at the rank \u201c${data.ranks[state.depth]}\u201d${told}` }),
    make("div", { className: "scroll", tabIndex: 0 }, table));
  sortable(table);
  filterable(table);
  return wrong.length ? figure : make("p", { className: "note", textContent: "Nothing is mixed up here." });
}

function countsButton(data, state, at) {
  const nodes = data.nodes[state.depth];
  const quoted = (text) => `"${String(text).replaceAll('"', '""')}"`;
  const save = () => {
    const lines = at.found.map((cell) =>
      [quoted(nodes[cell.row]), quoted(nodes[cell.column]), cell.count, cell.of].join(","));
    const text = ["label,answer,count,images_of_label", ...lines].join("\n") + "\n";
    const link = make("a", { download: `mix-ups-${data.ranks[state.depth]}.csv` });
    link.href = `data:text/csv;charset=utf-8,${encodeURIComponent(text)}`;
    link.click();
  };
  return make("button", { type: "button", textContent: "Save as CSV", onclick: save });
}
