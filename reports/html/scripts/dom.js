// The only place that makes elements. Text goes in as text, never as markup, and characters that hide or rearrange
// text are spelled out, as nhi_scan/report/text.py does for the other reports.

const HIDING = /[\p{Cc}\p{Cf}\p{Cs}\p{Co}\p{Zl}\p{Zp}\u115f\u1160\u17b4\u17b5\u3164\uffa0]/gu;

function escapeCharacter(character) {
  if (character === "\n" || character === "\t") return character;
  const point = character.codePointAt(0);
  const digits = point.toString(16);
  if (point < 0x100) return "\\x" + digits.padStart(2, "0");
  return point < 0x10000 ? "\\u" + digits.padStart(4, "0") : "\\U" + digits.padStart(8, "0");
}

function visible(text) {
  return String(text).replace(HIDING, escapeCharacter);
}

// A text node, or, where characters had to be spelled out, one with those set apart so that no name can forge them.
function textOf(text) {
  const string = String(text);
  if (string.search(HIDING) < 0) return document.createTextNode(string);
  const parts = document.createDocumentFragment();
  let from = 0;
  for (const match of string.matchAll(HIDING)) {
    const shown = escapeCharacter(match[0]);
    if (shown === match[0]) continue;
    parts.append(string.slice(from, match.index));
    const mark = document.createElement("span");
    mark.className = "hidden-character";
    mark.textContent = shown;
    parts.append(mark);
    from = match.index + match[0].length;
  }
  parts.append(string.slice(from));
  return parts;
}

// el("a.b", {href: ...}, children): children are nodes, strings, numbers, arrays of these, or null for nothing.
function el(what, attributes, ...children) {
  const [tag, ...classes] = what.split(".");
  const element = document.createElement(tag);
  if (classes.length) element.className = classes.join(" ");
  for (const [name, value] of Object.entries(attributes || {})) {
    if (value === null || value === undefined || value === false) continue;
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else element.setAttribute(name, value === true ? "" : visible(value));
  }
  add(element, children);
  return element;
}

function add(element, children) {
  for (const child of children) {
    if (child === null || child === undefined || child === false) continue;
    if (Array.isArray(child)) add(element, child);
    else element.append(child instanceof Node ? child : textOf(child));
  }
}

function fill(element, ...children) {
  element.replaceChildren();
  add(element, children);
  return element;
}

// A name that somebody else chose: its own direction cannot reach its surroundings.
function name(text, what = "bdi") {
  const at = String(text).indexOf("@");
  if (at > 0) return el(what, null, text.slice(0, at), el("wbr"), text.slice(at)); // an email breaks before its host
  return el(what, null, text === "" ? "(no name)" : text);
}

// A sentence in which backticks set off what is a word of a machine, as in every message of this program.
function prose(text, what = "bdi") {
  return el(what, null, String(text).split(/`([^`]+)`/).map((part, at) => (at % 2 ? code(part) : part)));
}

function code(text) {
  return el("code", null, el("bdi", null, text));
}

// Only http and https lead anywhere; everything else (javascript:, data:, ...) stays text.
function outward(address, label) {
  if (!/^https?:\/\/[^\s]+$/i.test(address)) return el("span", null, label || address);
  return el("a", { href: address, target: "_blank", rel: "noopener noreferrer" }, label || address);
}

function button(label, pressed, attributes = {}) {
  return el("button", { type: "button", ...attributes, onclick: pressed }, label);
}

// Copies what is seen, so that nothing invisible reaches a shell.
function copyButton(text, label = "Copy") {
  const shown = visible(text);
  const copy = button(label, async () => {
    copy.textContent = (await copyText(shown)) ? "Copied" : "Press Ctrl+C";
    announce(copy.textContent);
    setTimeout(() => { copy.textContent = label; }, 1600);
  }, { class: "quiet copy" });
  return copy;
}

async function copyText(text) {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    const area = el("textarea.hidden", { "aria-hidden": "true", tabindex: "-1" });
    area.value = text;
    document.body.append(area);
    area.select();
    const done = document.execCommand("copy");
    area.remove();
    return done;
  }
}

function announce(text) {
  document.getElementById("status").textContent = visible(text);
}

// A table that scrolls sideways by itself where it must, and can be reached by keyboard to do so.
function table(caption, heads, rows) {
  return el("div.scroll", { tabindex: "0", role: "region", "aria-label": caption },
    el("table", null,
      el("caption.hidden", null, caption),
      el("thead", null, el("tr", null, heads.map((head) => el(head.num ? "th.num" : "th", { scope: "col" }, head.label ?? head)))),
      el("tbody", null, rows)));
}

function cells(...values) {
  return el("tr", null, values.map((value) => (value instanceof Element && value.tagName === "TD" ? value : el("td", null, value))));
}

function numberCell(value) {
  return el("td.num", null, count(value));
}
