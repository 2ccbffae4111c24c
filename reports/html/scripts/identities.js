// The list of identities: non-human ones by default, the most powerful first.

const LEVELS = Object.keys(PRIVILEGES);
const IDENTITY_FILTERS = { q: "", nature: "non_human", kind: "", provider: "", account: "", question: "", owner: "", managed: "no" };
const KNOWN = { ...IDENTITY_FILTERS, privilege: new Set(), sort: { by: "privilege", down: false }, shown: PAGE };
const IDENTITY_COLUMNS = [
  { id: "name", label: "Name", key: (one) => one.name },
  { id: "account", label: "Account", key: (one) => one.scope.name },
  { id: "privilege", label: "Privilege", key: (one) => LEVELS.indexOf(one.privilege.level) },
  { id: "findings", label: "Findings", key: (one) => one.live * 10 + one.worst, down: true, num: true },
  { id: "used", label: "Last authenticated", key: (one) => usedAt(one.used) },
  { id: "created", label: "Created", key: (one) => one.created },
  { id: "owner", label: "Owner", key: (one) => one.owner?.name ?? null },
];
const identitiesView = { built: false };

function buildIdentities() {
  for (const one of world.identities) {
    const live = one.findings.filter(isLive);
    one.live = one.tally ? one.tally.live : live.length;
    one.worst = one.tally ? one.tally.worst : Math.max(-1, ...live.map((finding) => finding.severity));
    one.questions = one.tally ? one.tally.questions : new Set(live.map((finding) => finding.rule.question));
  }
  IDENTITY_COLUMNS.find((column) => column.id === "account").label = placeLabel();
  const changed = () => { KNOWN.shown = PAGE; drawIdentities(true); };
  const set = (key) => (value) => { KNOWN[key] = value; changed(); };
  const kinds = new Map(world.identities.map((one) => [one.kind, kindOf(one)]));
  const scopes = new Set(world.identities.map((one) => one.scope));
  const controls = {
    q: searchField("Search", "name, id, owner, tag", set("q")),
    nature: choice("Nature", "All", Object.entries(NATURES), set("nature")),
    kind: choice("Kind", "All kinds", [...kinds].sort(([, a], [, b]) => byText.compare(a, b)), set("kind")),
    provider: choice("Cloud", "All", world.providers.map((one) => [one, providerName(one)]), set("provider")),
    account: choice(placeLabel(), "All", scopeChoices(scopes), set("account")),
    question: choice("Findings about", "Any or none", [...new Set(world.findings.map((one) => one.rule.question))].sort(byText.compare).map((one) => [one, words(one)]), set("question")),
    owner: choice("Owner", "Any", [["none", "No owner"], ["some", "Has an owner"], ["gone", "Owner is gone"]], set("owner")),
    managed: choice("Provider's own", "Shown too", [["no", "Left out"], ["yes", "Only these"]], set("managed")),
    privilege: chips("Privilege", LEVELS.map((level) => [level, privilegeBadge({ level }), PRIVILEGES[level][1]]), KNOWN.privilege, changed),
  };
  const head = sortableHead(IDENTITY_COLUMNS, KNOWN.sort, changed);
  const summary = el("p.summary", null);
  const body = el("tbody", null);
  Object.assign(identitiesView, { built: true, controls, head, summary, body });
  fill(document.getElementById("identities-app"),
    el("form.filters", { role: "search", "aria-label": "Filter the identities", onsubmit: (event) => event.preventDefault() },
      el("div.fields", null, Object.keys(IDENTITY_FILTERS).filter((key) => key !== "provider" || world.providers.length > 1).map((key) => controls[key].element)), controls.privilege.element),
    el("div.summary-line", null, summary),
    el("div.scroll", { tabindex: "0", role: "region", "aria-label": "List of identities" },
      el("table.identities", { onkeydown: rowKeys }, el("caption.hidden", null, "Identities"), head.element, body)));
}

function identityHay(one) {
  one.hay ??= [one.name, one.id, one.uniqueId || "", one.owner?.name || "", one.description, ...one.tags.map((tag) => tag.join("="))].join("\n").toLowerCase();
  return one.hay;
}

function identityTest() {
  const wanted = needles(KNOWN.q);
  const owned = { "": () => true, none: (one) => !one.owner, some: (one) => !!one.owner, gone: (one) => one.owner?.gone === 1 }[KNOWN.owner] || (() => true);
  return (one) => (!KNOWN.nature || one.nature === KNOWN.nature) && (!KNOWN.kind || one.kind === KNOWN.kind) &&
    (!KNOWN.account || isWithin(one.scope, KNOWN.account)) && (!KNOWN.provider || one.provider === KNOWN.provider) && (!KNOWN.managed || one.managed === (KNOWN.managed === "yes")) &&
    (!KNOWN.question || one.questions.has(KNOWN.question)) && owned(one) && contains(identityHay(one), wanted);
}

function drawIdentities(fromUser = false) {
  if (!identitiesView.built) buildIdentities();
  const { controls, head, summary, body } = identitiesView;
  const related = world.identities.filter(identityTest());
  const shown = related.filter((one) => !KNOWN.privilege.size || KNOWN.privilege.has(one.privilege.level));
  for (const key of Object.keys(IDENTITY_FILTERS)) controls[key].set(KNOWN[key]);
  controls.privilege.update(tally(related, (one) => one.privilege.level));
  head.update();
  const text = `${plural(shown.length, "identity", "identities")} of ${count(world.identities.length)}`;
  fill(summary, text, world.brief > 0 && `. Of ${count(world.brief)}, the least privileged, this page holds only what the list shows`);
  if (fromUser) {
    announce(text);
    showAddress("identities", identityQuery());
  }
  const items = sorted(shown, sortKey(IDENTITY_COLUMNS, KNOWN.sort), KNOWN.sort.down);
  fill(body, items.slice(0, KNOWN.shown).map(identityRow));
  if (!items.length) add(body, [el("tr", null, el("td.empty", { colspan: "7" }, "No identity matches these filters."))]);
  if (items.length > KNOWN.shown) body.append(moreRow(7, KNOWN.shown, items.length, () => {
    const from = KNOWN.shown;
    KNOWN.shown += PAGE;
    drawIdentities();
    body.children[from]?.querySelector("a").focus();
  }));
}

function identityRow(one) {
  const link = identityLink(one);
  // Who comes from outside has no name but a long address, of which the pool and what it says of them matter.
  const outside = /^principal(?:Set)?:\/\/.+\/(?:workloadIdentityPools|workforcePools)\/(.+)$/.exec(one.name);
  if (outside) fill(link, el("bdi", null, "…/", outside[1]));
  const at = outside ? -1 : one.name.indexOf("@");
  if (at > 0 && one.name.length > 24) fill(link, el("bdi", null, one.name.slice(0, at), el("wbr"), el("small.host", null, one.name.slice(at))));
  link.setAttribute("data-row", "");
  return el("tr", null,
    el("th", { scope: "row" }, link, el("small", null, kindOf(one), world.providers.length > 1 && `, ${providerName(one.provider)}`, one.status !== "active" && (one.status === "unknown" ? ", status not known" : `, ${one.status}`))),
    el("td", null, scopeName(one.scope)),
    el("td", null, privilegeBadge(one.privilege)),
    el("td.num", null, one.live ? [severityBadge(one.worst), " ", count(one.live)] : el("span.faint", null, "none")),
    el("td", null, lastUse(one.used)),
    el("td", null, when(one.created)),
    el("td", null, ownerOf(one)));
}

function ownerOf(one) {
  if (!one.owner) return el("span.faint", null, "none");
  return el("span", { title: one.owner.source }, name(one.owner.name), one.owner.gone === 1 && el("small.bad", null, " gone"));
}

function identityQuery() {
  const query = new URLSearchParams();
  for (const [key, value] of Object.entries(IDENTITY_FILTERS)) if (KNOWN[key] !== value) query.set(key, KNOWN[key]);
  if (KNOWN.privilege.size) query.set("privilege", [...KNOWN.privilege].join(","));
  if (KNOWN.sort.by !== "privilege" || KNOWN.sort.down) query.set("sort", (KNOWN.sort.down ? "-" : "") + KNOWN.sort.by);
  return query;
}

function identitiesFromAddress(query) {
  for (const [key, value] of Object.entries(IDENTITY_FILTERS)) KNOWN[key] = query.has(key) ? query.get(key) : value;
  KNOWN.privilege.clear();
  for (const level of listOf(query, "privilege")) KNOWN.privilege.add(level);
  const sort = query.get("sort") || "privilege";
  Object.assign(KNOWN.sort, { by: sort.replace("-", ""), down: sort.startsWith("-") });
  KNOWN.shown = PAGE;
}
