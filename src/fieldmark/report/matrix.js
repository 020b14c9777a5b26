// A view into the confusion matrix at any rank: click a name to go down the tree, a cell for its
// mix-ups, the map to go into a family. The data are those of the page; the static matrix above
// shows the same counts.
const MOST_NAMES = 40;
const MOST_NUMBERS = 14;
const MOST_PAIRS = 20;

function matrixView(place, data) {
  const depths = data.ranks.map((_, depth) => depth);
  const state = { table: 0, block: null, depth: null, counts: false };
  const children = (block) => {
    const leaves = data.paths.at(-1).map((_, leaf) => leaf);
    return block ? leaves.filter((leaf) => data.paths[block.depth][leaf] === block.node) : leaves;
  };
  const finest = data.ranks.length - 1;

  function ranksBelow() {
    const inside = children(state.block);
    const size = (depth) => new Set(inside.map((leaf) => data.paths[depth][leaf])).size;
    const below = depths.filter((depth) => depth > (state.block ? state.block.depth : -1));
    return below.filter((depth) => size(depth) > 1 || depth === finest).map((d) => [d, size(d)]);
  }

  function pick() {
    const offered = ranksBelow();
    const small = offered.filter(([, size]) => size <= MOST_NAMES);
    if (!offered.some(([depth]) => depth === state.depth)) {
      state.depth = (small.length ? small.at(-1) : offered[0] || [finest])[0];
    }
    return offered;
  }

  function tally() {
    const inside = new Set(children(state.block));
    const path = data.paths[state.depth];
    const { cells } = data.tables[state.table];
    const sums = new Map();
    const errors = new Map();
    const add = (map, key, count) => map.set(key, (map.get(key) || 0) + count);
    const names = new Set();
    for (let at = 0; at < cells.length; at += 3) {
      const [truth, answer, count] = [cells[at], cells[at + 1], cells[at + 2]];
      if (!inside.has(truth)) continue;
      const row = path[truth];
      const column = inside.has(answer) ? path[answer] : "out";
      names.add(row);
      if (column !== "out") names.add(column);
      add(sums, `${row} ${column}`, count);
      if (row !== column) { add(errors, row, count); add(errors, column, count); }
    }
    let order = [...names];
    if (order.length > MOST_NAMES) {
      order.sort((a, b) => (errors.get(b) || 0) - (errors.get(a) || 0) || a - b);
      order = order.slice(0, MOST_NAMES);
    }
    order.sort((a, b) => a - b);
    return { sums, order, left: names.size - order.length, hasOut: errors.has("out") };
  }

  function grid({ sums, order, left, hasOut }) {
    const kept = new Set(order);
    const keys = [...order, ...(left ? ["rest"] : []), ...(hasOut ? ["out"] : [])];
    const merged = new Map();
    for (const [key, count] of sums) {
      const [row, column] = key.split(" ");
      const of = (one) => (one === "out" || kept.has(+one) ? one : "rest");
      const name = `${of(row)} ${of(column)}`;
      merged.set(name, (merged.get(name) || 0) + count);
    }
    return { keys, merged };
  }

  const nameOf = (key) => key === "out" ? "elsewhere"
    : key === "rest" ? "(others)" : data.nodes[state.depth][key];

  function draw() {
    const offered = pick();
    const found = tally();
    const { keys, merged } = grid(found);
    const rows = keys.filter((key) => key !== "out");
    const table = make("table", { className: "matrix" });
    const head = make("tr", {}, make("th"), ...keys.map((key) =>
      make("th", { scope: "col" }, make("span", { textContent: nameOf(key) }))));
    table.append(make("thead", {}, head), make("tbody", {}, ...rows.map((row) => line(row, keys, merged))));
    const words = `${data.tables[state.table].contender}, split “${data.tables[state.table].split}”: `
      + `${found.order.length} names at the rank “${data.ranks[state.depth]}”`
      + (found.left ? `, the most mixed up; ${found.left} others together` : "")
      + (state.block ? `, within ${data.ranks[state.block.depth]} ${data.nodes[state.block.depth][state.block.node]}` : "");
    const at = cellsAt(data, state, new Set(children(state.block)));
    const left = data.left ? ` (${data.left} more contenders are in mix_ups.csv)` : "";
    place.replaceChildren(
      make("figcaption", { textContent: `Look into the matrix${left}` }),
      tools(offered, at),
      make("p", { className: "note", textContent: `${words}. ${sumsAt(data, state, at)}` }),
      ...(at.names.length > MOST_NAMES ? [mapOf(data, state, at, go)] : []),
      make("div", { className: "scroll", tabIndex: 0 }, table),
      make("div", { className: "pairs" }), mixUpsAt(data, state, at));
  }

  function line(row, keys, merged) {
    const counts = keys.map((key) => merged.get(`${row} ${key}`) || 0);
    const total = counts.reduce((sum, count) => sum + count, 0);
    const down = typeof row === "number" && state.depth < finest;
    const name = down
      ? make("button", { type: "button", textContent: nameOf(row), onclick: () => go(row) })
      : make("span", { textContent: nameOf(row) });
    const head = make("th", { scope: "row" }, name, make("small", { textContent: `n = ${total}` }));
    return make("tr", {}, head, ...counts.map((count, at) => cell(row, keys[at], count, total, keys.length)));
  }

  function cell(row, column, count, total, width) {
    const share = total ? count / total : 0;
    const percent = share && share < 0.01 ? "<1" : Math.round(100 * share);
    const text = count && width <= MOST_NUMBERS ? (state.counts ? count : percent) : "";
    const one = make("td", { textContent: text });
    one.style.setProperty("--share", Math.sqrt(share).toFixed(3));
    if (share > 0.3) one.className = "full";
    if (!total) one.className = "none";
    const words = `${nameOf(row)} answered as ${nameOf(column)}: ${count} of ${total}`
      + (total ? ` (${(100 * share).toFixed(1)} %)` : "");
    one.addEventListener("pointermove", (event) => say(words, event));
    one.addEventListener("pointerleave", () => say(null));
    if (count) one.addEventListener("click", () => list(row, column, words));
    return one;
  }

  function list(row, column, words) {
    const path = data.paths[state.depth];
    const inside = new Set(children(state.block));
    const { cells } = data.tables[state.table];
    const pairs = [];
    for (let at = 0; at < cells.length; at += 3) {
      const [truth, answer, count] = [cells[at], cells[at + 1], cells[at + 2]];
      const there = inside.has(answer) ? path[answer] : "out";
      if (inside.has(truth) && path[truth] === row && there === column) pairs.push([truth, answer, count]);
    }
    pairs.sort((a, b) => b[2] - a[2] || a[0] - b[0]);
    const names = data.nodes.at(-1);
    const items = pairs.slice(0, MOST_PAIRS).map(([truth, answer, count]) => make("li", {
      textContent: truth === answer ? `${names[truth]}: ${count} right`
        : `${names[truth]} taken for ${names[answer]}: ${count}` }));
    if (pairs.length > MOST_PAIRS) items.push(make("li", { textContent: `${pairs.length - MOST_PAIRS} more pairs` }));
    place.querySelector(".pairs").replaceChildren(
      make("p", { className: "note", textContent: words }), make("ul", {}, ...items));
  }

  function go(node, depth = state.depth) {
    state.block = node === null ? null : { depth, node };
    state.depth = null;
    draw();
  }

  function tools(offered, at) {
    const box = make("div", { className: "tools" });
    if (data.tables.length > 1) {
      box.append(choice("Contender", data.tables.map((table, at) => [at, table.contender]),
        state.table, (value) => { state.table = +value; }));
    }
    if (offered.length > 1) {
      box.append(choice("Rank", offered.map(([depth, size]) => [depth, `${data.ranks[depth]} (${size})`]),
        state.depth, (value) => { state.depth = +value; }));
    }
    box.append(choice("Cells", [["", "shares of the row"], ["counts", "counts"]],
      state.counts ? "counts" : "", (value) => { state.counts = value === "counts"; }));
    const families = familiesAt(at);
    if (families.length) {
      const names = data.nodes[state.depth - 1];
      const options = families.map(([node, mixed]) => [node, `${names[node]} (${mixed})`]);
      box.append(choice("Look within", [["", "all"], ...options], "",
        (value) => { if (value) { state.block = { depth: state.depth - 1, node: +value }; state.depth = null; } }));
    }
    box.append(countsButton(data, state, at));
    if (state.block) {
      box.append(make("button", { type: "button", textContent: "\u2190 all", onclick: () => go(null) }));
    }
    return box;
  }

  function choice(label, options, value, then) {
    const select = make("select", { ariaLabel: label }, ...options.map(([key, text]) =>
      make("option", { value: key, textContent: `${label}: ${text}`, selected: key === value })));
    select.addEventListener("change", () => { then(select.value); draw(); });
    return select;
  }

  draw();
}

const matrixPlace = document.getElementById("matrix-view");
if (matrixPlace) {
  matrixPlace.hidden = false;
  matrixView(matrixPlace, JSON.parse(document.getElementById("matrix-data").textContent));
}
