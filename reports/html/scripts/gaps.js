// What could not be seen, what therefore could not be answered, and what was seen whole.

function drawCoverage() {
  const app = document.getElementById("coverage-app");
  if (app.childElementCount) return;
  const missing = world.uncovered.filter((gap) => gap.status !== "skipped");
  const skipped = world.uncovered.filter((gap) => gap.status === "skipped");
  const absent = world.scopes.filter((scope) => !scope.collected && ["account", "project", "subscription"].includes(scope.kind));
  fill(app,
    el("p.lead", null, missing.length || absent.length ? "A rule can only say that something is absent where everything was read. Here it was not:"
      : !world.complete ? "The collection did not finish."
      : skipped.length ? "What was asked for was read in full. What was not asked for is listed below, and nothing is said about it."
      : "Everything was read, so what is not in this report was not there at that moment."),
    part("Not seen", missing.length, missing.length ? [helpTable(missing), gapTable("What could not be read", missing, true)] : el("p.faint", null, "Nothing was denied, failed or cut short.")),
    absent.length > 0 && part(`Not collected: ${placeCounts(absent)}`, absent.length, el("ul.services", null, absent.slice(0, 500).map((scope) =>
      el("li", null, name(scope.name), scope.name !== scope.id && el("small", null, " ", name(scope.id)), scope.status !== "active" && el("small", null, " ", name(scope.status))))), cut(absent, 500)),
    part("Not answered", world.notAssessed.length, notAssessedTable()),
    skipped.length > 0 && part("Not asked for", skipped.length, gapTable("What was not asked for", skipped, false)),
    world.covered.length > 0 && part("Read in full", world.covered.length, el("details", null, el("summary", null, plural(world.covered.length, "kind") + " of record"),
      table("What was read in full", ["Kind of record", "Provider", { label: "Places and regions", num: true }, { label: "Records", num: true }],
        world.covered.map((row) => cells(code(row.kind), name(providerName(row.provider)), numberCell(row.places), numberCell(row.records)))))));
}

// Which permission would show most: many kinds of record often lack the same one.
function helpTable(gaps) {
  const lacking = gaps.filter((gap) => gap.permission && gap.status !== "failed");
  if (lacking.length < 2) return null;
  const byPermission = new Map();
  for (const gap of lacking) {
    const key = JSON.stringify([gap.provider, gap.permission]);
    byPermission.set(key, [...(byPermission.get(key) || []), gap]);
  }
  const rows = [...byPermission.values()].sort((a, b) => b.length - a.length || byText.compare(a[0].permission, b[0].permission));
  const providers = [...new Set(lacking.map((gap) => gap.provider))].sort();
  return el("details", { open: rows.length <= 8 }, el("summary", null, "What would help: ", plural(rows.length, "permission")),
    el("p", null, providers.map((one) => [el("span", null, `All that ${providerName(one)} is asked for: `), code(`nhi-scan permissions ${one}${inProjects(lacking, one) ? " --project" : ""}`), ". "])),
    table("Permissions that would help", ["Permission", "For", "Where"], rows.slice(0, 200).map((group) => cells(code(group[0].permission),
      group.slice(0, 12).map((gap, at) => [at > 0 && ", ", code(gap.kind)]).concat(group.length > 12 ? [` and ${count(group.length - 12)} more`] : []),
      placesOf(group.flatMap((gap) => gap.places))))), cut(rows, 200));
}

// Projects of Google Cloud that were asked one by one, with nothing above them, have a role of their own.
function inProjects(gaps, provider) {
  return gaps.filter((gap) => gap.provider === provider).every((gap) => gap.places.every(({ scope }) => scope.id.startsWith("projects/")));
}

function gapTable(caption, gaps, fix) {
  return [table(caption, ["Kind of record", "Status", "Where", "Why", ...(fix ? ["Permission that would help"] : [])], gaps.slice(0, 400).map((gap) => cells(
    code(gap.kind), el("span.state.state-" + gap.status, null, STATUSES[gap.status] || words(gap.status)), placesOf(gap.places),
    gap.detail ? prose(gap.detail) : el("span.faint", null, "not said"), ...(fix ? [gap.permission && gap.status !== "failed" ? code(gap.permission) : ""] : [])))), cut(gaps, 400)];
}

function placesOf(places) {
  const byScope = new Map();
  for (const { scope, region } of places) byScope.set(scope, [...(byScope.get(scope) || []), region].filter(Boolean));
  const items = [...byScope].map(([scope, regions]) => el("li", null, scopeName(scope), regions.length > 0 && el("small", null, " ", name(regions.slice(0, 40).join(", ")))));
  if (items.length <= 3) return el("ul.plain", null, items);
  return el("details", null, el("summary", null, placeCounts(byScope.keys())), el("ul.plain", null, items.slice(0, 400)));
}

function notAssessedTable() {
  if (!world.notAssessed.length) return el("p.faint", null, "Every rule could be answered for everything it asks about.");
  return [el("p", null, "These are no findings and no all-clear: the facts to decide were missing."),
    table("Rules that could not be answered", ["Rule", "Why", { label: "Subjects", num: true }, "For example"], world.notAssessed.slice(0, 1000).map((row) => cells(
      [el("a", { href: "#rules/" + encoded(row.rule.id) }, row.rule.title), el("br"), el("small", null, words(row.subject))],
      prose(row.reason), numberCell(row.count), el("ul.plain.small", null, row.examples.map((id) => el("li", null, world.known.has(id) ? identityLink(world.known.get(id)) : code(id))))))),
    cut(world.notAssessed, 1000)];
}
