"""Which line of a workflow file is shown as evidence."""

from typing import Any

from nhi_scan.facts.evidence import BUILDERS
from tests.facts.github.estate import JOB, identity, scopes, told


def test_evidence_names_file_and_line(facts: Any) -> None:
    row = identity(
        attributes=told(
            source_file=".github/workflows/ci.yml",
            unpinned_third_party="some/action@v1 other/thing@v2",
            static_secrets="AWS_SECRET_ACCESS_KEY",
            head_checkouts="ref",
            injects="github.head_ref",
            lines="some/action@v1#L9 AWS_SECRET_ACCESS_KEY@tools/action.yml#L3 pinned#L4 github.head_ref#L11 ref#L12",
            triggers="push",
            runs_on="big",
        )
    )
    tables = facts(identities=[row], scopes=scopes())
    found = {
        name: [one.text for one in BUILDERS[name](tables.estate, "identity", JOB)]
        for name in ("action_lines", "key_lines", "outsider_lines")
    }
    assert found == {
        "action_lines": ["action that can be moved: some/action@v1 (.github/workflows/ci.yml, line 9)"],
        "key_lines": ["key of a cloud: AWS_SECRET_ACCESS_KEY (tools/action.yml, line 3)"],
        "outsider_lines": [
            "checks out a pull request: ref (.github/workflows/ci.yml, line 12)",
            "runs as a script: github.head_ref (.github/workflows/ci.yml, line 11)",
        ],
    }
    assert BUILDERS["key_lines"](tables.estate, "workload", "none") == []
    shown = [one.text for one in BUILDERS["attributes"](tables.estate, "identity", JOB)]
    assert shown == ["runs_on: big", "triggers: push"]
