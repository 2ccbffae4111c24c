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

function decode(raw) {
  const texts = raw.texts;
  const scopes = raw.scopes.map(([id, name = id, kind = "", parent = null, status = "", collected = 0, management = 0]) =>
    ({ id, name, kind, parent, status, collected: !!collected, management: !!management }));
  const references = raw.references.map((group) => group.map(([framework, id, title]) => ({ framework, id, title })));
  const rules = raw.rules.map(([id, title, question, subject = "", severity = -1, why = "", refs = -1, params = []]) =>
    ({ id, title, question, subject, severity, why, references: references[refs] || [], params, count: 0 }));
  const policies = raw.policies.map(([id, name = "", kind = "", managed = 0, complete = 1]) =>
    ({ id, name: name || id, kind, managed: !!managed, complete: !!complete }));
  const statements = raw.statements.map(([policy, index, sid, layer, body = null]) =>
    ({ policy: policies[policy], index, sid, layer, body }));
  const access = raw.access.map((row) => decodeAccess(row, raw));
  const identities = raw.identities.map((row, number) => decodeIdentity(row, number, { texts, scopes, policies, statements, access, services: raw.services }));
  const known = new Map(identities.map((one) => [one.id, one]));
  const at = (pointer) => (typeof pointer === "number" ? identities[pointer] : null);
  const world = {
    version: raw.tool_version, captured: raw.captured_at, now: raw.now, complete: raw.complete,
    scopes, rules, identities, known, statements, policies,
    notAssessed: raw.not_assessed.map(([rule, subject, reason, count, examples]) => ({ rule: rules[rule], subject, reason, count, examples })),
    covered: raw.coverage.complete.map(([provider, kind, places, records]) => ({ provider, kind, places, records })),
    uncovered: raw.coverage.rest.map(([kind, status, detail, permission, provider, where]) => ({
      kind, status, detail, permission, provider,
      places: where.map((place) => (typeof place === "number" ? { scope: scopes[place], region: "" } : { scope: scopes[place[0]], region: place[1] })),
    })),
    pointed: (pointer) => at(pointer),
  };
  world.findings = raw.findings.map((row, number) => decodeFinding(row, number, { texts, scopes, rules, references, identities }));
  for (const [id, holder, kind, name, status, created, expires, rotated, used, scope] of raw.credentials) {
    at(holder)?.credentials.push({ id, kind, name, status, created, expires, rotated, used, scope: scopes[scope] });
  }
  for (const [id, kind, name, scope, region, runsAs, exposed, active, environment] of raw.workloads) {
    const workload = { id, kind, name, scope: scopes[scope], region, exposed, active, environment };
    for (const pointer of runsAs) at(pointer)?.workloads.push(workload);
  }
  for (const [target, subject, kind, mechanism, claims, conditions] of raw.trusts) {
    const trust = { subject, kind, mechanism, claims, conditions, target: at(target) };
    trust.target?.trusts.push(trust);
    at(subject)?.becomes.push(trust);
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

function decodeIdentity(row, number, tables) {
  const [id, kind, nature, reason, name, scope, uniqueId, path, status, managed, created, used, owner, password, mfa, description, tags, privilege, access, bindings, usage] = row;
  return {
    number, id, kind, nature, natureReason: tables.texts[reason], name, scope: tables.scopes[scope], uniqueId, path, status, managed: !!managed,
    created, used, owner: owner && { name: owner[0], source: owner[1], gone: owner[2] }, password, mfa, description, tags,
    privilege: decodePrivilege(privilege, tables), access: access === null ? null : tables.access[access],
    bindings: bindings.map((one) => (typeof one === "number"
      ? { policy: tables.policies[one], bounds: false, source: "direct", via: null, expires: null }
      : { policy: tables.policies[one[0]], bounds: one[1] === "b", source: { g: "group", i: "inherited" }[one[2]] || "direct", via: one[3], expires: one[4] })),
    usage: usage && { tracked: usage[0], used: usage[1].map(([service, at]) => [tables.services[service], at]) },
    findings: [], credentials: [], workloads: [], trusts: [], becomes: [],
  };
}

function decodePrivilege(row, { texts, statements }) {
  if (row === null) return { level: "unknown", conditional: false, reason: "", path: [], statements: [] };
  const [level, conditional, reason, path, cited] = row;
  return {
    level, conditional: !!conditional, reason: texts[reason], statements: cited.map((one) => statements[one]),
    path: path.map(([technique, source, target, refs, open, detail]) =>
      ({ technique, source, target, statements: refs.map((one) => statements[one]), conditional: !!open, detail: texts[detail] })),
  };
}

function decodeFinding(row, number, { texts, scopes, rules, references, identities }) {
  const [fingerprint, rule, subjectKind, subjectId, subjectName, scope, severity, confidence, state, message, evidence, remediation, refs, identity, note] = row;
  const idOf = (pointer) => (typeof pointer === "number" ? identities[pointer].id : pointer);
  const finding = {
    number, fingerprint, rule: rules[rule], subjectKind, subjectId: idOf(subjectId), subjectName: subjectName || idOf(subjectId), scope: scopes[scope], severity, confidence, state,
    message, evidence: () => evidence.map(([kind, text, ref = ""]) => [kind, text, idOf(ref)]), remediation: texts[remediation], references: references[refs], identity: identity < 0 ? null : identities[identity], note, hay: null,
  };
  finding.identity?.findings.push(finding);
  if (isLive(finding)) finding.rule.count += 1;
  return finding;
}

function isLive(finding) {
  return finding.state === "new" || finding.state === "open";
}
