"""Whatever lies in an exported file, the import says one sentence or writes a snapshot that the analysis can read."""

import json
import tempfile
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from hypothesis import example, given, settings
from hypothesis import strategies as st

from nhi_scan.inventory.build import build
from nhi_scan.model.errors import UserError
from nhi_scan.providers.azure.import_native import import_native
from nhi_scan.providers.azure.kinds import scope_dir
from nhi_scan.providers.azure.normalise import normalise
from nhi_scan.snapshot.store import SnapshotWriter

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

values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=6) | st.sampled_from(WORDS),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(FIELDS), inner, max_size=5),
    max_leaves=14,
)


def check(name: str, content: bytes) -> None:
    """Import one file; the only way out but success is the error made for the user."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "export", name)
        path.parent.mkdir(parents=True)
        path.write_bytes(content)
        writer = SnapshotWriter.create(Path(folder, "snapshot"), datetime(2026, 1, 2, tzinfo=UTC), "test")
        said: list[str] = []
        try:
            import_native([("", Path(folder, "export"))], writer, said.append)
        except UserError as error:
            assert "\n" not in str(error)  # noqa: PT017 - the message is the subject
            return
        snapshot = writer.finish()
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
