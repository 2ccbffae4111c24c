"""What kubectl prints, in all shapes that it prints it in, into a snapshot that the analysis reads."""

import gzip
import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import yaml

from nhi_scan.app import assess_snapshot
from nhi_scan.config import Settings
from nhi_scan.findings.gate import gate
from nhi_scan.model.coverage import Coverage, CoverageStatus
from nhi_scan.model.errors import UserError
from nhi_scan.model.records import Records
from nhi_scan.providers.kubernetes import kinds
from nhi_scan.providers.kubernetes.import_native import import_native
from nhi_scan.providers.kubernetes.normalise import normalise
from nhi_scan.snapshot.store import Snapshot, SnapshotWriter

CLUSTER = "k8s:prod"
RBAC = "rbac.authorization.k8s.io/v1"


def thing(kind: str, name: str, ns: str = "shop", api: str = "v1", **more: Any) -> dict[str, Any]:
    place = {"namespace": ns} if ns else {}
    return {"apiVersion": api, "kind": kind, "metadata": {"name": name, **place, "uid": f"u-{name}"}, **more}


ACCOUNTS = [thing("ServiceAccount", "cart"), thing("ServiceAccount", "default", "kube-system")]
PODS = [
    thing("Pod", "a", spec={"serviceAccountName": "cart", "containers": []}, status={"phase": "Running"}),
    thing("Pod", "b", "web", spec={"containers": []}),
]
ROLE = thing("Role", "edit", api=RBAC, rules=[{"verbs": ["get"], "apiGroups": [""], "resources": ["pods"]}])
SECRET = thing(
    "Secret",
    "token",
    type="kubernetes.io/service-account-token",
    data={"token": "c2VjcmV0LWNhbmFyeQ=="},
    stringData={"token": "secret-canary"},
)
SECRET["metadata"]["annotations"] = {
    "kubernetes.io/service-account.name": "cart",
    "kubectl.kubernetes.io/last-applied-configuration": '{"data":{"token":"secret-canary"}}',
}


def page(*items: Any, kind: str = "List", api: str = "v1", **metadata: Any) -> dict[str, Any]:
    return {"apiVersion": api, "kind": kind, "items": list(items), "metadata": {"resourceVersion": "", **metadata}}


class Dump:
    """A folder of files on its way into a snapshot."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder / "prod"
        self.folder.mkdir()
        self.said: list[str] = []

    def add(self, name: str, content: Any) -> "Dump":
        return self.raw(name, json.dumps(content, indent=4).encode())

    def raw(self, name: str, content: bytes | str) -> "Dump":
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return self

    def snapshot(self, scope: str = "") -> Snapshot:
        writer = SnapshotWriter.create(self.folder.parent / "out", datetime(2026, 6, 1, tzinfo=UTC), "test")
        import_native([(scope, self.folder)], writer, self.said.append)
        return writer.finish()

    def records(self, scope: str = "") -> Records:
        return normalise(self.snapshot(scope))

    def refused(self) -> str:
        with pytest.raises(UserError) as refused:
            self.snapshot()
        assert "\n" not in str(refused.value)
        return str(refused.value).replace(f"{self.folder}/", "")


@pytest.fixture
def dump(tmp_path: Path) -> Dump:
    return Dump(tmp_path)


def row(records: Records, kind: str, scope: str = CLUSTER) -> Coverage:
    return next(one for one in records.coverage if (one.record_kind, one.scope_id) == (kind, scope))


def names(records: Records) -> set[str]:
    found: list[Any] = [*records.identities, *records.workloads, *records.policies]
    return {one.name for one in found}


LINES = b"\n".join(json.dumps(one).encode() for one in (*ACCOUNTS, *PODS, ROLE))


@pytest.mark.parametrize(
    "files",
    [
        {"a": page(*ACCOUNTS), "b": page(*PODS), "c": page(ROLE)},
        {"all": page(*ACCOUNTS, ROLE, *PODS)},
        {"one": [*ACCOUNTS, *PODS, ROLE]},
        {"lines": LINES},
        {"deep/er/x.json": page(*ACCOUNTS), "y.yaml": yaml.safe_dump(page(*PODS, ROLE))},
        {
            "a": {"kind": "ServiceAccountList", "apiVersion": "v1", "metadata": {}, "items": [
                {"metadata": one["metadata"]} for one in ACCOUNTS
            ]},
            "b": {"kind": "PodList", "apiVersion": "v1", "items": [
                {name: value for name, value in one.items() if name not in ("kind", "apiVersion")} for one in PODS
            ]},
            "c": {"kind": "RoleList", "apiVersion": RBAC, "items": [{"metadata": ROLE["metadata"], "rules": []}]},
        },
        {"bom": b"\xef\xbb\xbf" + json.dumps(page(*ACCOUNTS, *PODS, ROLE)).encode()},
        {"bom.yaml": b"\xef\xbb\xbf" + yaml.safe_dump(page(*ACCOUNTS, *PODS, ROLE)).encode()},
        {"wide.yaml": yaml.safe_dump(page(*ACCOUNTS, *PODS, ROLE)).encode("utf-16")},
        {"wide": json.dumps(page(*ACCOUNTS, *PODS, ROLE)).encode("utf-16")},
        {"a": page(*ACCOUNTS), "twice": page(*ACCOUNTS, *PODS, ROLE)},
    ],
)  # fmt: skip
def test_files_are_known_by_what_they_hold(dump: Dump, files: dict[str, Any]) -> None:
    for name, content in files.items():
        if isinstance(content, bytes | str):
            dump.raw(name, content)
        else:
            dump.add(name, content)
    records = dump.records()
    assert names(records) == {"cart", "default", "a", "b", "edit"}
    assert len(records.identities) == len(records.workloads) == 2
    counts = {kind: row(records, kind).records for kind in (kinds.SERVICE_ACCOUNTS, kinds.PODS, kinds.ROLES)}
    assert counts == {kinds.SERVICE_ACCOUNTS: 2, kinds.PODS: 2, kinds.ROLES: 1}
    assert {row(records, kind).status for kind in counts} == {CoverageStatus.COMPLETE}


def test_the_cluster_is_called_as_said_or_as_its_folder(dump: Dump) -> None:
    dump.add("a", page(*ACCOUNTS))
    assert dump.records().scopes[0].id == "k8s:prod"


def test_a_scope_names_the_cluster(dump: Dump) -> None:
    arn = "arn:aws:eks:eu-west-1:111122223333:cluster/shop"
    scope = dump.add("a", page(*ACCOUNTS)).records(arn).scopes[0]
    assert (scope.id, scope.name) == ("k8s:arn:aws:eks:eu-west-1:111122223333:cluster%2Fshop", arn)


def test_two_folders_that_would_be_one_cluster(tmp_path: Path) -> None:
    folders = []
    for name in ("x", "y"):
        (tmp_path / name).mkdir()
        folders.append(Dump(tmp_path / name).add("a", page(*ACCOUNTS)).folder)
    writer = SnapshotWriter.create(tmp_path / "out", datetime(2026, 6, 1, tzinfo=UTC), "test")
    with pytest.raises(UserError, match="would both be the cluster `prod`: say what each is called"):
        import_native([("", one) for one in folders], writer, print)
    import_native([("", folders[0]), ("other", folders[1])], writer, print)
    assert {one.id for one in normalise(writer.finish()).scopes if one.kind == "cluster"} == {"k8s:prod", "k8s:other"}


def test_no_secret_and_nothing_that_apply_kept_reaches_the_disk(dump: Dump) -> None:
    pod = thing(
        "Pod",
        "a",
        spec={"containers": [{"env": [{"name": "KEY", "value": "secret-canary"}], "args": ["secret-canary"]}]},
    )
    config = thing("ConfigMap", "c", data={"x": "secret-canary"})
    snapshot = dump.add("a", page(SECRET, pod, config)).snapshot()
    kept = b"".join(gzip.decompress(one.read_bytes()) for one in (dump.folder.parent / "out").rglob("*.gz"))
    assert b"token" in kept
    assert b"canary" not in kept
    assert b"c2VjcmV0" not in kept
    (credential,) = normalise(snapshot).credentials
    assert credential.identity_id == "k8s:prod/namespaces/shop/serviceaccounts/cart"


def test_answers_about_the_server(dump: Dump) -> None:
    dump.add("a", page(*ACCOUNTS))
    dump.add("oidc", {"issuer": "https://oidc.example.com", "jwks_uri": "https://x", "more": 1})
    dump.add(
        "version", {"clientVersion": {"gitVersion": "v9"}, "serverVersion": {"major": "1", "gitVersion": "v1.29.1"}}
    )
    dump.add(
        "group",
        {"kind": "APIResourceList", "groupVersion": "x.io/v1", "resources": [{"name": "proxies", "kind": "Proxy"}]},
    )
    dump.raw(
        "info.txt", "\x1b[0;32mKubernetes control plane\x1b[0m is running at \x1b[0;33mhttps://10.0.0.1:6443\x1b[0m\n"
    )
    records = dump.records()
    assert dict(records.scopes[0].attributes) == {
        "oidc_issuer": "https://oidc.example.com",
        "server": "https://10.0.0.1:6443",
        "version": "v1.29.1",
    }
    about = (kinds.OPENID_CONFIGURATION, kinds.VERSION, kinds.API_RESOURCES)
    assert {row(records, kind).status for kind in about} == {CoverageStatus.COMPLETE}
    assert dump.said == []


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("v.txt", "Client Version: v1.30.0\nKustomize Version: v5\nServer Version: v1.29.1\n"),
        ("v.txt", 'Server Version: version.Info{Major:"1", GitVersion:"v1.29.1", GitCommit:"x"}\n'),
        ("v.yaml", "clientVersion: {gitVersion: v9}\nserverVersion:\n  gitVersion: v1.29.1\n  major: '1'\n"),
        ("v.json", '{"major": "1", "minor": "29", "gitVersion": "v1.29.1"}'),
    ],
)
def test_a_version_in_each_form(dump: Dump, name: str, content: str) -> None:
    dump.add("a", page(*ACCOUNTS)).raw(name, content)
    assert dict(dump.records().scopes[0].attributes) == {"version": "v1.29.1"}


def test_audit_logs_are_read_plain_and_packed(dump: Dump) -> None:
    event = {
        "kind": "Event",
        "apiVersion": "audit.k8s.io/v1",
        "verb": "get",
        "user": {"username": "system:serviceaccount:shop:cart"},
        "objectRef": {"resource": "pods"},
        "requestReceivedTimestamp": "2026-05-01T00:00:00Z",
    }
    later = {**event, "requestReceivedTimestamp": "2026-05-02T00:00:00Z"}
    dump.add("a", page(*ACCOUNTS))
    dump.raw("audit.log", json.dumps(event) + "\n").raw("audit.log.gz", gzip.compress(json.dumps(later).encode()))
    records = dump.records()
    cart = next(one for one in records.identities if one.name == "cart")
    assert cart.last_authenticated.at == datetime(2026, 5, 2, tzinfo=UTC)
    assert row(records, kinds.AUDIT_USERS).status is CoverageStatus.COMPLETE


# What the analysis rests on: kinds that every cluster has, and kinds that it may have none of.
EVERYWHERE = (
    "namespaces", "nodes", "serviceaccounts", "roles", "clusterroles", "rolebindings", "clusterrolebindings", "pods",
)  # fmt: skip
SOMETIMES = ("secrets", "deployments", "replicasets", "statefulsets", "daemonsets", "jobs", "cronjobs")


def test_what_is_lacking_is_told_with_its_command(dump: Dump) -> None:
    records = dump.add("a", page(*ACCOUNTS)).records()
    lacking = row(records, kinds.CRON_JOBS)
    assert lacking.detail == "not in the import: add what `kubectl get cronjobs -A -o json` prints"
    assert {one.record_kind for one in records.coverage} >= {*kinds.PLURALS, kinds.OPENID_CONFIGURATION, kinds.VERSION}
    failed = {one.record_kind for one in records.coverage if one.status is CoverageStatus.FAILED}
    assert failed == {f"k8s-{plural}" for plural in (*EVERYWHERE, *SOMETIMES)} - {kinds.SERVICE_ACCOUNTS}
    assert {one.status for one in records.coverage if one.record_kind not in failed} == {
        CoverageStatus.COMPLETE,  # service accounts
        CoverageStatus.SKIPPED,
    }
    assert "--field-selector type=kubernetes.io/service-account-token" in row(records, kinds.SECRETS).detail


def test_a_list_of_several_kinds_does_not_say_what_it_found_none_of(dump: Dump) -> None:
    records = dump.add("a", page(*ACCOUNTS, ROLE)).records()
    lacking = row(records, kinds.CRON_JOBS)
    assert lacking.status is CoverageStatus.SKIPPED
    assert lacking.detail.startswith("no cronjobs in the import, and its lists of several kinds do not say")
    # These no cluster is without, so nobody asked for them.
    failed = {one.record_kind for one in records.coverage if one.status is CoverageStatus.FAILED}
    assert failed == {f"k8s-{plural}" for plural in EVERYWHERE} - {kinds.SERVICE_ACCOUNTS, kinds.ROLES}


def test_accounts_alone_are_called_neither_complete_nor_ordinary(dump: Dump) -> None:
    dump.add("serviceaccounts.json", page(*ACCOUNTS)).snapshot()
    assessment = assess_snapshot(str(dump.folder.parent / "out"), Settings())
    assert gate(assessment, require_complete=True).exit_code == 3
    assert {one.level for one in assessment.privileges.values()} == {"unknown"}


def test_a_list_of_nothing(dump: Dump) -> None:
    dump.add("a", page(*ACCOUNTS)).add("b", page(kind="PodList")).add("cronjobs.json", page()).add("c", page())
    records = dump.records()
    assert row(records, kinds.PODS).status is CoverageStatus.COMPLETE
    assert row(records, kinds.CRON_JOBS).status is CoverageStatus.COMPLETE
    assert row(records, kinds.JOBS).status is CoverageStatus.FAILED
    assert [one for one in dump.said if "does not say of what" in one and "/c`" in one]


def test_a_single_object_is_not_all_there_is(dump: Dump) -> None:
    records = dump.add("a", ROLE).records()
    assert row(records, kinds.ROLES).status is CoverageStatus.PARTIAL


def test_documents_of_yaml_are_objects_by_themselves(dump: Dump) -> None:
    dump.raw("x.yaml", "---\n" + "---\n".join(yaml.safe_dump(one) for one in (ROLE, ACCOUNTS[0])) + "---\n")
    records = dump.records()
    assert names(records) == {"edit", "cart"}
    assert row(records, kinds.ROLES).status is CoverageStatus.PARTIAL


@pytest.mark.parametrize("more", [{"continue": "abc"}, {"remainingItemCount": 3}])
def test_a_page_of_several_is_partial(dump: Dump, more: dict[str, Any]) -> None:
    records = dump.add("pods.json", page(*PODS, **more)).records()
    assert row(records, kinds.PODS).status is CoverageStatus.PARTIAL
    assert row(records, kinds.PODS).detail == "another page follows the one in `pods.json`"


def test_a_list_of_one_namespace_is_taken_for_everything_and_said_to_be(dump: Dump) -> None:
    records = dump.add("a", page(*ACCOUNTS)).add("b", page(PODS[0])).add("c", page(ROLE)).records()
    assert row(records, kinds.PODS).status is CoverageStatus.COMPLETE
    assert dump.said == [
        "all pods, roles are in the namespace `shop`: taken for all that the cluster has; `-A` asks for all of them"
    ]


def test_accounts_of_one_namespace_prove_that_only_it_was_asked_for(dump: Dump) -> None:
    records = dump.add("a", page(ACCOUNTS[0])).add("b", page(PODS[0])).add("c", page(*PODS[1:])).records()
    shop = f"{CLUSTER}/namespaces/shop"
    assert row(records, kinds.SERVICE_ACCOUNTS).status is CoverageStatus.PARTIAL
    assert row(records, kinds.SERVICE_ACCOUNTS).detail == "only those of namespace `shop` are in the import"
    assert row(records, kinds.SERVICE_ACCOUNTS, shop).status is CoverageStatus.COMPLETE
    assert row(records, kinds.PODS).status is CoverageStatus.COMPLETE
    assert "only that namespace was asked for" in dump.said[0]


AWS_AUTH = thing("ConfigMap", "aws-auth", "kube-system", data={"mapRoles": "- {rolearn: r, username: u}", "other": "x"})


@pytest.mark.parametrize(
    ("content", "count", "status"),
    [
        (AWS_AUTH, 1, CoverageStatus.COMPLETE),
        (page(AWS_AUTH, thing("ConfigMap", "c")), 1, CoverageStatus.COMPLETE),
        (page(thing("ConfigMap", "aws-auth", "shop")), 0, CoverageStatus.COMPLETE),
        (thing("ConfigMap", "c"), 0, CoverageStatus.SKIPPED),
    ],
)
def test_aws_auth(dump: Dump, content: Any, count: int, status: CoverageStatus) -> None:
    records = dump.add("a", page(*ACCOUNTS)).add("b", content).records()
    assert len(records.trusts) == count
    assert row(records, kinds.AWS_AUTH).status is status


def test_other_kinds_are_left_out_and_said_once(dump: Dump) -> None:
    others = [thing("Service", "a"), thing("Service", "b"), thing("Role", "r", api="authorization.openshift.io/v1")]
    records = dump.add("a", page(*ACCOUNTS, *others)).add("b", page(*others)).records()
    assert records.policies == []
    assert dump.said == ["kinds that nothing here reads were left out: `Role.authorization.openshift.io`, `Service`"]


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("x.png", b"\x89PNG\0\0", "is no text: not imported"),
        ("x.txt", b"error: the server does not know", "is neither JSON nor YAML: not imported"),
        ("x.json", b" \n", "is empty, as after a command that failed"),
        ("x.json", b'{"items": 5}', "is nothing that the analysis reads: not imported"),
        ("x.gz", gzip.compress(b"{}", mtime=0), "is compressed, and no audit log: not imported"),
        ("x.yaml", b"kind: Service\nmetadata: {name: x}\n", "kinds that nothing here reads were left out: `Service`"),
    ],
)
def test_files_that_hold_nothing_of_use(dump: Dump, name: str, content: bytes, said: str) -> None:
    dump.add("a", page(*ACCOUNTS)).raw(name, content).snapshot()
    assert [one for one in dump.said if said in one] == dump.said


def test_logs_beside_a_dump_are_said_once(dump: Dump) -> None:
    for name in ("x", "y", "z"):
        dump.raw(f"{name}/logs.txt", b"==== START logs for container app ====\n\xff\xfe")
    dump.add("a", page(*ACCOUNTS)).snapshot()
    assert dump.said == [f"`{dump.folder}/x/logs.txt` and 2 more files are neither JSON nor YAML: not imported"]


def test_hidden_files_are_not_read(dump: Dump) -> None:
    dump.add("a", page(*ACCOUNTS)).raw(".x", b"{").snapshot()
    assert dump.said == []


TWICE = b'{"kind":"List","items":[\n{"kind":"Pod","a":{"a":1,"a":2}}]}'
DEEP = b'{"kind":"Pod","a":' + b"[" * 5000 + b"]" * 5000 + b"}"


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("x.json", b'{"kind": "List",\n "items": [', "`x.json`, line 2, column 12: the file ends in the middle"),
        ("x.json", b'{"kind": "Pod",\n "a": NaN}', "`x.json`, line 2, column 7: JSON is malformed"),
        ("x.json", b'{"kind": "Pod"}\n{"a" 1}', "`x.json`, line 2, column 6: JSON is malformed"),
        ("x.json", b'{"kind": "Pod",\n "kind": "Role"}', "`x.json`, line 1, column 1: the object that begins here has"),
        ("x.json", TWICE, "line 2, column 1: the object that"),
        ("x.json", b'{"kind": "List", "items": [\n5]}', "`x.json`, line 2, column 1: this is no object"),
        ("x.json", b'{"kind": "PodList", "items": [\nnull]}', "`x.json`, line 2, column 1: this is no object"),
        ("x.json", b'[\n{"kind":"Pod"},\n[]]', "`x.json`, line 3, column 1: this is no object"),
        ("x.json", DEEP, "nested too deeply"),
        ("x.json", b'{"kind": "P\xffod"}', "`x.json`, line 1, column 12: it is not UTF-8 text"),
        ("x.yaml", b"kind: Pod\nmetadata: &a {b: 1}\nspec: *a\n", "`x.yaml`, line 3: aliases are not read"),
        ("x.yaml", b"kind: Pod\nkind: Role\n", "`x.yaml`, line 2: duplicate key `kind`"),
        ("x.yaml", b"kind: Pod\nmetadata: [\n", "`x.yaml`, line"),
        ("x.yaml", b"kind: Pod\na: " + b"[" * 500, "`x.yaml`, line 2: nested too deeply"),
        ("x.yaml", b"kind: Pod\na: !!python/object:os.x {}\n", "`x.yaml`, line 2: could not determine a constructor"),
        ("x.yaml", b"- kind: Pod\n", "`x.yaml`, line 1: this is no object"),
        (
            "x.yaml",
            b"kind: List\nitems:\n- {}\n- 5\n",
            "`x.yaml`, line 1: item 2 of the list that begins here is no object",
        ),
        ("x.gz", b"\x1f\x8bxxxxxxx", "is damaged: it cannot be decompressed"),
    ],
)  # fmt: skip
def test_what_is_malformed_is_refused_with_its_place(dump: Dump, name: str, content: bytes, said: str) -> None:
    assert said in dump.raw(name, content).refused()


def test_yaml_of_a_gigabyte_is_not_begun(dump: Dump) -> None:
    dump.raw("x.yaml", b"kind: Pod\n" + b"#" * 50_000_000)
    assert dump.refused() == "`x.yaml`, line 1: more than 50 MB of YAML: print it with `-o json` instead"


def test_nothing_to_import(dump: Dump, tmp_path: Path) -> None:
    assert "has no files" in dump.refused()
    dump.raw("x", b"{}")
    writer = SnapshotWriter.create(tmp_path / "other", datetime(2026, 6, 1, tzinfo=UTC), "test")
    with pytest.raises(UserError, match="there is nothing in the import that the analysis reads"):
        import_native([("", dump.folder)], writer, dump.said.append)
    with pytest.raises(UserError, match="is not a folder"):
        import_native([("", dump.folder / "x")], writer, dump.said.append)
