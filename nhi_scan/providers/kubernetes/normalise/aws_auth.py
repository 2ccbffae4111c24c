"""Whom AWS principals become in an EKS cluster, as its ConfigMap kube-system/aws-auth says.

https://docs.aws.amazon.com/eks/latest/userguide/auth-configmap.html; how it is read:
https://github.com/kubernetes-sigs/aws-iam-authenticator#full-configuration-format. A mapped role or user is whom its
`username` says and in all of its `groups`; a name may hold `{{SessionName}}` and the like, which only a request fills.
An account of `mapAccounts` lets in whoever is in it, as a user called by its ARN, without groups.

Each entry gives a trust for its user and one for each of its groups. Attributes of the resource: `roles`, `users` (how
many are mapped), `accounts` (their numbers).
"""

from collections.abc import Iterator, Mapping
from typing import Any

from nhi_scan.model import kube_ids
from nhi_scan.model.identity import Resource
from nhi_scan.model.policy import Trust
from nhi_scan.providers.kubernetes import kinds
from nhi_scan.providers.kubernetes.normalise.clusters import Cluster, Clusters
from nhi_scan.providers.kubernetes.normalise.principals import Principals
from nhi_scan.providers.kubernetes.normalise.source import PROVIDER
from nhi_scan.providers.kubernetes.yaml_text import YamlError, documents
from nhi_scan.snapshot.values import moment, text, texts, within

_MAPS = (("mapRoles", "rolearn", "roles"), ("mapUsers", "userarn", "users"))
_ACCOUNTS = "mapAccounts"


def read_aws_auth(clusters: Clusters, principals: Principals) -> None:
    """The map of each cluster that has one."""
    records = clusters.source.records
    for scope_id, _, record in clusters.source.plain(kinds.AWS_AUTH):
        meta, data = within(record, "metadata"), within(record, "data")
        if not text(meta, "name"):
            clusters.source.note(kinds.AWS_AUTH, scope_id, "objects without a name")
            continue
        cluster = clusters.of(scope_id)
        namespace = cluster.namespace(text(meta, "namespace") or "kube-system")
        id_ = kube_ids.object_id(cluster.id, "configmaps", text(meta, "name"), namespace.name)
        reader = _Map(clusters, cluster, principals, id_)
        records.resources.append(
            Resource(
                id=id_,
                provider=PROVIDER,
                kind="aws_auth",
                name=text(meta, "name"),
                scope_id=namespace.id,
                sensitivity="control",
                created_at=moment(meta.get("creationTimestamp")),
                attributes=tuple(sorted(reader.read(data))),
            )
        )


class _Map:
    """One aws-auth."""

    def __init__(self, clusters: Clusters, cluster: Cluster, principals: Principals, id_: str) -> None:
        self._source = clusters.source
        self._cluster = cluster
        self._principals = principals
        self._id = id_

    def read(self, data: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
        """Add the trusts; yields the attributes of the resource."""
        for name, arn, attribute in _MAPS:
            entries = self._entries(data, name)
            for position, entry in enumerate(entries):
                self._entry(f"{self._id}#{name}[{position}]", entry, arn)
            yield attribute, str(len(entries))
        if accounts := sorted(set(texts(self._list(data, _ACCOUNTS)))):
            yield "accounts", " ".join(accounts)

    def _list(self, data: Mapping[str, Any], name: str) -> list[Any]:
        """The list that a text holds; accounts may be numbers there."""
        try:
            found = [value for _, value in documents(text(data, name))]
        except YamlError as error:
            self._note(f"`{name}` is no YAML: {error}")
            return []
        if not found or found[0] is None:
            return []
        if len(found) > 1 or not isinstance(found[0], list):
            self._note(f"`{name}` is no list")
            return []
        numbers: list[Any] = found[0]
        return [f"{one:012}" if isinstance(one, int) and not isinstance(one, bool) else one for one in numbers]

    def _entries(self, data: Mapping[str, Any], name: str) -> list[Mapping[str, Any]]:
        entries = self._list(data, name)
        if not all(isinstance(one, dict) for one in entries):
            self._note(f"entries of `{name}` that are no objects")
        return [one if isinstance(one, dict) else {} for one in entries]

    def _entry(self, id_: str, entry: Mapping[str, Any], arn: str) -> None:
        # Keys are compared without case: https://github.com/kubernetes-sigs/aws-iam-authenticator writes `roleARN`.
        said = {key.lower(): value for key, value in entry.items()}
        subject = text(said, arn).strip()
        if not subject:
            if entry:
                self._note(f"entries without `{arn}`")
            return
        cluster = self._cluster
        becomes = [self._principals.user(cluster, text(said, "username") or subject)]
        becomes += [self._principals.group(cluster, name) for name in sorted(set(texts(said.get("groups"))))]
        for number, identity_id in enumerate(becomes):
            self._source.records.trusts.append(
                Trust(
                    id=f"{id_}/{number}",
                    identity_id=identity_id,
                    subject=subject,
                    subject_kind="identity",
                    mechanism="federate",
                    policy_id=self._id,
                )
            )

    def _note(self, fault: str) -> None:
        self._source.note(kinds.AWS_AUTH, self._cluster.id, fault)
