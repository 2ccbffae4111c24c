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
from nhi_scan.providers.gcp.import_native import import_native
from nhi_scan.providers.gcp.kinds import scope_dir
from nhi_scan.providers.gcp.normalise import normalise
from nhi_scan.snapshot.store import SnapshotWriter

FIELDS = [
    "name",
    "assetType",
    "asset_type",
    "resource",
    "data",
    "ancestors",
    "iamPolicy",
    "org_policy",
    "policy",
    "bindings",
    "role",
    "members",
    "condition",
    "email",
    "projectId",
    "projectNumber",
    "rules",
    "details",
    "roles",
    "nextPageToken",
    "parent",
]
WORDS = [
    "roles/viewer",
    "projects/p",
    "projects/1/locations/global/workloadIdentityPools/a",
    "organizations/1",
    "projects/p/serviceAccounts/a@b/keys/k",
    "policies/x/denypolicies/d",
    "iam.googleapis.com/ServiceAccount",
    "cloudresourcemanager.googleapis.com/Project",
    "//iam.googleapis.com/projects/p/serviceAccounts/7",
    "allUsers",
]
NAMES = ["x.json", "export", "iam-policy-projects-p.json", "sub/y.json"]

values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=6) | st.sampled_from(WORDS),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(FIELDS), inner, max_size=4),
    max_leaves=12,
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
        written = {(scope, kind) for scope in snapshot.scopes("gcp") for kind in snapshot.kinds("gcp", scope)}
        covered = {(scope_dir(row.scope_id), row.record_kind) for row in snapshot.manifest.coverage}
        assert written <= covered
        assert build([normalise(snapshot)]).coverage


@settings(max_examples=150, deadline=None)
@example("x.json", [{"name": "roles/viewer", "includedPermissions": ["a.b.c"]}])
@example("x.json", {"name": "folders/1", "parent": 5})
@given(st.sampled_from(NAMES), values)
def test_any_json(name: str, content: Any) -> None:
    check(name, json.dumps(content).encode("utf-8", "surrogatepass"))


@settings(max_examples=60, deadline=None)
@given(st.sampled_from(NAMES), st.lists(st.dictionaries(st.sampled_from(FIELDS), values, max_size=4), max_size=4))
def test_any_lines(name: str, content: list[Any]) -> None:
    check(name, b"\n".join(json.dumps(one).encode("utf-8", "surrogatepass") for one in content))


@settings(max_examples=60, deadline=None)
@given(st.sampled_from(NAMES), st.binary(max_size=48))
def test_any_bytes(name: str, content: bytes) -> None:
    check(name, content)
