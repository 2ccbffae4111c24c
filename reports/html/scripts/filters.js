// Filter controls. Each is built once and keeps its focus; the numbers beside the choices follow the other filters.

// A row of toggle buttons, of which any number may be on; none on means all. `choices` are [value, label node, hint].
function chips(label, choices, chosen, changed) {
  const buttons = new Map();
  const group = el("div.chips", { role: "group", "aria-label": label });
  for (const [value, face, hint] of choices) {
    const number = el("span.count", null, "");
    const chip = el("button.chip", { type: "button", title: hint || null, "aria-pressed": "false", onclick: () => {
      if (chosen.has(value)) chosen.delete(value);
      else chosen.add(value);
      changed();
    } }, face, " ", number);
    buttons.set(value, { chip, number });
    group.append(chip);
  }
  const update = (counts) => {
    for (const [value, { chip, number }] of buttons) {
      chip.setAttribute("aria-pressed", chosen.has(value) ? "true" : "false");
      number.textContent = count(counts.get(value) || 0);
      chip.hidden = !counts.get(value) && !chosen.has(value);
    }
  };
  return { element: group, update };
}

// A drop-down list; `choices` are [value, label], "" stands for all.
function choice(label, all, choices, changed) {
  const select = el("select", { onchange: () => changed(select.value) });
  select.append(el("option", { value: "" }, all));
  for (const [value, text] of choices) {
    const option = el("option", null, text);
    option.value = value;
    select.append(option);
  }
  return { element: el("label.field", null, el("span", null, label), select), set: (value) => { select.value = value; if (select.value !== value) select.value = ""; } };
}

function searchField(label, hint, changed) {
  const input = el("input", { type: "search", placeholder: hint, autocomplete: "off", spellcheck: "false" });
  let waiting = 0;
  input.addEventListener("input", () => {
    clearTimeout(waiting);
    waiting = setTimeout(() => changed(input.value), 120);
  });
  return { element: el("label.field.search", null, el("span", null, label), input), set: (value) => { input.value = value; }, input };
}

// Every word must occur somewhere: "deploy prod" finds both orders.
function needles(text) {
  return text.toLowerCase().split(/\s+/).filter(Boolean);
}

function contains(hay, wanted) {
  for (const word of wanted) if (!hay.includes(word)) return false;
  return true;
}

function tally(items, key) {
  const counts = new Map();
  for (const item of items) {
    const value = key(item);
    counts.set(value, (counts.get(value) || 0) + 1);
  }
  return counts;
}

function resetSet(set, values) {
  set.clear();
  for (const value of values) set.add(value);
  return set;
}

function listOf(query, key) {
  return new Set((query.get(key) || "").split(",").filter(Boolean));
}
