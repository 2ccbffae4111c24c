"""Whatever lies in an exported file, the import says one sentence or writes a snapshot that the analysis can read."""

import json
from typing import Any

from hypothesis import example, given, settings
from hypothesis import strategies as st

from nhi_scan.inventory.build import build
from nhi_scan.providers.azure.import_native import import_native
from nhi_scan.providers.azure.kinds import scope_dir
from nhi_scan.providers.azure.normalise import normalise
from tests.providers.imports import imported, json_values

ID = "aaaaaaaa-0000-0000-0000-000000000001"
FIELDS = [
    "id",
    "appId",
    "name",
    "type",
    "value",
    "data",
    "properties",
    "owners",
    "signInAudience",
    "servicePrincipalType",
    "passwordCredentials",
    "alternativeNames",
    "principalId",
    "roleDefinitionId",
    "scope",
    "permissions",
    "actions",
    "tenantId",
    "isDefault",
    "identity",
    "userAssignedIdentities",
    "accessPolicies",
    "children",
    "details",
    "appRoleId",
    "resourceId",
    "directoryScopeId",
    "groupTypes",
    "@odata.nextLink",
    "@odata.type",
]
WORDS = [
    ID,
    f"/subscriptions/{ID}",
    f"/subscriptions/{ID}/providers/Microsoft.Authorization/roleAssignments/a",
    f"/subscriptions/{ID}/providers/Microsoft.Authorization/roleDefinitions/r",
    f"/subscriptions/{ID}/resourceGroups/g/providers/Microsoft.KeyVault/vaults/v",
    f"/subscriptions/{ID}/resourceGroups/g/providers/Microsoft.ManagedIdentity/userAssignedIdentities/u",
    "/providers/Microsoft.Management/managementGroups/m",
    "microsoft.keyvault/vaults",
    "#microsoft.graph.user",
    "/",
    "ManagedIdentity",
]
NAMES = ["x.json", "export", f"owners-{ID}.json", f"members-{ID}.json", "administrative-units.json", "sub/y.json"]

values = json_values(WORDS, FIELDS, fields_at_most=5, leaves=14)


def check(name: str, content: bytes) -> None:
    with imported(import_native, "export", name, content) as snapshot:
        if snapshot is None:
            return
        written = {kind for scope in snapshot.scopes("azure") for kind in snapshot.kinds("azure", scope)}
        assert written <= {row.record_kind for row in snapshot.manifest.coverage}
        assert {scope_dir(row.scope_id) for row in snapshot.manifest.coverage} >= set(snapshot.scopes("azure"))
        assert build([normalise(snapshot)]).coverage


@settings(max_examples=200, deadline=None)
@example("x.json", [{"id": "a", "appId": "b", "servicePrincipalType": "ManagedIdentity", "alternativeNames": WORDS}])
@example("x.json", {"id": WORDS[2], "principalId": ID, "roleDefinitionId": WORDS[3], "scope": "/"})
@example(f"owners-{ID}.json", [])
@given(st.sampled_from(NAMES), values)
def test_any_json(name: str, content: Any) -> None:
    check(name, json.dumps(content).encode("utf-8", "surrogatepass"))


@settings(max_examples=80, deadline=None)
@given(st.sampled_from(NAMES), st.lists(st.dictionaries(st.sampled_from(FIELDS), values, max_size=5), max_size=4))
def test_any_lines(name: str, content: list[Any]) -> None:
    check(name, b"\n".join(json.dumps(one).encode("utf-8", "surrogatepass") for one in content))


@settings(max_examples=60, deadline=None)
@given(st.sampled_from(NAMES), st.binary(max_size=48))
def test_any_bytes(name: str, content: bytes) -> None:
    check(name, content)
