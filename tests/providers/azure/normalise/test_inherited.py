"""What agents inherit from the principal of their blueprint."""

from collections.abc import Callable
from typing import Any

import pytest

from nhi_scan.model.coverage import CoverageStatus
from nhi_scan.model.records import Records
from nhi_scan.providers.azure import kinds

Read = Callable[..., Records]

API, OTHER = "eeeeeeee-0000-0000-0000-000000000001", "eeeeeeee-0000-0000-0000-000000000002"
READ_ROLE, WRITE_ROLE = "dddddddd-0000-0000-0000-000000000001", "dddddddd-0000-0000-0000-000000000002"


def inheritable(api: str = API, **patterns: Any) -> dict[str, Any]:
    return {"of": {"id": "blueprint", "appId": "B-APP"}, "record": {"resourceAppId": api.upper(), **patterns}}


@pytest.fixture
def inherits(read: Read) -> Callable[..., set[str]]:
    """What an agent has of its blueprint's principal, which may read and write by itself and read for users."""

    def inherits(*rows: dict[str, Any]) -> set[str]:
        roles = [{"id": READ_ROLE, "value": "Read.All"}, {"id": WRITE_ROLE, "value": "Write.All"}]
        apis = [{"id": f"sp-{api}", "appId": api, "appRoles": roles} for api in (API, OTHER)]
        given = [("1", API, READ_ROLE), ("2", API, WRITE_ROLE), ("3", OTHER, READ_ROLE)]
        records = read(
            {
                kinds.SERVICE_PRINCIPALS: apis,
                kinds.AGENT_BLUEPRINT_PRINCIPALS: [{"id": "principal", "appId": "b-app"}],
                kinds.AGENT_IDENTITIES: [
                    {"id": "agent", "agentIdentityBlueprintId": "B-APP"},
                    {"id": "stranger", "agentIdentityBlueprintId": "c-app"},
                ],
                kinds.APP_ROLE_ASSIGNMENTS: [
                    {
                        "of": {"id": f"sp-{api}", "appId": api},
                        "record": {"id": id_, "resourceId": f"sp-{api}", "appRoleId": role, "principalId": "principal"},
                    }
                    for id_, api, role in given
                ],
                kinds.DELEGATED_GRANTS: [
                    {"id": "g", "clientId": "principal", "resourceId": f"sp-{API}", "scope": "Mail.Read Mail.Send"}
                ],
                kinds.AGENT_INHERITABLE_PERMISSIONS: list(rows),
            }
        )
        assert {one.id: one.policy_id for one in records.bindings if one.principal_id == "stranger"} == {}
        mine = [one for one in records.bindings if one.principal_id == "agent"]
        assert all((one.source, one.via) == ("inherited", "principal") for one in mine)
        assert len({one.id for one in records.bindings}) == len(records.bindings)
        assert {one.condition is not None for one in mine if one.policy_id.startswith("delegated/")} <= {True}
        return {one.policy_id for one in mine}

    return inherits


READS, WRITES = f"approles/{API}/{READ_ROLE}", f"approles/{API}/{WRITE_ROLE}"


@pytest.mark.parametrize(
    ("patterns", "found"),
    [
        ({}, set()),
        ({"inheritableRoles": {"kind": "none"}}, set()),
        ({"inheritableRoles": {"kind": "allAllowed"}}, {READS, WRITES}),
        ({"inheritableRoles": {"kind": "enumerated", "roles": ["read.all"]}}, {READS}),
        ({"inheritableRoles": {"kind": "enumerated", "roles": [WRITE_ROLE.upper()]}}, {WRITES}),
        ({"inheritableScopes": {"kind": "enumerated", "scopes": ["Mail.Read"]}}, {f"delegated/{API}/Mail.Read"}),
        ({"inheritableRoles": {"kind": "odd"}, "inheritableScopes": 7}, set()),
    ],
)
def test_agents_have_what_their_blueprint_lets_them_inherit(
    inherits: Callable[..., set[str]], patterns: dict[str, Any], found: set[str]
) -> None:
    assert inherits(inheritable(**patterns)) == found


def test_a_pattern_of_inheritance_that_is_not_known_is_told(read: Read) -> None:
    records = read({kinds.AGENT_INHERITABLE_PERMISSIONS: [inheritable(inheritableRoles={"kind": "odd"})]})
    partial = {row.record_kind for row in records.coverage if row.status is CoverageStatus.PARTIAL}
    assert partial == {kinds.AGENT_INHERITABLE_PERMISSIONS}
