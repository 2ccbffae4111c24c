"""What is held against Microsoft: rows against Graph's metadata, answers against the libraries' models."""

from typing import Any

import pytest

from nhi_scan.demo.azure import csdl
from nhi_scan.demo.azure.arm import strict
from nhi_scan.demo.azure.arm.routes import ROUTES

GUID = "00000000-aaaa-4000-8000-000000000001"


@pytest.mark.parametrize(
    ("kind", "row"),
    [
        ("application", {"id": "x", "passwordCredentials": [{"keyId": GUID, "endDateTime": "2026-01-01T00:00:00Z"}]}),
        ("application", {"@odata.type": "#microsoft.graph.agentIdentityBlueprint", "managerApplications": [GUID]}),
        ("servicePrincipal", {"id": "x", "verifiedPublisher": {"displayName": None}, "owners": [{"id": "x"}]}),
        ("directoryObject", {"@odata.type": "#microsoft.graph.user", "userType": "Guest"}),
        ("unifiedRoleManagementPolicyAssignment", {"policy": {"rules": [{"id": "x", "maximumDuration": "PT8H30M"}]}}),
        ("federatedIdentityCredential", {"subject": None, "owners@odata.count": 1}),
    ],
)
def test_rows_of_microsofts_form_are_let_through(kind: str, row: dict[str, Any]) -> None:
    assert list(csdl.breaches(row, kind)) == []


@pytest.mark.parametrize(
    ("kind", "row", "wrong"),
    [
        ("application", {"appID": "x"}, "application: no property `appID`"),
        ("application", {"displayName": 7}, "application.displayName: `7` is no String"),
        ("application", {"isFallbackPublicClient": "no"}, "application.isFallbackPublicClient: `no` is no Boolean"),
        ("application", {"createdDateTime": "2026-01-01"}, "application.createdDateTime: `2026-01-01` is no DateTime"),
        ("application", {"tags": "a"}, "application.tags: not a collection"),
        ("application", {"verifiedPublisher": "x"}, "application.verifiedPublisher: not an object"),
        ("application", {"agentIdentityBlueprintId": "x"}, "application: no property `agentIdentityBlueprintId`"),
        ("application", {"keyCredentials": [{"keyId": "x"}]}, "application.keyCredentials.keyId: `x` is no Guid"),
        ("user", {"@odata.type": "#microsoft.graph.robot"}, "user: no type `robot`"),
        (
            "federatedIdentityCredential",
            {"claimsMatchingExpression": None},
            "federatedIdentityCredential: no property `claimsMatchingExpression`",
        ),
    ],
)
def test_what_graph_does_not_have_is_told(kind: str, row: dict[str, Any], wrong: str) -> None:
    assert list(csdl.breaches(row, kind)) == [wrong]


def test_beta_has_more() -> None:
    assert list(csdl.breaches({"claimsMatchingExpression": None}, "federatedIdentityCredential", beta=True)) == []


def test_every_model_that_an_answer_is_held_against_is_one_of_microsofts() -> None:
    models = {route.model for route in ROUTES if route.model}
    assert len(models) > 8
    for model in models:
        assert list(strict.breaches({"invented": 1}, model)) == [f"{model.rpartition('/')[2]}: no property `invented`"]


@pytest.mark.parametrize(
    ("model", "answer", "wrong"),
    [
        ("2022-04-01/RoleAssignment", {"properties": {"scope": 7}}, "RoleAssignment.properties.scope: `7` is no str"),
        (
            "2022-04-01/RoleAssignment",
            {"properties": {"createdOn": "today"}},
            "RoleAssignment.properties.createdOn: `today` is no iso-8601",
        ),
        ("2022-04-01/RoleAssignment", {"properties": 7}, "RoleAssignment.properties: not an object"),
        ("2022-04-01/RoleAssignmentListResult", {"value": {}}, "RoleAssignmentListResult.value: not a list"),
        ("2022-04-01/RoleAssignmentListResult", {"value": [7]}, "RoleAssignmentListResult.value: not an object"),
        ("msi/Identity", {"tags": {"a": 1}}, "Identity.tags: `1` is no str"),
        (
            "2020-10-01/RoleManagementPolicyAssignment",
            {
                "properties": {
                    "effectiveRules": [{"ruleType": "RoleManagementPolicyApprovalRule", "maximumDuration": "PT1H"}]
                }
            },
            "RoleManagementPolicyAssignment.properties.effectiveRules: no property `maximumDuration`",
        ),
        ("resourcegraph/QueryResponse", {"count": "1"}, "QueryResponse.count: `1` is no int"),
        (
            "2022-04-01/DenyAssignment",
            {"properties": {"isSystemProtected": 1}},
            "DenyAssignment.properties.isSystemProtected: `1` is no bool",
        ),
    ],
)
def test_what_resource_manager_does_not_have_is_told(model: str, answer: dict[str, Any], wrong: str) -> None:
    assert list(strict.breaches(answer, model)) == [wrong]
