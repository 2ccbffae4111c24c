"""The HTML report as bytes: what is in it, what cannot be, and that it is the same every time."""

import base64
import gzip
import hashlib
import json
import re
from dataclasses import replace
from datetime import timedelta
from html.parser import HTMLParser
from typing import Any

import pytest

from nhi_scan import data
from nhi_scan.findings.assessment import Assessment
from nhi_scan.model.coverage import Coverage, CoverageStatus
from nhi_scan.model.finding import Finding, NotAssessed
from nhi_scan.model.records import Records
from nhi_scan.model.scope import Scope
from nhi_scan.report.html import render
from nhi_scan.report.html.attributes import Attributes
from nhi_scan.report.html.island import island
from nhi_scan.report.html.page import SCRIPTS, page_data
from tests.e2e.attacks import HOSTILE, hostile
from tests.e2e.estates import empty, large, readable
from tests.e2e.makers import ACCOUNTS, NOW, assess, complete, rules, scopes, user


class Page(HTMLParser):
    """Tags with their attributes, and the text of script, style and everything else."""

    def __init__(self, text: str) -> None:
        super().__init__(convert_charrefs=True)
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.scripts: list[str] = []
        self.styles: list[str] = []
        self.words: list[str] = []
        self._open = ""
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        self._open = tag
        if tag in {"script", "style"}:
            getattr(self, tag + "s").append("")

    def handle_endtag(self, tag: str) -> None:  # noqa: ARG002 - the parser calls it so
        self._open = ""

    def handle_data(self, data: str) -> None:
        if self._open in {"script", "style"}:
            getattr(self, self._open + "s")[-1] += data
        else:
            self.words.append(data)

    def attributes(self, name: str) -> list[str]:
        return [value or "" for _, attributes in self.tags for key, value in attributes.items() if key == name]

    def text(self) -> str:
        return " ".join(" ".join(self.words).split())


def page_of(assessment: Assessment) -> Page:
    return Page(render(assessment).decode("utf-8"))


def unpacked(page: Page) -> Any:
    attributes = next(attributes for tag, attributes in page.tags if tag == "script" and "id" in attributes)
    if attributes["data-encoding"] == "json":
        return json.loads(page.scripts[0])
    return json.loads(gzip.decompress(base64.b64decode(page.scripts[0])))


@pytest.mark.parametrize("make", [readable, hostile, empty], ids=["readable", "hostile", "empty"])
def test_the_policy_names_exactly_the_script_and_the_style_that_are_there(make: Any) -> None:
    page = page_of(make())
    policy = dict(part.strip().split(" ", 1) for part in page.attributes("content")[0].split(";"))
    assert policy == {
        "default-src": "'none'",
        "script-src": digest(page.scripts[1]),
        "style-src": digest(page.styles[0]),
        "base-uri": "'none'",
        "form-action": "'none'",
        "require-trusted-types-for": "'script'",
        "trusted-types": "'none'",
    }
    assert (len(page.scripts), len(page.styles)) == (2, 1)


def digest(text: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"


@pytest.mark.parametrize("make", [readable, hostile], ids=["readable", "hostile"])
def test_it_asks_for_nothing_and_holds_no_inline_script_or_style(make: Any) -> None:
    page = page_of(make())
    assert page.attributes("src") == []
    assert page.attributes("style") == []
    assert [name for _, attributes in page.tags for name in attributes if name.startswith("on")] == []
    assert [address for address in page.attributes("href") if not address.startswith("#")] == []
    assert {tag for tag, _ in page.tags} & {"link", "img", "iframe", "object", "embed", "base", "form"} == set()
    assert "url(" not in page.styles[0]
    assert "@import" not in page.styles[0]


def test_the_script_never_makes_markup_of_a_string() -> None:
    folder = data.folder("reports") / "html" / "scripts"
    assert sorted(path.name for path in folder.iterdir()) == sorted(SCRIPTS)
    forbidden = re.compile(
        r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|DOMParser|\beval\b|new Function|fetch\(|storage\b",
        re.IGNORECASE,
    )
    for name in SCRIPTS:
        code = "\n".join(line.partition("//")[0] for line in (folder / name).read_text(encoding="utf-8").splitlines())
        assert forbidden.search(code) is None, name
        assert "createElement" not in code or name == "dom.js", name


def test_equal_assessments_give_equal_bytes() -> None:
    assert render(hostile()) == render(hostile())
    assert render(large(3000, 5000)) == render(large(3000, 5000))


@pytest.mark.parametrize("plain_limit", [10, 10_000_000])
def test_the_island_carries_any_text_and_no_markup(plain_limit: int) -> None:
    value = {"texts": [*HOSTILE, "\u2028\u2029", "<!-- --> ]]> &amp;"], "number": 1}
    encoding, text = island(value, plain_limit)
    assert encoding == ("gzip+base64" if plain_limit == 10 else "json")
    assert re.search(r"[<>&\u2028\u2029]", text) is None
    assert text.isascii()
    back = text if encoding == "json" else gzip.decompress(base64.b64decode(text))
    assert json.loads(back) == value


def test_large_estates_travel_packed_and_small_ones_can_be_read() -> None:
    small, big = page_of(readable()), page_of(large(3000, 5000))
    assert "github-deploy can become terraform-admin" in small.scripts[0]
    assert len(unpacked(big)["identities"]) == 3000
    assert len(big.scripts[0]) < 1_000_000


def test_hostile_names_reach_the_first_screen_as_text() -> None:
    page = page_of(hostile())
    text = page.text()
    assert "</style><style>*{display:none}" in text
    assert text.count("</script><script>window.pwned=1</script>") >= 5
    assert "\u202e" not in text
    assert "\\u202e" in " ".join(unpacked(page)["texts"]).encode("ascii", "backslashreplace").decode()


def test_every_finding_identity_and_gap_is_in_the_data() -> None:
    assessment = readable()
    packed = unpacked(page_of(assessment))
    assert [row[0] for row in packed["findings"]] == [one.fingerprint for one in assessment.findings]
    assert [row[0] for row in packed["identities"]] == list(assessment.inventory.identities)
    assert [row[0] for row in packed["credentials"]] == list(assessment.inventory.credentials)
    assert sorted(row[0] for row in packed["rules"]) == sorted(rule.id for rule in rules())
    assert packed["coverage"]["complete"][0] == ["aws", "iam-credential-report", 3, 120]
    assert [row[:2] for row in packed["coverage"]["rest"]] == [
        ["iam-service-last-accessed", "skipped"],
        ["secretsmanager-secrets", "denied"],
    ]
    assert packed == json.loads(json.dumps(page_data(assessment)))


def test_evidence_remediations_and_attributes_can_be_put_together_again() -> None:
    found = hostile()
    named = [replace(one, remediation=f"delete `{one.subject_id}` of {one.identity_id}") for one in found.findings]
    assessment = replace(found, findings=tuple(named))
    packed = page_data(assessment)
    ids = [row[0] for row in packed["identities"]]

    def remedied(row: list[Any], one: Finding) -> str:
        if isinstance(row[11], int):
            return str(packed["texts"][row[11]])
        number, of_subject = row[11]
        return str(packed["texts"][number]).replace("\0", one.subject_id if of_subject else one.identity_id)

    for row, one in zip(packed["findings"], assessment.findings, strict=True):
        pieces = [[*packed["proofs"][piece], ""][:3] for piece in row[10]]
        read = [(kind, text, ids[ref] if isinstance(ref, int) else ref) for kind, text, ref in pieces]
        assert read == [(piece.kind, piece.text, piece.ref) for piece in one.evidence]
        assert remedied(row, one) == one.remediation
    assert any(isinstance(row[11], list) for row in packed["findings"])


@pytest.mark.parametrize(
    ("pairs", "known", "row"),
    [
        ((), "id", []),
        ((("a", "short"),), "short", [0, "short"]),
        ((("a", "0123456789abcdef"),), "x#0123456789abcdef", [0, [2, 16]]),
        ((("a", "0123456789abcdef"),), "\u00fc#0123456789abcdef", [0, "0123456789abcdef"]),
    ],
)
def test_a_long_value_that_stands_in_the_id_is_where_it_stands(pairs: Any, known: str, row: list[Any]) -> None:
    attributes = Attributes()
    assert attributes.row(pairs, known) == row
    assert attributes.shapes == [tuple(name for name, _ in pairs)][: len(pairs)]


def test_a_title_that_differs_from_the_rules_makes_no_second_rule() -> None:
    packed = page_data(hostile())
    assert len(packed["rules"]) == len(rules())


def test_the_first_screen_counts_what_a_customer_can_change() -> None:
    text = page_of(readable()).text()
    assert "64 non-human identities in 3 accounts" in text
    assert "1 is an administrator and 2 more can become one." in text
    assert "52 findings to act on: 3 critical, 1 high, 27 medium, 20 low and 1 info." in text
    assert "1 human identity" in text
    assert "1 of the non-human ones belongs to their provider" in text
    assert "Not counted: 1 waived, 1 resolved." in text


def test_when_it_was_judged_is_said_where_it_was_not_when_it_was_captured() -> None:
    assert "judged as of" not in page_of(empty()).text()
    assert "judged as of 2026-03-12 07:30 UTC" in page_of(empty(now=NOW + timedelta(days=10))).text()


def gap(kind: str, scope: str = ACCOUNTS[0][0], region: str = "", **more: Any) -> Coverage:
    return Coverage(
        provider="aws", scope_id=scope, record_kind=kind, status=CoverageStatus.DENIED, region=region, **more
    )


def skipped(kind: str, region: str = "") -> Coverage:
    return replace(gap(kind, region=region), status=CoverageStatus.SKIPPED)


@pytest.mark.parametrize(
    ("coverage", "said"),
    [
        (complete(), "Everything was read and every question answered 4 kinds of record in 3 accounts."),
        (
            [*complete(), skipped("kms-keys", "1"), skipped("kms-keys", "2"), skipped("sqs-queues")],
            "What was asked for was read in full: 4 kinds of record in 3 accounts. 2 kinds of record were left out",
        ),
        ([skipped("kms-keys")], "Coverage is not known"),
        ([], "Coverage is not known"),
        ([gap("kms-keys", permission="kms:ListKeys")], "kms-keys denied in payments-prod: grant kms:ListKeys"),
        ([gap("kms-keys", detail="AccessDenied")], "kms-keys denied in payments-prod: AccessDenied"),
        ([gap("kms-keys", detail="`<b>` of `500`")], "kms-keys denied in payments-prod: <b> of 500"),
        ([gap("kms-keys", one) for one, _ in ACCOUNTS], "kms-keys denied in 3 accounts"),
        ([gap("kms-keys", region=one) for one in ("a", "b")], "kms-keys denied in payments-prod, 2 regions"),
        ([gap(f"kind-{one}") for one in range(7)], "All 7 gaps, and what they leave unanswered"),
    ],
)
def test_coverage_stands_on_the_first_screen(coverage: list[Coverage], said: str) -> None:
    text = page_of(assess(Records(scopes=scopes(), coverage=coverage))).text()
    assert said in text.replace(" ,", ",")
    assert ("Not everything could be seen" in text) == any(row.status is CoverageStatus.DENIED for row in coverage)


def test_what_could_not_be_answered_is_said_on_the_first_screen() -> None:
    missing = [
        NotAssessed(rule_id=rules()[0].id, title="t", subject_kind="identity", reason=reason, count=3)
        for reason in ("a", "b")
    ]
    text = page_of(assess(Records(scopes=scopes(), coverage=complete()), not_assessed=missing)).text()
    assert "Not every question could be answered" in text
    assert "1 of 9 rules could not be answered for some of what they ask about." in text


def test_a_known_account_that_nobody_looked_into_is_a_gap() -> None:
    missing = Scope(id="444444444444", provider="aws", kind="account", name="acquired", collected=False)
    text = page_of(assess(Records(scopes=[*scopes(), missing], coverage=complete()))).text()
    assert "Not everything could be seen 1 account that is known was not collected at all." in text


def test_an_account_that_is_closed_is_no_gap() -> None:
    closed = Scope(id="444444444444", provider="aws", kind="account", name="old", collected=False, status="suspended")
    text = page_of(assess(Records(scopes=[*scopes(), closed], coverage=complete()))).text()
    assert "Everything was read" in text


def test_a_privilege_that_is_not_known_is_not_counted_as_harmless() -> None:
    account = ACCOUNTS[0][0]
    text = page_of(
        assess(Records(scopes=scopes(), identities=[user(1, account), user(2, account)], coverage=complete()))
    ).text()
    assert "What they may do is not known." in text
    assert "2 policies were missing or could not be read" in text.replace("Privilege unknown ", "")
