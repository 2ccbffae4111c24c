// The catalogue: every question that was asked, with its limits and its sources, found something or not.

function drawRules(argument) {
  const app = document.getElementById("rules-app");
  if (!app.childElementCount) buildRules(app);
  if (!argument) return;
  const entry = [...app.querySelectorAll("details")].find((one) => one.dataset.rule === argument);
  if (!entry) return;
  entry.open = true;
  entry.scrollIntoView({ block: "start" });
  entry.querySelector("summary").focus({ preventScroll: true });
}

function buildRules(app) {
  const questions = new Map();
  for (const rule of world.rules) questions.set(rule.question, [...(questions.get(rule.question) || []), rule]);
  const unanswered = tally(world.notAssessed, (row) => row.rule.id);
  fill(app, el("p.lead", null, `${plural(world.rules.length, "rule")} ${world.rules.length === 1 ? "was" : "were"} asked.`),
    [...questions].sort(([a], [b]) => byText.compare(a, b)).map(([question, rules]) => part(words(question || "other"), rules.length,
      [...rules].sort((a, b) => b.severity - a.severity || byText.compare(a.title, b.title)).map((rule) => ruleEntry(rule, unanswered.has(rule.id))))));
}

function ruleEntry(rule, unanswered) {
  const entry = el("details.rule", null,
    el("summary", null, severityBadge(rule.severity), " ", el("b", null, rule.title), " ",
      el("small", null, rule.count ? plural(rule.count, "finding") : "no finding", rule.unlisted > 0 && ` (${count(rule.count - rule.unlisted)} of them in this page)`, unanswered && ", not answered for some")),
    el("div.detail", null,
      rule.why && el("p", null, prose(rule.why, "span")),
      el("dl.facts", null, pair("Id", code(rule.id)), rule.subject && pair("Asked of", words(rule.subject)),
        rule.params.map(([key, value]) => pair(words(key), code(Array.isArray(value) ? value.join(", ") : String(value))))),
      rule.references.length > 0 && el("section", null, el("h3", null, "References"), el("ul.references", null, rule.references.map((one) => el("li", null, reference(one))))),
      rule.count > 0 && el("p", null, el("a", { href: "#findings?" + new URLSearchParams({ rule: rule.id }) }, `Show its ${plural(rule.count, "finding")}`))));
  entry.dataset.rule = rule.id;
  return entry;
}
