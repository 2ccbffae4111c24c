// One finding, opened: what is wrong, how we know, what to do, and on whose authority.

function findingDetail(finding, options = {}) {
  const { rule, identity } = finding;
  return el("div.detail", null,
    el("p.message", null, name(finding.message, "span")),
    rule.why && el("p.why", null, rule.why),
    finding.note && el("p", null, el("b", null, words(finding.state) + ": "), name(finding.note, "span")),
    finding.evidence.length > 0 && el("section", null, el("h4", null, "Evidence"),
      el("ul.evidence", null, finding.evidence.map(([kind, text, ref]) =>
        el("li", null, el("span.kind", null, words(kind)), el("span", null, name(text, "bdi"), ref && ref !== text && [" ", evidenceRef(ref)]))))),
    finding.remediation && el("section", null,
      el("div.with-copy", null, el("h4", null, "What to do"), copyButton(finding.remediation, "Copy the fix")),
      el("div.remedy", null, prose(finding.remediation))),
    finding.references.length > 0 && el("section", null, el("h4", null, "References"),
      el("ul.references", null, finding.references.map((one) => el("li", null, reference(one))))),
    el("dl.facts", null,
      pair("Subject", code(finding.subjectId)),
      identity && options.in !== "identity" && pair("Identity", identityLink(identity)),
      pair("Account", [scopeName(finding.scope), finding.scope.name !== finding.scope.id && el("small", null, " ", name(finding.scope.id))]),
      pair("Rule", el("a", { href: "#rules/" + encoded(rule.id) }, rule.id)),
      pair("Confidence", words(finding.confidence)),
      pair("State", [words(finding.state), el("small", null, " " + (STATES[finding.state] || ""))]),
      pair("Fingerprint", [code(finding.fingerprint), " ", el("a", { href: "#finding/" + finding.fingerprint }, "link to this finding")])));
}

function pair(term, ...values) {
  return el("div", null, el("dt", null, term), el("dd", null, values));
}

function evidenceRef(ref) {
  const identity = world.known.get(ref);
  return identity ? identityLink(identity) : el("small", null, code(ref));
}

// Paragraphs, and what stands in backticks or looks like a command as code.
function prose(text) {
  return text.trim().split(/\n\s*\n/).map((paragraph) => {
    if (/^\s*(aws|gcloud|az|kubectl|gh|terraform) /.test(paragraph)) return el("pre", { tabindex: "0" }, paragraph.trim());
    return el("p", null, paragraph.split(/`([^`]+)`/).map((part, at) => (at % 2 ? code(part) : textOf(part))));
  });
}

function reference({ framework, id, title }) {
  if (framework === "url") return outward(id, title || id);
  return [el("b", null, framework), " ", name(id), title && [": ", name(title)]];
}
