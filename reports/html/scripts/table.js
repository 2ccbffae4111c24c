// Tables that sort by their headers and grow by pages: what is not shown is not in the document.

const PAGE = 50;

const byText = new Intl.Collator("en", { numeric: true, sensitivity: "base" });

// Sorts a copy. `key` gives a number or a string; unknown (null) goes last either way; ties keep their order.
function sorted(items, key, descending) {
  const sign = descending ? -1 : 1;
  return items.map((item) => [key(item), item]).sort(([a], [b]) => {
    if (a === b) return 0;
    if (a === null) return 1;
    if (b === null) return -1;
    return sign * (typeof a === "number" ? a - b : byText.compare(a, b));
  }).map(([, item]) => item);
}

// A header row. `columns` are {id, label, num, key}; those with a key sort. `sort` is {by, down}, changed in place.
function sortableHead(columns, sort, changed) {
  const heads = columns.map((column) => {
    if (!column.key) return el("th", { scope: "col", class: column.num ? "num" : null }, column.label);
    const arrow = el("span.arrow", { "aria-hidden": "true" });
    const head = el("th", { scope: "col", class: column.num ? "num" : null }, el("button", { type: "button", onclick: () => {
      if (sort.by === column.id) sort.down = !sort.down;
      else Object.assign(sort, { by: column.id, down: !!column.down });
      changed();
    } }, column.label, arrow));
    head.update = () => {
      const here = sort.by === column.id;
      head.setAttribute("aria-sort", here ? (sort.down ? "descending" : "ascending") : "none");
      arrow.textContent = here ? (sort.down ? "▼" : "▲") : "";
    };
    return head;
  });
  const row = el("tr", null, heads);
  return { element: el("thead", null, row), update: () => heads.forEach((head) => head.update?.()) };
}

function sortKey(columns, sort) {
  return (columns.find((column) => column.id === sort.by && column.key) || columns.find((column) => column.key)).key;
}

function moreRow(width, shown, total, grow) {
  const next = Math.min(PAGE, total - shown);
  return el("tr.more", null, el("td", { colspan: String(width) },
    button(`Show ${next} more`, grow, { class: "quiet" }), el("small", null, ` ${count(shown)} of ${count(total)} shown`)));
}

// Up and down (or k and j) between the rows' own buttons, Home and End, right to open, left to close.
function rowKeys(event) {
  const steps = { ArrowDown: 1, j: 1, ArrowUp: -1, k: -1 };
  const buttons = [...event.currentTarget.querySelectorAll("[data-row]")];
  const here = buttons.indexOf(document.activeElement);
  if (here < 0 || event.ctrlKey || event.metaKey || event.altKey) return;
  let next = here;
  if (event.key in steps) next = here + steps[event.key];
  else if (event.key === "Home") next = 0;
  else if (event.key === "End") next = buttons.length - 1;
  else if (event.key === "ArrowRight" || event.key === "ArrowLeft") {
    const wanted = event.key === "ArrowRight" ? "false" : "true";
    if (buttons[here].getAttribute("aria-expanded") === wanted) buttons[here].click();
  } else return;
  event.preventDefault();
  buttons[Math.max(0, Math.min(next, buttons.length - 1))]?.focus();
}
