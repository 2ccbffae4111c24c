"""Whatever lies in a dumped file, the import says one sentence or writes a snapshot that the analysis can read."""

import json
from typing import Any

from hypothesis import example, given, settings
from hypothesis import strategies as st

from nhi_scan.inventory.build import build
from nhi_scan.providers.kubernetes.import_native import import_native
from nhi_scan.providers.kubernetes.normalise import normalise
from tests.providers.imports import imported, json_values

FIELDS = [
    "apiVersion",
    "kind",
    "metadata",
    "items",
    "name",
    "namespace",
    "labels",
    "annotations",
    "ownerReferences",
    "spec",
    "template",
    "containers",
    "volumes",
    "rules",
    "verbs",
    "subjects",
    "roleRef",
    "data",
    "mapRoles",
    "issuer",
    "jwks_uri",
    "serverVersion",
    "gitVersion",
    "groupVersion",
    "resources",
    "continue",
]
WORDS = [
    "List",
    "PodList",
    "Pod",
    "Role",
    "Secret",
    "ServiceAccount",
    "ClusterRoleBinding",
    "APIResourceList",
    "Event",
    "audit.k8s.io/v1",
    "rbac.authorization.k8s.io/v1",
    "v1",
    "kube-system",
    "aws-auth",
    "- {rolearn: r}",
]
NAMES = ["x.json", "dump", "pods.json", "sub/y.yaml"]

values = json_values(WORDS, FIELDS, fields_at_most=5, leaves=14)
objects = st.builds(
    lambda kind, meta, more: {"kind": kind, "metadata": meta, **more},
    st.sampled_from(WORDS),
    st.dictionaries(st.sampled_from(["name", "namespace", "labels"]), st.text(max_size=4) | values, max_size=3),
    st.dictionaries(st.sampled_from(FIELDS), values, max_size=4),
)


def check(name: str, content: bytes) -> None:
    with imported(import_native, "prod", name, content) as snapshot:
        if snapshot is None:
            return
        written = {kind for scope in snapshot.scopes("kubernetes") for kind in snapshot.kinds("kubernetes", scope)}
        assert written <= {row.record_kind for row in snapshot.manifest.coverage}
        assert build([normalise(snapshot)]).coverage


@settings(max_examples=150, deadline=None)
@example("x.json", {"kind": "List", "items": [{"kind": "Role", "metadata": {"name": "\ud800", "namespace": "a"}}]})
@example("x.json", {"kind": "List", "items": [{"kind": "Pod", "spec": {"x": 10**400}}]})
@given(st.sampled_from(NAMES), values | objects | st.builds(lambda *all_: {"kind": "List", "items": all_}, objects))
def test_any_json(name: str, content: Any) -> None:
    check(name, json.dumps(content).encode("utf-8", "surrogatepass"))


@settings(max_examples=60, deadline=None)
@given(st.sampled_from(NAMES), st.lists(objects, max_size=4))
def test_any_lines(name: str, content: list[Any]) -> None:
    check(name, b"\n".join(json.dumps(one).encode("utf-8", "surrogatepass") for one in content))


@settings(max_examples=60, deadline=None)
@given(st.sampled_from(NAMES), st.binary(max_size=48))
def test_any_bytes(name: str, content: bytes) -> None:
    check(name, content)


@settings(max_examples=100, deadline=None)
@given(st.text(alphabet="kind: Pod\n-[]{}&*a!|>#\"'%@\t0.9eEx", max_size=60))
def test_any_yaml(content: str) -> None:
    check("x.yaml", b"kind: Role\n" + content.encode())
