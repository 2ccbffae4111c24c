// The data island, decoded once: rows become objects whose references are already followed. Rows are written by
// nhi_scan/report/html/{estate,judgement}.py; the order of their fields is fixed here and there.

const SEVERITIES = ["info", "low", "medium", "high", "critical"];

async function readIsland() {
  const island = document.getElementById("island");
  const text = island.textContent;
  if (island.dataset.encoding === "json") return JSON.parse(text);
  const packed = Uint8Array.from(atob(text), (character) => character.charCodeAt(0));
  const stream = new Blob([packed]).stream().pipeThrough(new DecompressionStream("gzip"));
  return JSON.parse(await new Response(stream).text());
}

const LEVEL_IDS = ["administrator", "can_become_administrator", "latent", "reaches_sensitive", "ordinary", "unknown"];

function decode(raw) {
  const { texts, providers } = raw;
  const scopes = raw.scopes.map(([id, name = id, kind = "", parent = null, status = "", collected = 0, management = 0, provider = -1, number = "", constraints = null]) =>
    ({ id, name, kind, parent, status, collected: !!collected, management: !!management, provider: providers[provider] || "", number, constraints }));
  const references = raw.references.map((group) => group.map(([framework, id, title]) => ({ framework, id, title })));
  const rules = raw.rules.map(([id, title, question, subject = "", severity = -1, why = "", refs = -1, params = [], unlisted = 0]) =>
    ({ id, title, question, subject, severity, why, references: references[refs] || [], params, unlisted, count: unlisted }));
  const policies = raw.policies.map(([id, name = "", kind = "", managed = 0, complete = 1, permissions = 0]) =>
    ({ id, name: name || id, kind, managed: !!managed, complete: !!complete, permissions }));
  const givings = raw.givings.map(([member, place = null, condition = -1, expires = null, eligible = 0]) =>
    (place === null ? { id: member, place } : { member, place: texts[place], condition: texts[condition] ?? null, expires, eligible: !!eligible }));
  const statements = raw.statements.map(([policy, index, sid, layer, body, giving]) =>
    ({ policy: policies[policy], index, sid, layer, body: raw.bodies[body] ?? null, giving: givings[giving] ?? null }));
  const given = (one, holder) => (typeof one === "number" || one.length === 2
    ? { policy: policies[one[0] ?? one], bounds: false, source: "direct", eligible: false, via: null, expires: null, place: texts[one[1]] ?? null, condition: null, holder }
    : { policy: policies[one[0]], bounds: one[1] === "b", source: { g: "group", i: "inherited" }[one[2]] || "direct", eligible: one[2] === "e", via: one[3], expires: one[4], place: texts[one[5]] ?? null, condition: texts[one[6]] ?? null, holder });
  const groups = raw.groups.map(([id, name, kind, complete, members, bindings, within]) =>
    ({ id, name, kind, complete: !!complete, members, bindings, within }));
  for (const group of groups) {
    group.bindings = group.bindings.map((one) => given(one, group));
    group.within = group.within.map((one) => groups[one]);
  }
  const attributes = ([shape, ...values], known) => (shape === undefined ? NOBODYS
    : raw.shapes[shape].map((name, at) => [name, typeof values[at] === "string" ? values[at] : known.slice(values[at][0], values[at][0] + values[at][1])]));
  const steps = raw.steps.map(([technique, source, target, refs, open, detail]) =>
    ({ technique, source, target, statements: refs.map((one) => statements[one]), conditional: !!open, detail: texts[detail] }));
  const tables = {
    texts, steps, attributes, scopes, policies, statements, groups, given, providers, services: raw.services, levels: LEVEL_IDS,
    access: raw.access.map((row) => decodeAccess(row, raw)),
    owners: raw.owners.map(([name, source, gone]) => ({ name, source, gone })),
    tallies: raw.tallies.map(([live, worst, questions]) => ({ live, worst, questions: new Set(questions) })),
  };
  const identities = raw.identities.map((row, number) => decodeIdentity(row, number, tables));
  const known = new Map(identities.map((one) => [one.id, one]));
  const at = (pointer) => (typeof pointer === "number" ? identities[pointer] : null);
  const world = {
    version: raw.tool_version, captured: raw.captured_at, now: raw.now, complete: raw.complete,
    scopes, rules, identities, known, statements, policies, groups, providers: [...new Set(identities.map((one) => one.provider))].sort(),
    scopeById: new Map(scopes.map((one) => [one.id, one])), groupById: new Map(groups.map((one) => [one.id, one])),
    notAssessed: raw.not_assessed.map(([rule, subject, reason, count, examples]) => ({ rule: rules[rule], subject, reason, count, examples })),
    covered: raw.coverage.complete.map(([provider, kind, places, records]) => ({ provider, kind, places, records })),
    uncovered: raw.coverage.rest.map(([kind, status, detail, permission, provider, where]) => ({
      kind, status, detail, permission, provider,
      places: where.map((place) => (typeof place === "number" ? { scope: scopes[place], region: "" } : { scope: scopes[place[0]], region: place[1] })),
    })),
    things: new Map(raw.things.map(([text, kind, name]) => [texts[text], { kind, name }])),
    everyone: raw.everyone.map(([member, binding]) => given(binding, member)), pointed: (pointer) => at(pointer), findingsTotal: raw.findings_total, brief: identities.filter((one) => one.brief).length,
  };
  world.findings = raw.findings.map((row, number) => decodeFinding(row, number, { texts, proofs: raw.proofs, scopes, rules, references, identities }));
  for (const [id, holder, kind, name, status, created, expires, rotated, used, scope, more] of raw.credentials) {
    at(holder)?.credentials.push({ id, kind, name, status, created, expires, rotated, used, scope: scopes[scope], attributes: attributes(more, id) });
  }
  for (const [id, kind, name, scope, region, runsAs, exposed, active, environment, more] of raw.workloads) {
    const workload = { id, kind, name, scope: scopes[scope], region, exposed, active, environment, attributes: attributes(more, id) };
    for (const pointer of runsAs) at(pointer)?.workloads.push(workload);
  }
  for (const [target, subject, kind, mechanism, claims, conditions] of raw.trusts) {
    const trust = { subject, kind, mechanism, claims, conditions, target: at(target) };
    trust.target?.trusts.push(trust);
    at(subject)?.becomes.push(trust);
  }
  for (const [source, target, open, declared, detail, refs, questions] of raw.bridges) {
    const bridge = { source, target, conditional: !!open, declared: !!declared, detail: texts[detail], statements: refs.map((one) => statements[one]), questions: questions.map((one) => texts[one]) };
    at(source)?.crosses.push(bridge);
    at(target)?.entered.push(bridge);
  }
  return world;
}

function decodeAccess([reach, certain, whole, complete, guardrails], raw) {
  const [services, actions, perLevel, provider] = raw.reaches[reach];
  const [full, everywhere] = raw.wholes[whole];
  return {
    services: () => services.map((one) => raw.services[one]), full: () => new Set(full.map((one) => raw.services[one])), actions, certain, everywhere,
    levels: () => raw.levels[provider].map(([level, total], at) => [level, perLevel[at], total]), complete, guardrails,
  };
}

const NOBODYS = Object.freeze([]); // what hangs on an identity of which the page holds only a line

function decodeIdentity(row, number, tables) {
  const [id, kind, nature, name, scope, status, managed, created, used, owner, level, provider, tally] = row;
  const one = {
    number, id, kind, nature, name, scope: tables.scopes[scope], status, managed: !!managed, created, used, owner: tables.owners[owner] ?? null,
    provider: tables.providers[provider], tally: tables.tallies[tally] ?? null, brief: row.length <= 13, findings: [], credentials: [], workloads: [], trusts: [], becomes: [], crosses: [], entered: [],
  };
  if (one.brief) {
    return Object.assign(one, { privilege: { level: tables.levels[level], conditional: false, reason: "", path: NOBODYS, statements: NOBODYS }, natureReason: "", uniqueId: null,
      path: "/", password: null, mfa: null, description: "", tags: NOBODYS, access: null, bindings: NOBODYS, usage: null, groups: NOBODYS, attributes: NOBODYS, owners: null });
  }
  const [reason, uniqueId, path, password, mfa, description, tags, privilege, access, bindings, usage, groups, attributes, owners] = row.slice(13);
  return Object.assign(one, {
    natureReason: tables.texts[reason], uniqueId, path, password, mfa, description, tags,
    privilege: decodePrivilege(tables.levels[level], privilege, tables), access: access === null ? null : tables.access[access],
    bindings: bindings.map((binding) => tables.given(binding, one)), groups: groups.map((group) => tables.groups[group]),
    attributes: tables.attributes(attributes, `${id} ${uniqueId || ""}`), owners, usage: usage && { tracked: usage[0], used: usage[1].map(([service, at]) => [tables.services[service], at]) },
  });
}

function decodePrivilege(level, row, { texts, statements, steps }) {
  if (row === null) return { level, conditional: false, reason: "", path: [], statements: [] };
  const [conditional, reason, path, cited] = row;
  return {
    level, conditional: !!conditional, reason: texts[reason], statements: cited.map((one) => statements[one]),
    path: path.map((step) => steps[step]),
  };
}

// The groups that an identity is in, also through others; a crafted import may nest them in a ring.
function groupsOf(one) {
  const found = new Map();
  const open = one.groups.map((group) => [group, null]);
  while (open.length) {
    const [group, through] = open.pop();
    if (found.has(group)) continue;
    found.set(group, through);
    for (const above of group.within) open.push([above, group]);
  }
  return found;
}

function decodeFinding(row, number, { texts, proofs, scopes, rules, references, identities }) {
  const [fingerprint, rule, subjectKind, subjectId, subjectName, scope, severity, confidence, state, message, evidence, remediation, refs, identity, note] = row;
  const idOf = (pointer) => (typeof pointer === "number" ? identities[pointer].id : pointer);
  const finding = {
    number, fingerprint, rule: rules[rule], subjectKind, subjectId: idOf(subjectId), subjectName: subjectName || idOf(subjectId), scope: scopes[scope], severity, confidence, state,
    message, evidence: () => evidence.map((piece) => { const [kind, text, ref = ""] = proofs[piece]; return [kind, text, idOf(ref)]; }), remediation: () => remedied(remediation, finding, texts), references: references[refs], identity: identity < 0 ? null : identities[identity], note, hay: null,
  };
  finding.identity?.findings.push(finding);
  if (isLive(finding)) finding.rule.count += 1;
  return finding;
}

// Many findings share their text: the id of whom it is about is left out of it.
function remedied(row, { subjectId, identity }, texts) {
  if (typeof row === "number") return texts[row];
  return texts[row[0]].replaceAll("\0", () => (row[1] ? subjectId : identity.id));
}

function isLive(finding) {
  return finding.state === "new" || finding.state === "open";
}
