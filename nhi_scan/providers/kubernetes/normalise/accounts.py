"""Service accounts: https://kubernetes.io/docs/concepts/security/service-accounts/.

Attributes: `automount` (`true` also where the account does not say:
https://kubernetes.io/docs/tasks/configure-pod-container/configure-service-account/#opt-out-of-api-credential-automounting);
`default` (`true` for the one that pods get that name none); `image_pull_secrets` (their names); and what the account
says that it wants to become elsewhere: `aws_role_arn`
(https://docs.aws.amazon.com/eks/latest/userguide/associate-service-account-role.html), `gcp_service_account`
(https://cloud.google.com/kubernetes-engine/docs/how-to/workload-identity), `azure_client_id` and `azure_tenant_id`
(https://azure.github.io/azure-workload-identity/docs/topics/service-account-labels-and-annotations.html).
"""

from collections.abc import Iterator

from nhi_scan.model import kube_ids
from nhi_scan.model.identity import Identity, Nature
from nhi_scan.providers.kubernetes import kinds
from nhi_scan.providers.kubernetes.normalise.clusters import Clusters, Namespace, tags_of
from nhi_scan.providers.kubernetes.normalise.nature import is_control_plane
from nhi_scan.providers.kubernetes.normalise.shapes import ServiceAccount
from nhi_scan.providers.kubernetes.normalise.source import PROVIDER
from nhi_scan.providers.kubernetes.normalise.usage import Usages
from nhi_scan.snapshot.values import moment

_ASKED = (
    ("eks.amazonaws.com/role-arn", "aws_role_arn"),
    ("iam.gke.io/gcp-service-account", "gcp_service_account"),
    ("azure.workload.identity/client-id", "azure_client_id"),
    ("azure.workload.identity/tenant-id", "azure_tenant_id"),
)
_REASON = "a service account"
_OWN_REASON = "a service account of the control plane"
DEFAULT = "default"


def read_accounts(clusters: Clusters, usages: Usages) -> None:
    """All service accounts; afterwards each cluster knows its own."""
    for scope_id, one in clusters.source.typed(kinds.SERVICE_ACCOUNTS, ServiceAccount):
        meta = one.metadata
        placed = clusters.placed(kinds.SERVICE_ACCOUNTS, scope_id, meta)
        if placed is None:
            continue
        cluster, namespace = placed
        id_ = kube_ids.service_account(cluster.id, namespace.name, meta.name)
        cluster.accounts[namespace.name, meta.name] = one.automountServiceAccountToken is not False
        own = is_control_plane(namespace.name, meta.name, meta.labels)
        clusters.source.records.identities.append(
            Identity(
                id=id_,
                provider=PROVIDER,
                kind="service_account",
                nature=Nature.NON_HUMAN,
                nature_reason=_OWN_REASON if own else _REASON,
                name=meta.name,
                scope_id=namespace.id,
                unique_id=meta.uid or None,
                managed_by_provider=own,
                created_at=moment(meta.creationTimestamp),
                last_authenticated=usages.of(id_),
                owner=clusters.owner(meta, namespace),
                attributes=tuple(sorted(_attributes(one))),
                tags=tags_of(meta.labels),
            )
        )


def _attributes(one: ServiceAccount) -> Iterator[tuple[str, str]]:
    yield "automount", "false" if one.automountServiceAccountToken is False else "true"
    if one.metadata.name == DEFAULT:
        yield "default", "true"
    if names := sorted({ref.name for ref in one.imagePullSecrets or () if ref.name}):
        yield "image_pull_secrets", " ".join(names)
    said = one.metadata.annotations
    for annotation, name in _ASKED if said else ():
        if said and (value := said.get(annotation, "").strip()):
            yield name, value


def named_account(namespace: Namespace, id_: str, name: str) -> Identity:
    """A service account that is only known from what names it, where not all accounts were listed."""
    own = is_control_plane(namespace.name, name, None)
    return Identity(
        id=id_,
        provider=PROVIDER,
        kind="service_account",
        nature=Nature.NON_HUMAN,
        nature_reason=f"{_OWN_REASON if own else _REASON} that is named; not all of its namespace were listed",
        name=name,
        scope_id=namespace.id,
        managed_by_provider=own,
        status="unknown",
        attributes=(("default", "true"),) if name == DEFAULT else (),
    )
