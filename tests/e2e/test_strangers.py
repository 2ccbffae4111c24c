"""Clusters, repositories and accounts whose every name is an attack, through the whole pipeline: shown, and no more."""

import csv
import gc
import gzip
import io
import json
import logging
import re
import xml.etree.ElementTree as ET
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import jsonschema
import pytest
from markdown_it import MarkdownIt

from nhi_scan import app
from nhi_scan.cli.run import run
from nhi_scan.config import Settings
from nhi_scan.data import folder
from nhi_scan.findings.assessment import Assessment
from tests.e2e.conftest import Opened
from tests.e2e.strangers import ACCOUNT, ATTACKS, CANARY, collected, write

FORMATS = ("json", "html", "sarif", "csv", "markdown", "terminal")
JOB = "github.com/acme/shop/.github/workflows/w0.yml#plain"
FILES = {f".github/workflows/w{number}.yml" for number in range(len(ATTACKS))}
POD = "k8s:kubernetes/namespaces/__proto__/serviceaccounts/__proto__"
# Whatever a terminal obeys, and letters that turn the direction of writing or cannot be seen.
_STEERING = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2066-\u2069\ufeff]")


@dataclass(frozen=True)
class Strange:
    """A snapshot of strangers, what it comes to, and every report of it."""

    path: Path
    assessment: Assessment
    reports: Mapping[str, bytes]

    def text(self, format_: str) -> str:
        return self.reports[format_].decode("utf-8")


@pytest.fixture(scope="module")
def strange(tmp_path_factory: pytest.TempPathFactory) -> Strange:
    base = tmp_path_factory.mktemp("strangers")
    write(base)
    path = base / "snapshot"
    assessment = app.analyse(collected(base, path), Settings(), app.shipped_rules())
    return Strange(path, assessment, {name: app.render(assessment, name) for name in FORMATS})


def test_strangers_are_there_and_found(strange: Strange) -> None:
    found = {(one.provider, one.rule_id) for one in strange.assessment.findings}
    assert {
        ("github", "workflow-open-to-anyone"),
        ("github", "static-cloud-key-in-workflow"),
        ("github", "deploy-key-writes"),
        ("github", "token-writes-whole-organization"),
        ("kubernetes", "administrator-equivalent"),
        ("kubernetes", "binding-to-missing-role"),
    } <= found
    bridged = strange.assessment.access.bridges
    assert {one.target_id for one in bridged.of(JOB)} == {f"arn:aws:iam::{ACCOUNT}:role/open"}
    assert {one.target_id for one in bridged.of(POD)} == {f"arn:aws:iam::{ACCOUNT}:role/open"}
    names = {one.name for one in strange.assessment.inventory.identities.values()}
    assert len(names & set(ATTACKS)) > len(ATTACKS) // 2


def test_no_secret_is_in_the_snapshot_or_a_report(strange: Strange) -> None:
    files = {one: one.read_bytes() for one in sorted(strange.path.rglob("*")) if one.is_file()}
    assert len(files) > 25
    for name, content in files.items():
        plain = gzip.decompress(content) if name.suffix == ".gz" else content
        assert CANARY.encode() not in plain, name
        assert b"YzRuNHJ5" not in plain, f"{name}: in base64"
    for format_, report in strange.reports.items():
        assert CANARY.encode() not in report, format_


def test_json_is_valid_by_its_schema(strange: Strange) -> None:
    schema = json.loads((folder("reports") / "json" / "schema.json").read_text("utf-8"))
    jsonschema.Draft202012Validator(schema).validate(json.loads(strange.reports["json"]))


def test_no_cell_of_the_table_is_a_formula(strange: Strange) -> None:
    cells = [cell for row in csv.reader(io.StringIO(strange.text("csv"), newline="")) for cell in row]
    assert any("=cmd|" in cell for cell in cells)
    assert not [cell for cell in cells if cell.lstrip()[:1] in set("=+-@")]
    assert not [cell for cell in cells if _STEERING.search(cell)]


@pytest.mark.parametrize("name", ["markdown", "terminal", "csv"])
def test_nothing_steers_whoever_reads_a_text(strange: Strange, name: str) -> None:
    assert _STEERING.search(strange.text(name).replace("\r\n", "\n")) is None


_OWN_TAGS = frozenset(
    (
        "blockquote",
        "code",
        "em",
        "h1",
        "h2",
        "h3",
        "li",
        "p",
        "strong",
        "table",
        "tbody",
        "td",
        "th",
        "thead",
        "tr",
        "ul",
    )
)


def test_nothing_in_the_summary_is_markup(strange: Strange) -> None:
    html = MarkdownIt("gfm-like", {"linkify": False, "html": True}).render(strange.text("markdown"))
    tags = set(re.findall(r"<\s*([a-z0-9!]+)", html.lower()))
    assert tags <= _OWN_TAGS
    assert "@everyone" not in re.sub(r"<code>.*?</code>", "", html)


def test_locations_of_the_log_are_files_of_the_repository(strange: Strange) -> None:
    log = json.loads(strange.reports["sarif"])
    assert _STEERING.search(json.dumps(log, ensure_ascii=False)) is None
    places = [
        place["physicalLocation"]
        for result in log["runs"][0]["results"]
        for place in result["locations"]
        if "physicalLocation" in place
    ]
    uris = {one["artifactLocation"]["uri"] for one in places}
    assert {one for one in uris if one.startswith(".github/")} <= FILES
    assert len(uris & FILES) > len(FILES) // 2
    for uri in uris:
        assert re.fullmatch(r"(?:[A-Za-z0-9._~-]|%[0-9A-F]{2})+(?:/(?:[A-Za-z0-9._~-]|%[0-9A-F]{2})+)*", uri), uri
        assert ".." not in uri.split("/")
    assert all(one["region"]["startLine"] > 0 for one in places)


def test_the_page_only_shows_them(strange: Strange, open_report: Callable[..., Opened]) -> None:
    report = open_report(strange.assessment)
    for fragment in ("#findings?group=none", "#findings?group=identity", "#identities", "#coverage", "#identity/@3"):
        report.go(fragment)
    assert report.page.evaluate("window.pwned") is None
    assert report.page.evaluate("document.querySelectorAll('img, iframe, object, embed, link, base').length") == 0
    assert report.complaints == []
    assert report.requests == [report.address]


@contextmanager
def _gc_on_again() -> Iterator[None]:
    """A command switches the cyclic collector off for good, and its log stays: its process ends, this one does not."""
    handlers = list(logging.getLogger().handlers)
    try:
        yield
    finally:
        gc.enable()
        logging.getLogger().handlers[:] = handlers


@pytest.mark.parametrize("format_", ["text", "json", "graphml", "dot", "mermaid"])
@pytest.mark.parametrize("identity", [JOB, POD])
def test_what_lies_around_a_stranger_can_be_drawn(
    strange: Strange, capfd: pytest.CaptureFixture[str], identity: str, format_: str
) -> None:
    with _gc_on_again():
        code = run(["-vv", "explain", identity, "-s", str(strange.path), "-f", format_])
    said = capfd.readouterr()
    assert code == 0, said.err
    assert said.out
    assert _STEERING.search(said.out + said.err) is None
    assert CANARY not in said.out + said.err
    assert f"arn:aws:iam::{ACCOUNT}:role/open" in said.out, "whom it becomes in another cloud"
    if format_ == "graphml":
        assert ET.fromstring(said.out).tag.endswith("graphml")  # noqa: S314 - our own
    if format_ == "json":
        assert json.loads(said.out)


def test_who_becomes_a_role_from_elsewhere_is_drawn_around_it(
    strange: Strange, capfd: pytest.CaptureFixture[str]
) -> None:
    with _gc_on_again():
        code = run(["explain", f"arn:aws:iam::{ACCOUNT}:role/open", "-s", str(strange.path), "-f", "dot"])
    said = capfd.readouterr().out
    assert code == 0
    assert said.count('label="federates"') == 50, "of very many some"
    assert _STEERING.search(said) is None


def test_a_stranger_that_is_no_identity_is_refused_in_words(
    strange: Strange, capfd: pytest.CaptureFixture[str]
) -> None:
    steering = next(one for one in ATTACKS if "\x1b" in one)
    with _gc_on_again():
        code = run(["explain", f"k8s:kubernetes/groups/{steering}", "-s", str(strange.path)])
    said = capfd.readouterr()
    assert (code, said.out) == (2, "")
    assert "esc" in said.err
    assert _STEERING.search(said.err) is None


def test_the_log_of_an_analysis_tells_no_secret(strange: Strange, capfd: pytest.CaptureFixture[str]) -> None:
    with _gc_on_again():
        code = run(["-vv", "report", str(strange.path), "-f", "terminal"])
    said = capfd.readouterr()
    assert code == 0, said.err
    assert CANARY not in said.out + said.err
    assert _STEERING.search(said.out + said.err) is None
