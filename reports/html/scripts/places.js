// Where things are: accounts, projects, the folders above them, and what else a role can be given on. Every cloud calls
// its own something else, so nothing here says "account" unless all of it is accounts.

const CONTAINERS = ["organization", "root", "folder", "organizational_unit", "management_group", "tenant", "resource_group"];

function scopeKind(scope) {
  return scope.kind ? words(scope.kind) : "Account";
}

// What the scopes that identities live in are called: "account", "project", or "account or project" of two clouds; of
// more, a list would be wider than what stands below it.
function placeWord() {
  world.placeKinds ??= [...new Set(world.identities.map((one) => one.scope).concat(world.scopes).filter((scope) => scope.kind && !CONTAINERS.includes(scope.kind)).map((scope) => scope.kind))].sort();
  return world.placeKinds.length > 2 ? "place" : world.placeKinds.map((kind) => phrase(kind)).join(" or ") || "account";
}

function placeLabel() {
  const text = placeWord();
  return text.charAt(0).toUpperCase() + text.slice(1);
}

// "3 accounts and 12 projects"
function placeCounts(scopes) {
  const counts = tally([...scopes], (scope) => (scope.kind ? phrase(scope.kind) : "account"));
  return [...counts].sort(([a], [b]) => byText.compare(a, b)).map(([kind, number]) => plural(number, kind)).reduce(listing("and"), "");
}

// "a, b and c", word by word.
function listing(last) {
  return (text, word, at, words) => (at === 0 ? word : `${text}${at === words.length - 1 ? ` ${last} ` : ", "}${word}`);
}

// A scope and all above it; a crafted import may hold a ring.
function chainOf(scope) {
  scope.chain ??= (() => {
    const chain = [];
    for (let at = scope; at && !chain.includes(at); at = at.parent ? world.scopeById.get(at.parent) : null) chain.unshift(at);
    return chain;
  })();
  return scope.chain;
}

function isWithin(scope, id) {
  scope.above ??= new Set(chainOf(scope).map((one) => one.id));
  return scope.above.has(id);
}

// Choices for a list of scopes: as a tree, with what contains them, where there is more than a flat list.
function scopeChoices(scopes) {
  const wanted = new Set([...scopes].flatMap((scope) => (scope.id === "" ? [] : chainOf(scope))));
  const below = new Map();
  for (const scope of wanted) {
    const above = chainOf(scope).at(-2) ?? null;
    below.set(above, [...(below.get(above) || []), scope]);
  }
  const lines = [];
  const seen = new Set();
  const open = [...inOrder(below.get(null) || [])].reverse().map((scope) => [scope, 0]);
  while (open.length) {
    const [scope, depth] = open.pop();
    if (seen.has(scope)) continue;
    seen.add(scope);
    lines.push([scope.id, "\u00a0\u00a0".repeat(depth) + (scope.name === scope.id ? scope.id : `${scope.name} (${scope.id})`)]);
    for (const child of inOrder(below.get(scope) || []).reverse()) open.push([child, depth + 1]);
  }
  return lines;
}

function inOrder(scopes) {
  return [...scopes].sort((a, b) => byText.compare(a.name, b.name) || byText.compare(a.id, b.id));
}

const PROVIDERS = { aws: "AWS", azure: "Azure", gcp: "Google Cloud", github: "GitHub", kubernetes: "Kubernetes" };

function providerName(id) {
  return Object.hasOwn(PROVIDERS, id) ? PROVIDERS[id] : words(id);
}

// A scope as a fact of something in it: `Project: shop (shop-prod)`.
function scopeFact(scope) {
  const above = chainOf(scope).slice(0, -1).filter((one) => one.kind !== "root");
  return pair(scopeKind(scope), [scopeName(scope), scope.name !== scope.id && el("small", null, " ", name(scope.id)),
    above.length > 0 && el("small.within", null, " in ", above.map((one, at) => [at > 0 && " / ", name(one.name)]))]);
}

// Where a role is given: a scope, an identity (whoever may act as a service account), or a resource by its full name.
function placeName(id) {
  const scope = world.scopeById.get(id);
  if (scope) return [el("small", null, phrase(scope.kind), " "), scopeName(scope)];
  const identity = world.known.get(id);
  if (identity) return [el("small", null, phrase(identity.kind), " "), identityLink(identity)];
  const thing = world.things.get(id);
  return thing ? el("span", { title: id }, el("small", null, phrase(thing.kind), " "), name(thing.name)) : code(id);
}

// To whom: an identity, a group, everyone, or a name that the snapshot knows nothing of.
function memberName(member) {
  const identity = world.pointed(member);
  if (identity) return identityLink(identity);
  if (Object.hasOwn(EVERYONE, member)) return el("b.bad", null, EVERYONE[member], " ", el("small", null, code(member)));
  const group = world.groupById.get(member);
  return group ? groupName(group) : code(member);
}

// An id that ends in a number says nothing to a person: Azure's, and those of AWS accounts and Google's folders. Nor does
// one that is made of several.
function isNumbered(id) {
  return /(^|[/:#])(\d+|[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12})$|^(delegated|directory)\/|#accesspolicy\//i.test(id);
}

function groupName(group) {
  return el("span", { title: group.id }, el("small", null, phrase(group.kind), " "), name(group.name),
    !group.complete && el("small.bad", null, " whose members could not all be listed"));
}
