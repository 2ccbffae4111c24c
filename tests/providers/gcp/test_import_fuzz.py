"""Whatever lies in an exported file, the import says one sentence or writes a snapshot that the analysis can read."""

import json
from typing import Any

from hypothesis import example, given, settings
from hypothesis import strategies as st

from nhi_scan.inventory.build import build
from nhi_scan.providers.gcp.import_native import import_native
from nhi_scan.providers.gcp.kinds import scope_dir
from nhi_scan.providers.gcp.normalise import normalise
from tests.providers.imports import imported, json_values

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

values = json_values(WORDS, FIELDS, fields_at_most=4, leaves=12)


def check(name: str, content: bytes) -> None:
    with imported(import_native, "export", name, content) as snapshot:
        if snapshot is None:
            return
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
