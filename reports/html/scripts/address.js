// What is shown is in the address after `#`, so that a view can be sent to a colleague who has the same file:
// `#findings?severity=critical&q=deploy`, `#identity/<id>`, `#finding/<fingerprint>`.

function readAddress() {
  const [path, query = ""] = splitOnce(location.hash.slice(1), "?");
  const [view, rest = ""] = splitOnce(path, "/");
  return { view: view || "overview", argument: decoded(rest), query: new URLSearchParams(query) };
}

function splitOnce(text, separator) {
  const at = text.indexOf(separator);
  return at < 0 ? [text] : [text.slice(0, at), text.slice(at + 1)];
}

function decoded(text) {
  try {
    return decodeURIComponent(text);
  } catch {
    return text; // a hand-made address; it will simply not be found
  }
}

function encoded(text) {
  return encodeURIComponent(String(text).replace(/\p{Cs}/gu, "\ufffd"));
}

function identityAddress(id) {
  const known = world.known.get(id);
  return "#identity/" + (isWellFormed(id) || !known ? encoded(id) : "@" + known.number);
}

function isWellFormed(text) {
  return !/\p{Cs}/u.test(text);
}

function findIdentity(argument) {
  return world.known.get(argument) || (/^@\d+$/.test(argument) ? world.identities[Number(argument.slice(1))] : null);
}

// Rewrites the address without a new entry in the history: typing in a filter is no navigation.
function showAddress(view, query) {
  const text = query.toString();
  history.replaceState(null, "", "#" + view + (text ? "?" + text : ""));
}
