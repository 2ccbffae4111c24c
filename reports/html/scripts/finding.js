// One finding, opened: what is wrong, how we know, what to do, and on whose authority.

function findingDetail(finding, options = {}) {
  const { rule, identity } = finding;
  return el("div.detail", null,
    options.in !== "table" && el("p.message", null, prose(finding.message, "span")),
    rule.why && el("p.why", null, prose(rule.why, "span")),
    finding.note && el("p", null, el("b", null, words(finding.state) + ": "), prose(finding.note, "span")),
    finding.evidence().length > 0 && el("section", null, el("h3", null, "Evidence"),
      el("ul.evidence", null, finding.evidence().map(([kind, text, ref]) =>
        el("li", null, el("span.kind", null, words(kind)), el("span", null, prose(text), ref && ref !== text && [" ", evidenceRef(ref)]))))),
    finding.remediation() && el("section", null,
      el("h3", null, "What to do"),
      el("div.remedy", null, remedy(finding.remediation()))),
    finding.references.length > 0 && el("section", null, el("h3", null, "References"),
      el("ul.references", null, finding.references.map((one) => el("li", null, reference(one))))),
    el("dl.facts", null,
      pair("Subject", code(finding.subjectId)),
      identity && options.in !== "identity" && pair("Identity", identityLink(identity)),
      scopeFact(finding.scope),
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

// Sentences as text and commands as commands. A command is a line, or the end of one after a colon.
const COMMAND = /^(|.*: +)((?:aws|gcloud|gsutil|bq|az|kubectl|gh|terraform|nhi-scan) .*)$/;

function remedy(text) {
  const parts = [];
  for (const line of text.trim().split("\n")) {
    if (!line.trim()) continue;
    const [, lead, command] = line.match(COMMAND) || [null, line, null];
    if (lead.trim()) parts.push({ sentence: lead });
    if (command === null) continue;
    const last = parts.at(-1);
    if (last && last.command !== undefined) last.command += "\n" + command;
    else parts.push({ command });
  }
  return parts.map(({ sentence, command }) => (command === undefined
    ? el("p", null, prose(sentence, "span"))
    : el("div.command", null, el("pre", { tabindex: "0" }, command), copyButton(command))));
}

function reference({ framework, id, title }) {
  if (framework === "url") return outward(id, title || id);
  return [el("b", null, framework), " ", name(id), title && [": ", name(title)]];
}
