"""Users, groups and nodes: who is named by bindings and certificates, and is listed nowhere.

https://kubernetes.io/docs/reference/access-authn-authz/authentication/. Of a group nobody knows all members: an
authenticator says with each request which groups a user is in. So `member_ids` is empty and `complete` is false; what
the API server itself puts a service account into (`system:serviceaccounts`, `system:serviceaccounts:N`,
`system:authenticated`) the engine works out from the accounts.
"""

from dataclasses import replace

from nhi_scan.model import kube_ids
from nhi_scan.model.identity import Group, Identity, Nature
from nhi_scan.providers.kubernetes import kinds
from nhi_scan.providers.kubernetes.normalise.accounts import named_account
from nhi_scan.providers.kubernetes.normalise.clusters import Cluster, Clusters
from nhi_scan.providers.kubernetes.normalise.nature import of_user
from nhi_scan.providers.kubernetes.normalise.source import PROVIDER
from nhi_scan.providers.kubernetes.normalise.usage import Usages

UNAUTHENTICATED = "system:unauthenticated"
_NODE = "system:node:"


class Principals:
    """Makes a record of each user and group the first time that something names it."""

    def __init__(self, clusters: Clusters, usages: Usages) -> None:
        self._clusters = clusters
        self._usages = usages
        self._seen: set[str] = set()

    def user(self, cluster: Cluster, name: str) -> str:
        """The id of whom a user name means, which has a record now where it can have one."""
        account = kube_ids.account_of_user(name)
        if account:
            return self.account(cluster, *account)
        id_ = kube_ids.user(cluster.id, name)
        if id_ not in self._seen:
            self._seen.add(id_)
            found = replace(_user(cluster, id_, name), last_authenticated=self._usages.of(id_))
            self._clusters.source.records.identities.append(found)
        return id_

    def account(self, cluster: Cluster, namespace: str, name: str) -> str:
        """The id of a service account by where it lies.

        One that is not among the records gets one only where not all accounts of its namespace are known. Where they
        are, it does not exist, and its id leads nowhere.
        """
        id_ = kube_ids.service_account(cluster.id, namespace, name)
        if (namespace, name) not in cluster.accounts and id_ not in self._seen:
            self._seen.add(id_)
            place = cluster.namespace(namespace)
            if not self._clusters.covered(place.id, kinds.SERVICE_ACCOUNTS):
                found = replace(named_account(place, id_, name), last_authenticated=self._usages.of(id_))
                self._clusters.source.records.identities.append(found)
        return id_

    def group(self, cluster: Cluster, name: str) -> str:
        """The id of a group, which has a record now."""
        id_ = kube_ids.group(cluster.id, name)
        if id_ not in self._seen:
            self._seen.add(id_)
            self._clusters.source.records.groups.append(
                Group(
                    id=id_,
                    provider=PROVIDER,
                    kind="kubernetes_group",
                    name=name,
                    scope_id=cluster.id,
                    complete=False,
                )
            )
            if name == UNAUTHENTICATED:
                self.user(cluster, kube_ids.ANONYMOUS)
        return id_

    def add(self, identity: Identity) -> None:
        """Add an identity that is itself among the records: what names it later means this one."""
        self._seen.add(identity.id)
        used = self._usages.of(identity.id)
        self._clusters.source.records.identities.append(replace(identity, last_authenticated=used))


def _user(cluster: Cluster, id_: str, name: str) -> Identity:
    if name.startswith(_NODE) and name != _NODE:
        return node(cluster, name.removeprefix(_NODE), ())
    nature, reason, control_plane = of_user(name)
    return Identity(
        id=id_,
        provider=PROVIDER,
        kind="user",
        nature=nature,
        nature_reason=reason,
        name=name,
        scope_id=cluster.id,
        managed_by_provider=control_plane,
    )


def node(cluster: Cluster, name: str, attributes: tuple[tuple[str, str], ...]) -> Identity:
    """A node as an identity: https://kubernetes.io/docs/reference/access-authn-authz/node/."""
    return Identity(
        id=kube_ids.node(cluster.id, name),
        provider=PROVIDER,
        kind="node",
        nature=Nature.NON_HUMAN,
        nature_reason="the kubelet of a node, by its name",
        name=f"{_NODE}{name}",
        scope_id=cluster.id,
        attributes=attributes,
    )
