"""Workflow files in which anything may stand anywhere: they are read as far as they make sense, and nothing stops."""

import json
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from nhi_scan.providers.github.workflows.blank import blanked
from nhi_scan.providers.github.workflows.calls import Files, running
from nhi_scan.providers.github.workflows.jobs import read_action, read_workflow
from nhi_scan.providers.github.workflows.nodes import MalformedError
from tests.providers.oddities import ODD, changed

PLACE = ("acme/shop", ".github/workflows/a.yml")
ACTION = (".github/actions/x/action.yml", ".github/actions/x")
WORKFLOW: dict[str, Any] = {
    "name": "x",
    "on": {
        "push": {"branches": ["main"], "tags-ignore": ["v*"]},
        "workflow_call": {"inputs": {"a": {"default": "b"}}, "secrets": {"t": {"required": True}}},
        "pull_request_target": {"types": ["opened"]},
    },
    "permissions": {"contents": "read"},
    "env": {"AWS_SECRET_ACCESS_KEY": "${{ secrets.A }}", "ARM_USE_OIDC": True, "ARM_CLIENT_ID": "x"},
    "jobs": {
        "a": {
            "runs-on": {"group": "g", "labels": ["self-hosted", "${{ matrix.os }}"]},
            "environment": {"name": "${{ inputs.a || 'prod' }}"},
            "strategy": {"matrix": {"os": ["l", {"x": 1}], "include": [{"os": "w", "y": 1}], "exclude": [{"os": "l"}]}},
            "if": "github.actor == 'x'",
            "steps": [
                {"uses": "actions/checkout@v4", "with": {"ref": "${{ github.head_ref }}", "repository": "x"}},
                {"uses": "./.github/actions/x", "with": {"k": "${{ env.B }}"}, "env": {"B": "${{ github.event }}"}},
                {"uses": "aws-actions/configure-aws-credentials@v4", "with": {"Role-To-Assume": "${{ matrix.os }}"}},
                {"uses": "actions/github-script@v7", "with": {"script": "${{ github.event.issue.title }}"}},
                {"run": "gh pr checkout 1\naws sts assume-role --role-arn arn:aws:iam::111122223333:role/x\n"},
            ],
        },
        "b": {"uses": "./.github/workflows/a.yml", "with": {"a": "c"}, "secrets": {"t": "${{ secrets.T }}"}},
    },
}
OWN: dict[str, Any] = {
    "inputs": {"k": {"default": "x"}},
    "runs": {"using": "composite", "steps": [{"run": "echo ${{ inputs.k }}"}, {"uses": "./.github/actions/x"}]},
}
SHAPES = (
    *ODD,
    ["on"],
    {"on": {"on": []}},
    "${{ matrix }}",
    "${{ fromJSON('[') }}",
    "write-all",
    "./x",
    "@",
    "docker://",
)


def outcome(workflow: Any, action: Any) -> str:
    files = Files()
    try:
        files.workflows[PLACE] = read_workflow(blanked(json.dumps(workflow)))
        files.actions[PLACE[0]] = {ACTION[1]: (ACTION[0], read_action(blanked(json.dumps(action))))}
    except MalformedError as error:
        return error.problem
    found, _ = running(files, PLACE, None)
    for job in found:
        assert all(fact.line >= 1 for fact in job.facts)
        assert len(job.path) <= 11
    return f"{len(found)} jobs"


def test_as_it_stands_it_is_read() -> None:
    assert outcome(WORKFLOW, OWN) != "0 jobs"
    assert outcome(WORKFLOW, OWN).endswith(" jobs")


@settings(max_examples=200, deadline=None)
@given(st.data())
def test_anything_may_stand_anywhere(data: st.DataObject) -> None:
    workflow, action = changed(data, [WORKFLOW, OWN], SHAPES)
    assert outcome(workflow, action)
