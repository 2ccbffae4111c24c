// Starts the page, follows the address, prints.

let world = null;
const VIEWS = ["overview", "findings", "identities", "identity", "coverage", "rules"];
// The first screen and the findings are one page: the second follows from the first.
const TOGETHER = { overview: ["overview", "findings"], findings: ["overview", "findings"] };

function show(view) {
  const visibleOnes = TOGETHER[view] || [view];
  for (const id of VIEWS) document.getElementById(id).hidden = !visibleOnes.includes(id);
  for (const link of document.querySelectorAll("[data-view]")) {
    const here = link.dataset.view === view || (view === "identity" && link.dataset.view === "identities");
    if (here) link.setAttribute("aria-current", "page");
    else link.removeAttribute("aria-current");
  }
}

function route(first = false) {
  const address = readAddress();
  const view = address.view === "finding" ? "findings" : VIEWS.includes(address.view) ? address.view : "overview";
  show(view);
  if (address.view === "finding") {
    if (!openFinding(address.argument)) {
      findingsFromAddress(new URLSearchParams());
      drawFindings();
      announce("There is no such finding in this report.");
    }
    return;
  }
  if (view === "overview" || view === "findings") {
    findingsFromAddress(view === "findings" ? address.query : new URLSearchParams());
    drawFindings();
  } else if (view === "identities") {
    identitiesFromAddress(address.query);
    drawIdentities();
  } else if (view === "identity") drawIdentity(address.argument);
  else if (view === "coverage") drawCoverage();
  else drawRules(address.argument);
  if (view === "rules" && address.argument) return;
  if (view === "findings") document.getElementById("findings").scrollIntoView();
  else scrollTo(0, 0);
  if (!first) focusHeading(view);
}

// Moves the reader of the screen to what the link promised.
function focusHeading(view) {
  const heading = document.querySelector(`#${view} h1, #${view} h2`);
  if (!heading) return;
  heading.tabIndex = -1;
  heading.focus({ preventScroll: true });
}

function themes() {
  const choices = ["auto", "light", "dark"];
  const toggle = document.getElementById("theme");
  toggle.hidden = false;
  toggle.addEventListener("click", () => {
    const next = choices[(choices.indexOf(document.documentElement.dataset.theme || "auto") + 1) % choices.length];
    document.documentElement.dataset.theme = next;
    toggle.textContent = `Theme: ${next}`;
  });
}

function keys() {
  const single = el("input", { type: "checkbox", checked: true });
  document.addEventListener("keydown", (event) => {
    const writing = event.target.closest?.("input, select, textarea");
    if (event.key !== "/" || writing || !single.checked || event.ctrlKey || event.metaKey || event.altKey) return;
    const view = document.getElementById("identities").hidden ? findingsView : identitiesView;
    if (!view.built || document.getElementById(view === findingsView ? "findings" : "identities").hidden) return;
    event.preventDefault();
    view.controls.q.input.focus();
  });
  fill(document.getElementById("keys"), el("details", null, el("summary", null, "Keyboard"),
    el("dl.facts.narrow", null, pair("/", "search"), pair("↑ ↓ or k j", "between rows"), pair("Home End", "first and last row"), pair("→ ←", "open and close a row"), pair("Esc", "close a finding")),
    el("label", null, single, " the key / searches")));
}

// On paper there is nothing to click: findings are opened, up to a number that a person would still turn the pages of.
const PRINTED = 300;
let beforePrint = null;

function preparePrint() {
  if (document.getElementById("findings").hidden) {
    for (const details of document.querySelectorAll(".view:not([hidden]) details")) details.open = true;
    return;
  }
  drawCoverage();
  document.getElementById("coverage").hidden = false;
  beforePrint = { groups: new Map(FOUND.openGroups), rows: new Set(FOUND.openRows), shown: FOUND.groupsShown };
  const printed = sorted(findingsView.shown, (one) => one.severity, true).slice(0, PRINTED);
  for (const [key, members] of tally(printed, FOUND.group === "none" ? () => "" : GROUPINGS[FOUND.group][1])) FOUND.openGroups.set(key, members);
  for (const one of printed) FOUND.openRows.add(one.fingerprint);
  FOUND.groupsShown = PRINTED;
  drawFindings();
  findingsView.summary.append(cut(findingsView.shown, PRINTED) || "");
}

function afterPrint() {
  if (!beforePrint) return;
  FOUND.openGroups = beforePrint.groups;
  FOUND.openRows = beforePrint.rows;
  FOUND.groupsShown = beforePrint.shown;
  beforePrint = null;
  document.getElementById("coverage").hidden = true;
  drawFindings();
}

async function start() {
  themes();
  if (document.getElementById("island").dataset.encoding !== "json" && typeof DecompressionStream === "undefined") {
    announce("This browser cannot unpack the report.");
    document.getElementById("findings-app").append(el("p.notice.partial", null,
      "This browser cannot unpack the data of this report (it lacks DecompressionStream), so only the headline, the coverage and the rules with findings are shown. A browser from 2023 or later can."));
    return;
  }
  world = decode(await readIsland());
  keys();
  route(true);
  addEventListener("hashchange", () => route());
  addEventListener("beforeprint", preparePrint);
  addEventListener("afterprint", afterPrint);
  document.documentElement.dataset.ready = "1";
}

start();
