"""What breaks the first step of a way that begins in a cluster, and what takes annotations away."""

from typing import Any

import pytest

from nhi_scan.access.kubernetes.escalation.control import ESCAPES
from nhi_scan.model.access import Privilege, Step
from tests.facts.crossings import ACCOUNT, BATCH, SCOPES, account, arn, complete


@pytest.mark.parametrize(
    ("technique", "command"),
    [
        (
            ESCAPES,
            "kubectl label namespace batch --context shop-prod pod-security.kubernetes.io/enforce=baseline --overwrite",
        ),
        ("another", "Take away what the first step in the evidence rests on."),
    ],
)
def test_a_step_that_no_binding_gives_has_a_fix(facts: Any, make: Any, technique: str, command: str) -> None:
    one = account("builder")
    step = Step(technique=technique, source_id=one.id, target_id=f"{BATCH}/nodes/n")
    level = Privilege(identity_id=one.id, level="can_become_administrator", path=(step,))
    found = make.cell(facts(identities=[one], privileges={one.id: level}, scopes=SCOPES), "identity.first_step_fix")
    assert str(found).splitlines()[-1] == command


def test_the_annotation_that_is_asked_by_in_vain_goes(facts: Any, make: Any) -> None:
    one = account("mailer", aws_role_arn=arn("gone"))
    tables = facts(identities=[one, account("quiet")], scopes=SCOPES, coverage=complete(ACCOUNT, "iam-roles"))
    assert make.cell(tables, "identity.annotation_fix", 0) == (
        "kubectl annotate serviceaccount mailer --namespace batch --context shop-prod eks.amazonaws.com/role-arn-"
    )
    assert make.cell(tables, "identity.annotation_fix", 1) == ""
