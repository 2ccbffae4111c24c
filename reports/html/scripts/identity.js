// Everything about one identity, in the order in which an incident asks for it.

function drawIdentity(argument) {
  const section = document.getElementById("identity");
  const one = findIdentity(argument);
  if (!one) {
    fill(section, el("h1", null, "Not in this snapshot"), el("p", null, "No identity here has the id ", code(argument), "."), el("p", null, el("a", { href: "#identities" }, "All identities")));
    return;
  }
  fill(section,
    el("p.crumb", null, el("a", { href: "#identities" }, "Identities"), chainOf(one.scope).filter((scope) => scope.kind !== "root" && scope.id !== "").map((scope) =>
      [" / ", el("a", { href: "#identities?" + new URLSearchParams({ account: scope.id }) }, scopeName(scope))])),
    el("h1", null, name(one.name)),
    el("p.id-line", null, code(one.id), " ", copyButton(one.id, "Copy id")),
    el("p.badges", null, privilegeBadge(one.privilege), el("span.tag", null, providerName(one.provider)), el("span.tag", null, kindOf(one)), el("span.tag", null, NATURES[one.nature]),
      one.status === "unknown" && el("span.tag", null, "Status not known"), !["active", "unknown"].includes(one.status) && el("span.tag.bad", null, words(one.status)), one.managed && el("span.tag", null, "Managed by the provider")),
    identityFacts(one),
    one.brief && el("p.notice.partial", null, `This report is of ${plural(world.identities.length, "identity", "identities")}, and this page holds everything of the ${count(world.identities.length - world.brief)} that matter most. The rest about this one is in the JSON report; `,
      code(`nhi-scan explain '${one.id.replaceAll("'", "'\\''")}' -s SNAPSHOT`), " tells how privileged it is and why."),
    one.brief ? el("div.parts", null, part("Findings", one.findings.length, identityFindings(one))) : el("div.parts", null,
      part("Findings", one.findings.length, identityFindings(one)),
      part("Privilege", null, privilegeOf(one)),
      part("Effective access", null, effectiveAccess(one)),
      part("Who can become it", one.trusts.length || null, trustsOf(one)),
      one.crosses.length > 0 && part("Becomes in other clouds", one.crosses.length, crossingsOf("What this identity becomes elsewhere", one.crosses, "target")),
      one.entered.length > 0 && part("Entered from other clouds", one.entered.length, crossingsOf("Who becomes this identity from elsewhere", one.entered, "source")),
      part("Credentials", one.credentials.length, credentialsOf(one)),
      part("Workloads that run as it", one.workloads.length, workloadsOf(one)),
      ...givenTo(one),
      one.becomes.length > 0 && part("Trusted by", one.becomes.length, el("ul.plain", null, one.becomes.slice(0, 200).map((trust) =>
        el("li", null, trust.target && identityLink(trust.target), el("small", null, " by ", phrase(trust.mechanism))))), cut(one.becomes, 200)),
      one.tags.length > 0 && part("Tags", one.tags.length, el("dl.facts", null, one.tags.map(([key, value]) => pair(name(key), name(value)))))));
}

function part(title, number, ...content) {
  return el("section.part", null, el("h2", null, title, number !== null && el("span.count", null, count(number))), content);
}

function cut(items, shown) {
  return items.length > shown && el("span.faint.cut", null, `The first ${count(shown)} of ${count(items.length)} are shown here; the JSON report has all.`);
}

function identityFacts(one) {
  return el("dl.facts", null,
    one.scope.id !== "" && scopeFact(one.scope),
    one.scope.number && pair(scopeKind(one.scope) + " number", code(one.scope.number)),
    pair("Owner", one.owner ? [ownerOf(one), el("small", null, " (", name(one.owner.source), ")")] : el("span.faint", null, "nobody is named")),
    pair("Created", when(one.created)),
    pair("Last authenticated", lastUse(one.used)),
    !one.brief && pair("Nature", [NATURES[one.nature], one.natureReason && el("small", null, ": ", prose(one.natureReason))]),
    one.password !== null && pair("Console password", yesNo(one.password)),
    one.mfa !== null && pair("MFA", yesNo(one.mfa)),
    one.uniqueId && pair("Unique id", code(one.uniqueId)),
    one.path && one.path !== "/" && pair("Path", code(one.path)),
    one.description && pair("Description", name(one.description)),
    one.owners !== null && pair("May be changed by its owners", one.owners.length ? [one.owners.slice(0, 12).map((owner, at) => [at > 0 && ", ", pointed(owner)]), cut(one.owners, 12)] : el("span.faint", null, "it has none")),
    one.attributes.length > 0 && pair("Of its cloud", attributesOf(one)));
}

function identityFindings(one) {
  const unlisted = one.tally ? one.tally.live - one.findings.filter(isLive).length : 0;
  const rest = unlisted > 0 && el("p", null, el("b", null, `${plural(unlisted, "finding")} about it ${unlisted === 1 ? "is" : "are"} in the JSON and CSV reports only.`),
    ` The worst of all ${count(one.tally.live)} is ${SEVERITIES[one.tally.worst]}.`);
  if (!one.findings.length && rest) return rest;
  if (!one.findings.length) return none(one, "No rule has a finding about it.");
  const order = [...one.findings].sort((a, b) => isLive(b) - isLive(a) || b.severity - a.severity);
  return [order.slice(0, 40).map((finding) => el("details.finding", { open: isLive(finding) && order.length <= 3 },
    el("summary", null, severityBadge(finding.severity), " ", el("b", null, finding.rule.title), " ", !isLive(finding) && stateBadge(finding.state),
      finding.subjectKind !== "identity" && el("small", null, ` ${phrase(finding.subjectKind)} `, name(finding.subjectName))),
    findingDetail(finding, { in: "identity" }))), cut(order, 40), rest];
}

// "None" is only said as loudly as the coverage of where it is allows: what could not be read above counts below.
function none(one, text) {
  const missing = world.uncovered.filter((gap) => gap.status !== "skipped" && gap.places.some((place) => isWithin(one.scope, place.scope.id)));
  if (!missing.length) return el("p.faint", null, text);
  return el("p.faint", null, text, " ", plural(missing.length, "kind of record", "kinds of record"), " could not be fully read there: ",
    missing.slice(0, 3).map((gap, at) => [at > 0 && ", ", code(gap.kind)]), missing.length > 3 && ", ...", " (", el("a", { href: "#coverage" }, "coverage"), ")");
}

const NOBODY = {
  service_principal: "Nobody but who holds one of its credentials was found.",
  managed_identity: "It is used by what it is assigned to, and nobody outside is trusted.",
  iam_user: "A user is not assumed: it has credentials.",
  service_account: "Nobody was found who may impersonate it.",
  user: "A person's account is not impersonated.",
  federated_principal: "Its own issuer says who it is.",
  deploy_key: "It is used by whoever holds its private key.",
  access_token: "It is used by whoever holds it.",
  app: "It is used by whoever holds its private key.",
  node: "It is used by what runs as root on the node.",
};
// Who becomes these is no entry of a list that belongs to them: what is found of it are the ways there.
const BY_OTHER_MEANS = {
  kubernetes: {
    service_account: "Whoever may start pods in its namespace, run something in a pod of it, ask for its tokens or read them: `nhi-scan paths --to` tells who.",
    node: "Whatever breaks out of a container on it, or runs as root there: `nhi-scan paths --to` tells who.",
    user: "Whoever may impersonate it: `nhi-scan paths --to` tells who.",
  },
  github: {
    workflow_job: "Whoever can push what it runs, and whoever its triggers let in: `nhi-scan paths --to` tells who.",
    repository: "Whoever has the right to push: `nhi-scan paths --to` tells which apps, keys and tokens do.",
  },
};
const NO_CREDENTIAL = {
  service_principal: "No secret and no certificate of it was found.",
  managed_identity: "It has none that anybody sees: Azure keeps and renews them.",
  iam_role: "A role has none of its own: whoever becomes it gets temporary ones.",
  service_account: "No key that somebody manages was found.",
  user: "A person's credentials are not looked at here.",
  federated_principal: "It has none here: its own issuer vouches for it.",
  workflow_job: "It gets a token of its own for each run, which ends with it.",
  repository: "It has none of its own.",
  node: "Its certificate is not looked at.",
};

function attributesOf(thing) {
  const shown = thing.attributes.filter(([key, value]) => value !== "" && key !== "lines"); // those stand in the findings
  return shown.length > 0 && el("dl.attributes", null, shown.slice(0, 12).map(([key, value]) => pair(words(key), name(value))));
}

// An application of another tenant: what other clouds would call an account that may assume it.
function ofTenant(trust) {
  return trust.kind === "account" && trust.subject.startsWith("/tenants/");
}

function trustsOf(one) {
  if (!one.trusts.length) return none(one, (BY_OTHER_MEANS[one.provider] || NOBODY)[one.kind] || NOBODY[one.kind] || "No trust was found.");
  return [table("Who can become this identity", ["Who", "How", "Only if"], one.trusts.slice(0, 200).map((trust) => cells(
    [trust.kind === "anyone" ? el("b.bad", null, "anyone") : memberName(trust.subject), !world.groupById.has(trust.subject) && el("small", null, " ", phrase(ofTenant(trust) ? "tenant" : trust.kind)), trust.kind === "deleted" && el("small.bad", null, " no longer exists")],
    ofTenant(trust) ? "Whoever runs it there is it here" : words(trust.mechanism),
    trust.claims.length || trust.conditions.length ? [trust.claims.map(([claim, patterns]) => el("div", null, code(claim), " is ", patterns.map((pattern, at) => [at > 0 && " or ", code(pattern)]))),
      conditionList(trust.conditions)] : el("span.faint", null, "no condition")))), cut(one.trusts, 200)];
}

// Bridges between clouds: proven by what the trusting side says, and marked where the other side does not ask for it.
function crossingsOf(caption, bridges, end) {
  return [table(caption, ["Who", "How", "Only if", "Proof"], bridges.slice(0, 200).map((bridge) => cells(
    pointed(bridge[end]),
    [bridge.detail ? prose(bridge.detail) : "With its own token", !bridge.declared && el("small", null, " (only the trusting side says so)")],
    bridge.conditional ? (bridge.questions.length ? bridge.questions.map((question) => el("div", null, prose(question))) : "a condition is open") : el("span.faint", null, "no open condition"),
    bridge.statements.map((statement) => statementBox(statement))))), cut(bridges, 200)];
}

function credentialsOf(one) {
  if (!one.credentials.length) return none(one, NO_CREDENTIAL[one.kind] || "None was found.");
  return table("Credentials of this identity", ["Credential", "Status", "Created", "Rotated", "Expires", "Last used"], one.credentials.map((credential) => cells(
    [el("b", null, words(credential.kind)), el("br"), el("small", null, name(credential.name || credential.id.split(/#|\/keys\//).pop())), attributesOf(credential)],
    words(credential.status), when(credential.created), when(credential.rotated, "never or not known"), when(credential.expires, "no date"), lastUse(credential.used))));
}

function workloadsOf(one) {
  if (!one.workloads.length) return none(one, "None was found.");
  return [table("Workloads that run as this identity", ["Workload", "Where", "Running", "Reachable by anyone", "Environment variables"], one.workloads.slice(0, 200).map((workload) => cells(
    [el("b", null, name(workload.name)), el("br"), el("small", null, words(workload.kind)), attributesOf(workload)],
    [scopeName(workload.scope), workload.region && el("small", null, " ", name(workload.region))],
    yesNo(workload.active), yesNo(workload.exposed),
    workload.environment.length ? el("small", null, workload.environment.slice(0, 30).map((variable, at) => [at > 0 && ", ", code(variable)])) : el("span.faint", null, "none seen")))), cut(one.workloads, 200)];
}

// Policies that are attached, and roles that are bound somewhere: to itself and to the groups that it is in.
function givenTo(one) {
  const groups = groupsOf(one);
  const roles = [...one.bindings, ...[...groups.keys()].flatMap((group) => group.bindings)].filter((binding) => binding.policy.kind === "role");
  const policies = one.bindings.filter((binding) => binding.policy.kind !== "role");
  const unlisted = world.groups.filter((group) => !group.complete && group.bindings.length > 0 && !groups.has(group) && mayBeIn(one, group));
  return [
    (policies.length > 0 || one.provider === "aws") && part("Policies", policies.length, policiesOf(one, policies)),
    (roles.length > 0 || one.provider !== "aws") && part("Roles", roles.length, rolesOf(one, roles, groups, unlisted)),
    groups.size > 0 && part("Groups", groups.size, el("ul.plain", null, [...groups].slice(0, 200).map(([group, through]) =>
      el("li", null, groupName(group), el("small", null, ` ${plural(group.members, "member")}`, through && [", through ", name(through.name)])))), cut([...groups], 200)),
  ];
}

// Whether somebody may be in a group whose members nobody could list: one of its own cloud. On Kubernetes the API server
// itself says which groups service accounts and nodes are in, and only of users an authenticator does.
function mayBeIn(one, group) {
  const clustered = group.kind === "kubernetes_group";
  if (one.provider !== "kubernetes") return !clustered;
  return clustered && one.kind === "user" && !group.name.startsWith("system:") && group.id.startsWith(one.id.slice(0, one.id.indexOf("/") + 1));
}

function policiesOf(one, policies) {
  if (!policies.length) return none(one, "No policy is attached to it.");
  return [table("Policies of this identity", ["Policy", "Kind", "How"], policies.slice(0, 200).map((binding) => cells(
    [el("b", null, name(binding.policy.name)), el("br"), el("small", null, code(binding.policy.id))],
    [binding.bounds ? "Permissions boundary" : words(binding.policy.kind), binding.policy.managed && el("small", null, " of the provider"), !binding.policy.complete && el("small.bad", null, " could not be read")],
    [binding.source === "direct" ? "Attached" : [words(binding.source), " ", binding.via && name(binding.via)], binding.expires && [", until ", when(binding.expires)]]))), cut(policies, 200)];
}

const UNLISTED = {
  gcp: "What is given to a whole domain, or to a project's viewers, editors and owners as such, counts in the effective access and is not listed here.",
  kubernetes: "What is given to all service accounts, to those of its namespace, or to whoever is signed in, counts in the effective access and is not listed here.",
};

function rolesOf(one, roles, groups, unlisted) {
  const doubt = unlisted.length > 0 && el("p.faint", null, `The members of ${plural(unlisted.length, "further group")} could not be listed: it may hold what is given to `,
    unlisted.slice(0, 5).map((group, at) => [at > 0 && ", ", code(group.id)]), unlisted.length > 5 && ", ...", ".");
  const unlistedToo = Object.hasOwn(UNLISTED, one.provider) && el("p.faint", null, UNLISTED[one.provider]);
  const rest = [doubt, everyonesRoles(one), unlistedToo];
  if (!roles.length) return [none(one, "No role is given to it or to a group that it is known to be in."), rest];
  return [table("Roles of this identity", ["Role", "On", "Given to", "Only if"], roles.slice(0, 200).map((binding) => cells(
    [isNumbered(binding.policy.id) ? el("b", { title: binding.policy.id }, name(binding.policy.name)) : code(binding.policy.id), el("br"), el("small", null, !isNumbered(binding.policy.id) && binding.policy.name !== binding.policy.id && [name(binding.policy.name), binding.policy.permissions > 0 && ", "], binding.policy.permissions > 0 && plural(binding.policy.permissions, "permission")),
      !binding.policy.complete && el("small.bad", null, " its permissions are not known")],
    binding.place === null ? placeName(one.scope.id) : placeName(binding.place),
    binding.holder === one ? "itself" : [groupName(binding.holder), groups.get(binding.holder) && el("small", null, " through ", name(groups.get(binding.holder).name))],
    [binding.eligible && el("b", null, "once it is activated "), binding.condition ? code(binding.condition) : !binding.eligible && el("span.faint", null, "no condition"), binding.expires && [" until ", when(binding.expires)]]))), cut(roles, 200), rest];
}

// What anybody has, this one too.
function everyonesRoles(one) {
  if (one.status === "deleted" || !world.everyone.length || one.provider !== "gcp") return null;
  return el("details", null, el("summary", null, `Besides these, what everyone has: ${plural(world.everyone.length, "role")}`),
    el("ul.plain", null, world.everyone.slice(0, 200).map((binding) => el("li", null, code(binding.policy.id), " on ", placeName(binding.place), el("small", null, " given to "), memberName(binding.holder),
      binding.condition && [el("small", null, " only if "), code(binding.condition)]))), cut(world.everyone, 200));
}
