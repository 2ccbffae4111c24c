// The list of findings: filtered, sorted, and by default folded by rule, so that two hundred of them are ten decisions.

const LIVE = ["new", "open"];
const FOUND = {
  severity: new Set(), state: new Set(LIVE), question: "", provider: "", account: "", rule: "", identity: "", q: "",
  group: "rule", sort: { by: "severity", down: true }, openGroups: new Map(), openRows: new Set(), groupsShown: PAGE,
};
const FINDING_COLUMNS = [
  { id: "severity", label: "Severity", key: (one) => one.severity, down: true },
  { id: "subject", label: "Subject", key: (one) => one.subjectName },
  { id: "message", label: "What is wrong", key: (one) => one.message },
  { id: "account", label: "Account", key: (one) => one.scope.name },
  { id: "state", label: "State", key: (one) => one.state },
];
const GROUPINGS = {
  rule: ["rule", (one) => one.rule.id],
  identity: ["identity", (one) => (one.identity ? one.identity.id : one.subjectId)],
  account: ["place", (one) => one.scope.id],
  none: ["nothing", () => ""],
};
const findingsView = { built: false };

function buildFindings() {
  FINDING_COLUMNS.find((column) => column.id === "account").label = placeLabel();
  GROUPINGS.account[0] = placeWord();
  const changed = () => { FOUND.groupsShown = PAGE; drawFindings(true); };
  const set = (key) => (value) => { FOUND[key] = value; changed(); };
  const named = (items, label) => [...items].sort((a, b) => byText.compare(label(a), label(b)));
  const hit = { question: new Set(), account: new Set(), rule: new Set() };
  for (const one of world.findings) {
    hit.question.add(one.rule.question);
    hit.account.add(one.scope);
    hit.rule.add(one.rule);
  }
  const controls = {
    q: searchField("Search", "name, place, message, fingerprint", set("q")),
    severity: chips("Severity", [4, 3, 2, 1, 0].map((rank) => [SEVERITIES[rank], severityBadge(rank)]), FOUND.severity, changed),
    state: chips("State", Object.keys(STATES).map((state) => [state, words(state), STATES[state]]), FOUND.state, changed),
    question: choice("Question", "All questions", named(hit.question, (one) => one).map((one) => [one, words(one)]), set("question")),
    account: choice(placeLabel(), "All", scopeChoices(hit.account), set("account")),
    provider: choice("Cloud", "All", world.providers.map((one) => [one, providerName(one)]), set("provider")),
    rule: choice("Rule", "All rules", named(hit.rule, (one) => one.title).map((one) => [one.id, one.title]), set("rule")),
    group: choice("Group by", "rule", Object.entries(GROUPINGS).filter(([id]) => id !== "rule").map(([id, [label]]) => [id, label]),
      (value) => { FOUND.group = value || "rule"; FOUND.openGroups.clear(); changed(); }),
  };
  const head = sortableHead(FINDING_COLUMNS, FOUND.sort, changed);
  const summary = el("p.summary", null);
  const clear = button("Clear filters", () => { clearFindingFilters(); changed(); controls.q.input.focus(); }, { class: "quiet" });
  const list = el("table.findings", { onkeydown: rowKeys }, el("caption.hidden", null, "Findings"), head.element);
  Object.assign(findingsView, { built: true, controls, head, summary, clear, list });
  fill(document.getElementById("findings-app"),
    el("form.filters", { role: "search", "aria-label": "Filter the findings", onsubmit: (event) => event.preventDefault() },
      el("div.fields", null, controls.q.element, controls.group.element, controls.question.element, world.providers.length > 1 && controls.provider.element, controls.account.element, controls.rule.element),
      controls.severity.element, controls.state.element),
    el("div.summary-line", null, summary, clear),
    el("div.scroll", { tabindex: "0", role: "region", "aria-label": "List of findings" }, list));
}

function clearFindingFilters() {
  FOUND.severity.clear();
  FOUND.state = resetSet(FOUND.state, LIVE);
  Object.assign(FOUND, { question: "", provider: "", account: "", rule: "", identity: "", q: "" });
}

function hayOf(one) {
  one.hay ??= [one.subjectName, one.subjectId, one.message, one.rule.id, one.rule.title, one.scope.name, one.scope.id, one.fingerprint,
    one.identity?.owner?.name || ""].join("\n").toLowerCase();
  return one.hay;
}

// Each test alone, so that a choice can be counted under all the others.
function findingTests() {
  const wanted = needles(FOUND.q);
  return {
    severity: (one) => !FOUND.severity.size || FOUND.severity.has(SEVERITIES[one.severity]),
    state: (one) => !FOUND.state.size || FOUND.state.has(one.state),
    rest: (one) => (!FOUND.question || one.rule.question === FOUND.question) && (!FOUND.account || isWithin(one.scope, FOUND.account)) && (!FOUND.provider || one.scope.provider === FOUND.provider) &&
      (!FOUND.rule || one.rule.id === FOUND.rule) && (!FOUND.identity || one.identity?.id === FOUND.identity) && contains(hayOf(one), wanted),
  };
}

function drawFindings(fromUser = false) {
  if (!findingsView.built) buildFindings();
  const { controls, head, summary, clear, list } = findingsView;
  const tests = findingTests();
  const related = world.findings.filter(tests.rest);
  const shown = related.filter((one) => tests.severity(one) && tests.state(one));
  for (const key of ["q", "question", "provider", "account", "rule"]) controls[key].set(FOUND[key]);
  controls.group.set(FOUND.group === "rule" ? "" : FOUND.group);
  controls.severity.update(tally(related.filter(tests.state), (one) => SEVERITIES[one.severity]));
  controls.state.update(tally(related.filter(tests.severity), (one) => one.state));
  head.update();
  const aside = related.filter(tests.severity).length - shown.length;
  const text = `${plural(shown.length, "finding")} of ${count(world.findings.length)}${world.findingsTotal > world.findings.length ? " in this page" : ""}` +
    (aside ? `; ${plural(aside, "more is", "more are")} in a state that is not chosen` : "");
  const unlisted = world.findingsTotal - world.findings.length;
  fill(summary, text, unlisted > 0 && [". ", el("b", null, `${plural(unlisted, "more is", "more are")} in the JSON and CSV reports only`), ": listed here are some of every rule, then the worst"], FOUND.identity && [" about ", code(FOUND.identity)]);
  clear.hidden = !isFiltered() && isLiveOnly();
  if (fromUser) {
    announce(text);
    showAddress("findings", findingQuery());
  }
  findingsView.shown = shown;
  while (list.lastElementChild !== head.element) list.lastElementChild.remove();
  list.append(...findingBodies(sorted(shown, sortKey(FINDING_COLUMNS, FOUND.sort), FOUND.sort.down)));
}

function findingBodies(items) {
  if (!items.length) return [el("tbody", null, el("tr", null, el("td.empty", { colspan: "5" }, world.findings.length
    ? "No finding matches these filters." : "No rule has a finding. That is worth what was seen: look at the coverage.")))];
  const groups = foldFindings(items);
  const bodies = groups.slice(0, FOUND.groupsShown).map((group) => findingGroup(group));
  if (groups.length > FOUND.groupsShown) bodies.push(el("tbody", null, moreRow(5, FOUND.groupsShown, groups.length, () => { FOUND.groupsShown += PAGE; drawFindings(); })));
  return bodies;
}

// Groups stand in the order of their worst finding, then of their size; sorted by a column, they follow it.
function foldFindings(items) {
  if (FOUND.group === "none") return [{ id: "", items, plain: true }];
  const key = GROUPINGS[FOUND.group][1];
  const groups = new Map();
  for (const one of items) {
    const id = key(one);
    if (groups.has(id)) groups.get(id).push(one);
    else groups.set(id, [one]);
  }
  const list = [...groups].map(([id, members]) => ({ id, items: members, worst: Math.max(...members.slice(0, 5000).map((one) => one.severity)) }));
  if (FOUND.sort.by !== "severity") return list;
  const sign = FOUND.sort.down ? 1 : -1;
  return list.sort((a, b) => sign * (b.worst - a.worst) || b.items.length - a.items.length);
}

function findingGroup(group) {
  const shownHere = group.plain ? (FOUND.openGroups.get("") || PAGE) : FOUND.openGroups.get(group.id);
  const body = el("tbody", { class: group.plain ? null : "group" + (shownHere ? " open" : "") });
  const redraw = (focus) => {
    const fresh = findingGroup(group);
    body.replaceWith(fresh);
    fresh.querySelector(focus)?.focus();
  };
  if (!group.plain) body.append(groupHead(group, shownHere, () => {
    if (shownHere) FOUND.openGroups.delete(group.id);
    else FOUND.openGroups.set(group.id, PAGE);
    redraw("[data-row]");
  }));
  if (!shownHere) return body;
  for (const one of group.items.slice(0, shownHere)) body.append(...findingRow(one));
  if (group.items.length > shownHere) body.append(moreRow(5, shownHere, group.items.length, () => {
    FOUND.openGroups.set(group.id, shownHere + PAGE);
    redraw(`tr.finding:nth-of-type(${shownHere + (group.plain ? 1 : 2)}) [data-row]`);
  }));
  return body;
}

function groupHead(group, open, toggled) {
  const first = group.items[0];
  group.unlisted = FOUND.group === "rule" && !isFiltered() && isLiveOnly() ? first.rule.unlisted : 0;
  const places = new Set(group.items.map((one) => one.scope));
  const [title, meta] = {
    rule: () => [first.rule.title, [words(first.rule.question), places.size > 1 && `, in ${placeCounts(places)}`]],
    identity: () => [first.identity?.name || first.subjectName, [first.identity ? kindOf(first.identity) : words(first.subjectKind), " in ", scopeName(first.scope)]],
    account: () => [first.scope.name, first.scope.name === first.scope.id ? "" : name(first.scope.id)],
  }[FOUND.group]();
  return el("tr.group-head", null,
    el("td", null, severityBadge(group.worst)),
    el("th", { scope: "rowgroup", colspan: "3" },
      el("button.row", { type: "button", "data-row": "", "aria-expanded": open ? "true" : "false", onclick: toggled }, name(title)),
      el("small", null, meta, FOUND.group === "identity" && first.identity && [" · ", el("a", { href: identityAddress(first.identity.id) }, "everything about it")])),
    el("td.num", null, el("b", null, count(group.items.length)), el("small", null, group.unlisted > 0 && ` of ${count(group.items.length + group.unlisted)}`,
      group.items.length + group.unlisted === 1 ? " finding" : " findings")));
}

function findingRow(one) {
  const open = FOUND.openRows.has(one.fingerprint);
  const toggle = el("button.row", { type: "button", "data-row": "", "aria-expanded": open ? "true" : "false", onclick: () => {
    if (FOUND.openRows.delete(one.fingerprint)) row.nextSibling.remove();
    else {
      FOUND.openRows.add(one.fingerprint);
      row.after(detailRow(one, toggle));
    }
    const now = FOUND.openRows.has(one.fingerprint);
    row.classList.toggle("open", now);
    toggle.setAttribute("aria-expanded", now ? "true" : "false");
  } }, name(one.subjectName));
  const row = el("tr.finding", { class: "finding" + (open ? " open" : ""), "data-finding": one.fingerprint },
    el("td", null, severityBadge(one.severity), one.confidence !== "high" && el("small", null, ` ${one.confidence} confidence`)),
    el("th", { scope: "row" }, toggle),
    el("td.what", null, FOUND.group === "rule" ? null : el("b", null, one.rule.title), el("span.clamp", null, prose(one.message, "span"))),
    el("td", null, scopeName(one.scope)),
    el("td", null, stateBadge(one.state)));
  return open ? [row, detailRow(one, toggle)] : [row];
}

function detailRow(one, toggle) {
  return el("tr.detail-row", { onkeydown: (event) => { if (event.key === "Escape") { toggle.click(); toggle.focus(); } } },
    el("td", { colspan: "5" }, findingDetail(one, { in: "table" })));
}

function isFiltered() {
  return !!(FOUND.severity.size || FOUND.question || FOUND.provider || FOUND.account || FOUND.rule || FOUND.identity || FOUND.q);
}

// What is shown unless somebody asks for more: what has to be acted on.
function isLiveOnly() {
  return FOUND.state.size === LIVE.length && LIVE.every((state) => FOUND.state.has(state));
}

function findingQuery() {
  const query = new URLSearchParams();
  if (FOUND.severity.size) query.set("severity", [...FOUND.severity].join(","));
  if (!isLiveOnly()) query.set("state", [...FOUND.state].join(",") || "any");
  for (const key of ["question", "provider", "account", "rule", "identity", "q"]) if (FOUND[key]) query.set(key, FOUND[key]);
  if (FOUND.group !== "rule") query.set("group", FOUND.group);
  if (FOUND.sort.by !== "severity" || !FOUND.sort.down) query.set("sort", (FOUND.sort.down ? "-" : "") + FOUND.sort.by);
  return query;
}

function findingsFromAddress(query) {
  clearFindingFilters();
  for (const value of listOf(query, "severity")) FOUND.severity.add(value);
  if (query.has("state")) resetSet(FOUND.state, [...listOf(query, "state")].filter((value) => value !== "any"));
  for (const key of ["question", "provider", "account", "rule", "identity", "q"]) FOUND[key] = query.get(key) || "";
  FOUND.group = Object.hasOwn(GROUPINGS, query.get("group") || "") ? query.get("group") : "rule";
  const sort = query.get("sort") || "-severity";
  FOUND.sort.by = sort.replace("-", "");
  FOUND.sort.down = sort.startsWith("-");
  FOUND.groupsShown = PAGE;
}

// Shows one finding wherever the filters and pages would hide it.
function openFinding(fingerprint) {
  const one = world.findings.find((finding) => finding.fingerprint === fingerprint);
  if (!one) return false;
  findingsFromAddress(new URLSearchParams());
  FOUND.state.add(one.state);
  FOUND.rule = one.rule.id;
  FOUND.openRows.add(fingerprint);
  const tests = findingTests();
  const before = sorted(world.findings.filter((each) => Object.values(tests).every((test) => test(each))), sortKey(FINDING_COLUMNS, FOUND.sort), true);
  FOUND.openGroups.set(one.rule.id, Math.max(PAGE, before.indexOf(one) + 1));
  drawFindings();
  const row = findingsView.list.querySelector(`[data-finding="${CSS.escape(fingerprint)}"]`);
  row.scrollIntoView({ block: "start" });
  row.querySelector("[data-row]").focus({ preventScroll: true });
  return true;
}
