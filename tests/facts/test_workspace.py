"""Who may act as anybody of a Google Workspace, as far as anybody could look."""

from typing import Any

import pytest

from nhi_scan.model.identity import Identity


@pytest.mark.parametrize(
    ("scopes", "count", "named"),
    [
        (None, None, None),
        ((), 0, ""),
        (("https://a/1", "https://a/2"), 2, "https://a/1, https://a/2"),
    ],
)
def test_delegated_scopes_of_a_service_account(facts: Any, make: Any, scopes: Any, count: Any, named: Any) -> None:
    robot: Identity = make.service_account("robot", workspace_scopes=scopes)
    tables = facts(identities=[robot], scopes=make.projects())
    assert make.cell(tables, "identity.workspace_scope_count") == count
    assert make.cell(tables, "identity.workspace_scopes") == named


def test_nobody_else_has_any(facts: Any, make: Any) -> None:
    tables = facts(identities=[make.role("deploy")], scopes=make.projects())
    assert make.cell(tables, "identity.workspace_scope_count") == 0
