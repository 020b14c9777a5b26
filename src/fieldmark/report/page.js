// What a page can do beyond being read: read-outs on figures, sorting and filtering of tables,
// filters of galleries, folding of sections. Without it the page shows the same content.
"use strict";

const make = (tag, properties = {}, ...children) => {
  const element = Object.assign(document.createElement(tag), properties);
  element.append(...children);
  return element;
};

// Read-outs: the nearest point of the figure under the pointer says what it is.
const bubble = make("div", { className: "bubble", hidden: true, role: "status" });
const NEAR_PIXELS = 28;

function pointsOf(group) {
  const marks = [...group.querySelectorAll("use")];
  if (marks.length) return marks.map((mark) => [+mark.getAttribute("x"), +mark.getAttribute("y")]);
  const path = group.querySelector("path");
  if (!path) return [];
  const numbers = path.getAttribute("d").match(/-?[\d.]+(?:e-?\d+)?/g).map(Number);
  const pairs = [];
  for (let at = 0; at + 1 < numbers.length; at += 2) pairs.push([numbers[at], numbers[at + 1]]);
  return pairs;
}

function readOut(svg) {
  const known = [];
  const bars = [];
  for (const group of svg.querySelectorAll("[data-tips]")) {
    const tips = JSON.parse(group.dataset.tips);
    const points = pointsOf(group);
    if (tips.length === 1 && !group.querySelector("use")) bars.push([group, tips[0]]);
    else tips.forEach((tip, at) => points[at] && known.push([...points[at], tip]));
  }
  const told = (event) => {
    const matrix = svg.getScreenCTM();
    let best = null;
    let nearest = NEAR_PIXELS;
    for (const [x, y, tip] of known) {
      const place = new DOMPoint(x, y).matrixTransform(matrix);
      const distance = Math.hypot(place.x - event.clientX, place.y - event.clientY);
      if (distance < nearest) [nearest, best] = [distance, tip];
    }
    if (best !== null) return best;
    for (const [group, tip] of bars) {
      const box = group.getBoundingClientRect();
      const inside = event.clientX >= box.left && event.clientX <= box.right;
      if (inside && event.clientY <= box.bottom + 4 && event.clientY >= box.top - 12) return tip;
    }
    return null;
  };
  svg.addEventListener("pointermove", (event) => say(told(event), event));
  svg.addEventListener("pointerleave", () => say(null));
}

function say(words, event) {
  bubble.hidden = words === null;
  if (words === null) return;
  bubble.textContent = words;
  const width = Math.min(320, window.innerWidth - 16);
  bubble.style.maxWidth = `${width}px`;
  const left = Math.min(event.clientX + 14, window.innerWidth - bubble.offsetWidth - 8);
  const below = event.clientY + 18 + bubble.offsetHeight < window.innerHeight;
  bubble.style.left = `${Math.max(8, left)}px`;
  bubble.style.top = `${below ? event.clientY + 18 : event.clientY - bubble.offsetHeight - 12}px`;
}

// Tables: a click on a head sorts, a field filters; what is missing stays last.
function valueOf(row, column) {
  const cell = row.cells[column].cloneNode(true);
  cell.querySelectorAll("small").forEach((small) => small.remove());
  const text = cell.textContent.trim();
  const found = text.replaceAll(",", "").replace("\u2212", "-").match(/^[-+]?\d[\d.]*(e-?\d+)?/);
  if (text === "?" || text === "\u2013" || text === "") return null;
  return found ? Number(found[0]) : text.toLowerCase();
}

function compare(first, second) {
  if (first === null || second === null) return (first === null) - (second === null);
  if (typeof first === "number" && typeof second === "number") return first - second;
  return String(first).localeCompare(String(second), undefined, { numeric: true });
}

function sortable(table) {
  const body = table.tBodies[0];
  if (body.rows.length < 2) return;
  [...table.tHead.rows[0].cells].forEach((head, column) => {
    const sort = () => {
      const up = head.getAttribute("aria-sort") !== "ascending";
      for (const other of table.tHead.rows[0].cells) other.removeAttribute("aria-sort");
      head.setAttribute("aria-sort", up ? "ascending" : "descending");
      const keyed = [...body.rows].map((row) => [valueOf(row, column), row]);
      keyed.sort(([a], [b]) =>
        a === null || b === null ? compare(a, b) : compare(a, b) * (up ? 1 : -1));
      body.append(...keyed.map(([, row]) => row));
    };
    head.classList.add("sortable");
    head.tabIndex = 0;
    head.addEventListener("click", sort);
    head.addEventListener("keydown", (event) => event.key === "Enter" && sort());
  });
}

function filterable(table) {
  const rows = [...table.tBodies[0].rows];
  if (rows.length < 10) return;
  const field = make("input", { type: "search", placeholder: `Filter ${rows.length} rows` });
  const left = make("span", { className: "left" });
  field.setAttribute("aria-label", "Filter the rows of this table");
  field.addEventListener("input", () => {
    const words = field.value.toLowerCase().split(/\s+/);
    for (const row of rows) {
      const text = row.textContent.toLowerCase();
      row.hidden = !words.every((word) => text.includes(word));
    }
    left.textContent = `${rows.filter((row) => !row.hidden).length} of ${rows.length}`;
  });
  table.closest("figure").querySelector(".scroll").before(
    make("div", { className: "tools" }, field, left));
}

// Galleries: one list for each way in which images differ, and the surest or the least sure first.
const FACETS = [["outcome", "Outcome"], ["truth", "Label"], ["answer", "Answer"],
  ["critical", "Critical"], ["contender", "Contender"], ["departs", "Wrong from"], ["sure", "Confidence"]];

// An image may show one critical class and be taken for another: a line each.
function facetOf(item, facet) {
  return (item.dataset[facet] || "").split("\n").filter(Boolean);
}

function gallery(section) {
  const items = [...section.querySelectorAll(".examples > li")];
  if (items.length < 2) return;
  const chosen = {};
  const left = make("span", { className: "left" });
  const tools = make("div", { className: "tools" });
  const show = () => {
    for (const item of items) {
      item.hidden = !Object.entries(chosen).every(([k, v]) => !v || facetOf(item, k).includes(v));
    }
    for (const list of section.querySelectorAll(".examples")) {
      const empty = [...list.children].every((item) => item.hidden);
      list.hidden = empty;
      list.previousElementSibling.hidden = empty;
    }
    left.textContent = `${items.filter((item) => !item.hidden).length} of ${items.length} images`;
  };
  for (const [facet, title] of FACETS) {
    const values = [...new Set(items.flatMap((item) => facetOf(item, facet)))].sort();
    if (values.length < (facet === "critical" ? 1 : 2)) continue;
    const list = make("select", { ariaLabel: title },
      make("option", { value: "", textContent: `${title}: all` }),
      ...values.map((value) => make("option", { value, textContent: value })));
    list.addEventListener("change", () => { chosen[facet] = list.value; show(); });
    tools.append(list);
  }
  tools.append(left);
  section.querySelector("h2").after(tools);
  show();
}

// Sections fold away under their headings.
function foldable(section) {
  const head = section.querySelector("h2");
  const button = make("button", { className: "fold", type: "button", textContent: head.textContent });
  button.setAttribute("aria-expanded", "true");
  button.addEventListener("click", () => {
    const folded = section.classList.toggle("folded");
    button.setAttribute("aria-expanded", String(!folded));
  });
  head.replaceChildren(button);
}

function openTarget() {
  const target = location.hash && document.getElementById(location.hash.slice(1));
  if (target && target.classList.contains("folded")) target.querySelector(".fold").click();
}

document.body.append(bubble);
document.querySelectorAll(".picture svg").forEach(readOut);
document.querySelectorAll(".table table").forEach((table) => { sortable(table); filterable(table); });
document.querySelectorAll("main > section").forEach((section) => {
  if (section.querySelector(".examples")) gallery(section);
  foldable(section);
});
addEventListener("hashchange", openTarget);
document.documentElement.classList.add("live");
