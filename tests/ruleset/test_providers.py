"""A rule that holds for several clouds says for each what fixes it and what backs it."""

from datetime import UTC, datetime
from typing import Any

import pytest

from nhi_scan.access.effective import EffectiveAccess
from nhi_scan.facts.tables import derive
from nhi_scan.inventory.build import build
from nhi_scan.model.errors import UserError
from nhi_scan.model.policy import Policy
from nhi_scan.model.records import Records
from nhi_scan.ruleset.load import read_rule
from nhi_scan.ruleset.run import run

NOW = datetime(2026, 6, 1, 12, tzinfo=UTC)


def content(**fields: Any) -> dict[str, Any]:
    return {
        "id": "some-rule",
        "title": "A title",
        "subject": "policy",
        "severity": "low",
        "why": "Because.",
        "nist": ["AC-6"],
        "when": {"fact": "policy.managed_by_provider", "is": False},
        "message": "Policy {policy.name}.",
        "remediation": {"aws": "aws iam x {policy.name!sh}", "gcp": "gcloud iam y {policy.id!sh}"},
        **fields,
    }


def policy(provider: str) -> Policy:
    return Policy(id=f"{provider} policy", provider=provider, kind="identity", name=provider, scope_id="")


def test_a_finding_has_the_fix_and_the_references_of_its_own_provider() -> None:
    rule = read_rule(
        content(cis=["2.4"], cis_gcp=["1.5"], see={"aws": ["https://a.example"], "gcp": ["https://g.example"]}),
        "r.yaml",
        "custom",
    )
    inventory = build([Records(policies=[policy("aws"), policy("gcp"), policy("other")])])
    findings = run([rule], derive(inventory, EffectiveAccess(inventory, {}), {}, NOW)).findings
    assert [(f.provider, f.remediation) for f in findings] == [
        ("aws", "aws iam x aws"),
        ("gcp", "gcloud iam y 'gcp policy'"),
        ("other", "On AWS:\naws iam x other\nOn Google Cloud:\ngcloud iam y 'other policy'"),
    ]
    assert [[reference.id for reference in f.references] for f in findings] == [
        ["2.4", "AC-6", "https://a.example"],
        ["1.5", "AC-6", "https://g.example"],
        ["2.4", "1.5", "AC-6", "https://a.example", "https://g.example"],
    ]


def test_two_benchmarks_are_about_azure() -> None:
    rule = read_rule(content(cis=["2.4"], cis_azure=["5.4"], cis_m365=["5.1.5.1"]), "r.yaml", "custom")
    names = {name: [one.id for one in rule.references_for(name)] for name in ("aws", "azure", "gcp")}
    assert names == {"aws": ["2.4", "AC-6"], "azure": ["5.4", "5.1.5.1", "AC-6"], "gcp": ["AC-6"]}


def test_a_message_may_speak_each_clouds_words() -> None:
    rule = read_rule(content(message={"aws": "Policy {policy.name}.", "gcp": "Role {policy.id}."}), "r.yaml", "custom")
    inventory = build([Records(policies=[policy("aws"), policy("gcp"), policy("other")])])
    findings = run([rule], derive(inventory, EffectiveAccess(inventory, {}), {}, NOW)).findings
    assert [one.message for one in findings] == ["Policy aws.", "Role gcp policy.", "Policy other."]


def test_one_fix_serves_every_provider() -> None:
    rule = read_rule(content(remediation="Do it."), "r.yaml", "custom")
    assert [rule.remedy(name) for name in ("aws", "gcp", "")] == ["Do it."] * 3


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({"remediation": {"gpc": "Do it."}}, "r.yaml: remediation: unknown word `gpc` (did you mean `gcp`?)"),
        ({"remediation": {}}, "r.yaml: remediation: an empty mapping says nothing"),
        ({"remediation": {"aws": ""}}, "r.yaml: remediation.aws: expected a text, not ``"),
        ({"remediation": {"gcp": "{policy.nme}"}}, "r.yaml: remediation: unknown fact `policy.nme` (did you mean"),
        ({"message": {"gcp": "{policy.nme}"}}, "r.yaml: message: unknown fact `policy.nme` (did you mean"),
        ({"cis_azure": ["5.9"]}, "r.yaml: cis_azure[0]: `5.9` is not in CIS-AZURE-6.0.0 (did you mean"),
        ({"cis_m365": ["5.1.5.9"]}, "r.yaml: cis_m365[0]: `5.1.5.9` is not in CIS-M365-7.0.0 (did you mean"),
        ({"cis_gcp": ["1.4"]}, "r.yaml: cis_gcp[0]: `1.4` is not in CIS-GCP-5.0.0 (did you mean"),
        ({"see": {"aws": ["http://a.example"]}}, "r.yaml: see.aws[0]: `http://a.example` is no https address"),
    ],
)
def test_what_is_wrong_with_a_provider_is_said_with_its_place(fields: dict[str, Any], sentence: str) -> None:
    with pytest.raises(UserError) as caught:
        read_rule(content(**fields), "r.yaml", "custom")
    assert str(caught.value).startswith(sentence)
