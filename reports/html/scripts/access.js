// What an identity can do in the end, and by which way: privilege, its path, the statements that give it, services.

function privilegeOf(one) {
  const { privilege } = one;
  const [label, meaning] = PRIVILEGES[privilege.level] || [words(privilege.level), ""];
  return [
    el("p", null, el("b", null, label), meaning && `: ${meaning}`, privilege.conditional ? ", if conditions hold that the snapshot cannot tell." : "."),
    privilege.reason && privilege.level !== "ordinary" && el("p", null, prose(privilege.reason)),
    privilege.path.length > 0 && el("ol.path", null, privilege.path.map((step) => el("li", null,
      el("p", null, pointed(step.source), el("span.arrow-to", null, " → "), pointed(step.target)),
      el("p", null, el("b", null, words(step.technique.replace(/^(gcp|azure|entra|github|k8s)-/, ""))), step.detail && [": ", name(step.detail)], step.conditional && el("small.bad", null, " only if a condition holds")),
      step.statements.map(statementBox)))),
    privilege.statements.length > 0 && [el("h3", null, "What makes it so"), privilege.statements.slice(0, 12).map(statementBox), cut(privilege.statements, 12)],
  ];
}

// A role says nothing by itself: what counts is where it is bound, to whom, and on what condition.
function givingBox(statement) {
  const { giving, policy } = statement;
  if (giving.place === null) return el("p.statement", null, code(policy.id), el("small", null, " ", code(giving.id)));
  return el("div.statement.giving", null,
    el("p", null, el("b", null, "Role "), roleName(policy), " on ", placeName(giving.place), ", given to ", memberName(giving.member), giving.eligible && el("b", null, " once it is activated"),
      giving.expires && [", until ", when(giving.expires)], el("small", null, " (", layerOf(statement), ")")),
    giving.condition && el("p.condition", null, el("small", null, "only if "), code(giving.condition)),
    statement.body?.actions && el("p.condition", null, el("small", null, `by its rule ${statement.index + 1}: `), patternList(statement.body.actions),
      statement.body.resources && [el("small", null, " named "), patternList(statement.body.resources)]));
}

function roleName(policy) {
  return [isNumbered(policy.id) ? el("b", { title: policy.id }, name(policy.name)) : code(policy.id), !isNumbered(policy.id) && policy.name !== policy.id && el("small", null, " ", name(policy.name)),
    policy.permissions > 0 && el("small", null, `, ${plural(policy.permissions, "permission")}`),
    !policy.complete && el("small.bad", null, " whose permissions are not known")];
}

function statementBox(statement) {
  if (statement.giving) return givingBox(statement);
  const noun = statement.layer === "deny" || statement.layer === "principal_access_boundary" ? "rule" : "statement";
  const where = [name(statement.policy.name), `, ${noun} `, statement.sid ? name(statement.sid) : String(statement.index + 1),
    Object.hasOwn(LAYERS, statement.layer) && el("small", null, " (", layerOf(statement), ")")];
  if (!statement.body) return el("p.statement", null, where, statement.policy.name !== statement.policy.id && el("small", null, " ", code(statement.policy.id)));
  const lines = [];
  for (const element of ["actions", "not_actions", "resources", "not_resources", "principals", "not_principals"]) {
    if (statement.body[element]) lines.push(pair(words(element), patternList(statement.body[element])));
  }
  return el("details.statement", null,
    el("summary", null, el("b", null, words(statement.body.effect)), " by ", where),
    el("p", null, el("small", null, code(statement.policy.id))),
    el("dl.facts.narrow", null, lines, statement.body.conditions && pair("Only if", conditionList(statement.body.conditions)),
      statement.body.malformed && pair("Could not be read", name(statement.body.malformed))));
}

function patternList([total, ...shown]) {
  return [shown.map((pattern, at) => [at > 0 && ", ", code(pattern)]), total > shown.length && ` and ${count(total - shown.length)} more`];
}

function conditionList(items) {
  return items.map(([operator, key, total, ...values]) => el("div.condition", null, key && [code(key), " "], el("small", null, operator), " ", patternList([total, ...values])));
}

// What the numbers are bounds of.
const BOUNDS = {
  aws: "An upper bound over its own policies, its boundary and the guardrails above it: a condition that could hold counts as holding. Grants made by resource policies are not in it.",
  azure: "An upper bound over every role, permission and ownership that is given to it and to its groups, on whatever place, less what deny assignments surely take away: a condition that could hold, or an assignment that could be activated, counts as holding.",
  github: "Permissions of an app, a key or a token where it has them, and of a job what its workflow and the settings of the repository give its token.",
  kubernetes: "Every role that is bound to it, to its namespace's service accounts and to all of them. Kubernetes has no denials; what admission controllers refuse is not in it.",
  gcp: "An upper bound over every role that is given to it, to its groups and to everyone, on whatever place, less what deny policies and principal access boundaries surely take away: a condition that could hold counts as holding.",
};

const GUARDRAILS = {
  aws: "Nobody looked at the organization: policies that stand above it may take some of this away.",
  azure: "Not all deny assignments could be read: they may take some of this away.",
};

// What is allowed on all of it counts as allowed everywhere. Identities of Azure have a tenant for a home, and hardly anything on all of that.
function wholeOf(one) {
  if (one.provider === "kubernetes") return "its cluster";
  if (one.provider === "github") return one.kind === "app" || one.kind === "access_token" ? "its organization" : "its repository";
  if (one.provider === "azure") return "a subscription, or of the directory, at least";
  return one.scope.id === "" ? "some project, or of more" : `its ${scopeKind(one.scope).toLowerCase()}`;
}

function effectiveAccess(one) {
  const { access } = one;
  if (!access) return el("p.faint", null, "It was not worked out.");
  const doubts = [
    !access.complete && "Some of its policies could not be read, so it may be allowed more, or less.",
    !access.guardrails && (GUARDRAILS[one.provider] || GUARDRAILS.aws),
  ].filter(Boolean).map((text) => el("p", null, el("b.bad", null, "Not certain. "), text));
  const [services, full, levels] = [access.services(), access.full(), access.levels().filter(([, allowed]) => allowed)];
  if (!services.length) return [none(one, one.provider === "aws" ? "No action of any service is allowed by its own policies." : "No role that is given to it allows anything."), doubts];
  const used = new Map(one.usage ? one.usage.used : []);
  const items = services.map((service) => el("li", { class: full.has(service) ? "full" : null },
    code(service), full.has(service) && el("small", null, " all"), used.has(service) && el("small", null, " used ", day(used.get(service)))));
  return [
    el("p", null, "At most ", el("b", null, plural(access.actions, one.provider === "gcp" ? "permission" : "action")), " of ", el("b", null, plural(services.length, "service")),
      full.size > 0 && [", ", el("b", null, count(full.size)), " of them in full"],
      `. ${count(access.certain)} without an open condition, ${count(access.everywhere)} on every resource of ${wholeOf(one)}.`,
      one.usage && [" Of ", plural(one.usage.tracked, "service"), " whose use is tracked, ", count(used.size), used.size === 1 ? " was used." : " were used."]),
    doubts,
    levels.length > 0 && el("dl.levels", null, levels.map(([level, allowed, total]) => pair(words(level), [count(allowed), el("small", null, ` of ${count(total)}`)]))),
    items.length > 24 ? el("details", null, el("summary", null, `The ${count(items.length)} services`), el("ul.services", null, items)) : el("ul.services", null, items),
    el("p.faint", null, BOUNDS[one.provider] || BOUNDS.aws),
  ];
}
