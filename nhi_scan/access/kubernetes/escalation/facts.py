"""What is in each cluster, by where it lies: accounts, nodes, workloads, tokens that are kept in Secrets."""

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import Final

from nhi_scan.access.combine import Truth, either
from nhi_scan.access.kubernetes.aws_principals import mode_of
from nhi_scan.inventory.build import Inventory
from nhi_scan.model.identity import Identity, Resource, Workload
from nhi_scan.model.kube_ids import cluster_of, is_kubernetes, node, take_apart

Member = tuple[str, bool]
"""A node of the graph by its id, and whether it is a member conditionally."""

SUPERUSERS: Final = "system:masters"
_BOOTSTRAPPERS: Final = "system:bootstrappers"
_CONTROL_PLANE: Final = ("node-role.kubernetes.io/control-plane", "node-role.kubernetes.io/master")
_DEAD: Final = ("inactive", "expired")
_SECURITY_BEGINS: Final = "1.23"  # PodSecurity is on by default from here on
_POLICIES_END: Final = (
    "1.25"  # PodSecurityPolicy is gone: https://kubernetes.io/docs/concepts/security/pod-security-policy/
)
# Roles of OpenShift, where security context constraints refuse privileged pods to whoever may not use one that lets
# them in: https://docs.openshift.com/container-platform/latest/authentication/managing-security-context-constraints.html
_OPENSHIFT: Final = "system:openshift:"
_VERSION: Final = re.compile(r"v?(\d+)\.(\d+)")
_KINDS: Final[Mapping[str, str]] = {
    "pod": "k8s-pods",
    "deployment": "k8s-deployments",
    "replica_set": "k8s-replicasets",
    "stateful_set": "k8s-statefulsets",
    "daemon_set": "k8s-daemonsets",
    "job": "k8s-jobs",
    "cron_job": "k8s-cronjobs",
    "replication_controller": "k8s-replicationcontrollers",
}


class Facts:
    """Indexes an inventory's clusters."""

    def __init__(self, inventory: Inventory) -> None:
        """Read everything once."""
        self.inventory = inventory
        self.namespaces: dict[str, list[str]] = defaultdict(list)  # by cluster
        self.accounts: dict[str, list[Member]] = defaultdict(list)  # by namespace
        self.users: dict[str, list[Member]] = defaultdict(list)
        self.nodes: dict[str, list[Member]] = defaultdict(list)
        self.groups: dict[str, list[str]] = defaultdict(list)  # those of which the members get something
        self.tokens: dict[str, list[tuple[str, str]]] = defaultdict(list)  # namespace -> (Secret, account)
        self.workloads: dict[str, list[Workload]] = defaultdict(list)  # by namespace
        self._bootstrappers: dict[str, list[str]] = defaultdict(list)  # by cluster
        self._let_in: dict[tuple[str, str], Truth] = {}
        self._running: dict[tuple[str, tuple[str, ...]], Truth] = {}
        self._absent: dict[str, list[str]] = defaultdict(list)  # by namespace: accounts that are bound and not there
        self.masters: set[str] = set()  # nodes of control planes
        self._named: dict[tuple[str, str], list[str]] = defaultdict(list)  # (cluster, name) -> accounts
        self._aws: set[str] = set()
        self._maps: set[str] = set()
        self._taking: dict[str, str] = {}  # cluster -> how it takes AWS principals, where its cloud tells
        self._mutating: dict[str, set[str]] = defaultdict(set)  # names of configurations of mutating webhooks
        self._judging: dict[str, bool] = {}  # cluster -> whether something may refuse pods that nobody can read
        self._scopes()
        for identity in inventory.identities.values():
            if identity.provider == "kubernetes" and identity.status != "deleted":
                self._identity(identity)
        self._principals()
        for credential in inventory.credentials.values():
            known = credential.kind == "service_account_token" and credential.status not in _DEAD
            if known and is_kubernetes(credential.id) and credential.identity_id in inventory.identities:
                self.tokens[credential.scope_id].append((credential.id, credential.identity_id))
        for workload in inventory.workloads.values():
            if workload.provider == "kubernetes":
                self.workloads[workload.scope_id].append(workload)
        for resource in inventory.resources.values():
            if resource.provider == "kubernetes":
                self._resource(resource)

    def clusters(self) -> list[str]:
        """Return the ids of all clusters, sorted."""
        return sorted(self.namespaces)

    def inside(self, scope_id: str) -> list[str]:
        """Return the namespaces that a scope is, or has."""
        return [scope_id] if "/" in scope_id else self.namespaces.get(scope_id, [])

    def named(self, cluster_id: str, names: Iterable[str]) -> list[str]:
        """Return the service accounts of a cluster that have one of some names."""
        return [id_ for name in names for id_ in self._named.get((cluster_id, name), ())]

    def bootstrappers(self, cluster_id: str) -> list[str]:
        """Return the groups of a cluster that a bootstrap token can say to be in."""
        return self._bootstrappers.get(cluster_id, [])

    def absent(self, scope_id: str) -> list[str]:
        """Return the service accounts of a scope to which something is bound and which nobody has made."""
        return [id_ for one in self.inside(scope_id) for id_ in self._absent.get(one, ())]

    def has_workload(self, scope_id: str, kinds: tuple[str, ...], names: frozenset[str] | None = None) -> Truth:
        """Say whether a scope has a workload of one of some kinds, of one of some names."""
        if not kinds:
            return True
        if names is not None:
            return self._has_workload(scope_id, kinds, names)
        key = (scope_id, kinds)
        if key not in self._running:
            self._running[key] = self._has_workload(scope_id, kinds, None)
        return self._running[key]

    def _has_workload(self, scope_id: str, kinds: tuple[str, ...], names: frozenset[str] | None) -> Truth:
        for namespace_id in self.inside(scope_id):
            for one in self.workloads.get(namespace_id, ()):
                if one.kind in kinds and (names is None or take_apart(one.id).name in names):
                    return True
        covered = [self._covered(scope_id, _KINDS[kind]) for kind in kinds]
        return False if all(covered) else None

    def secrets_known(self, scope_id: str) -> bool:
        """Say whether every Secret that holds a token is known."""
        return self._covered(scope_id, "k8s-secrets")

    def pods_known(self, scope_id: str) -> bool:
        """Say whether every pod is known: where not, one of any account may run."""
        return self._covered(scope_id, "k8s-pods")

    def has_aws_auth(self, cluster_id: str) -> Truth:
        """Say whether a cluster takes AWS principals for those that its config map names."""
        if self._taking.get(cluster_id) == "API":
            return False
        if cluster_id in self._maps:
            return True
        return None if cluster_id in self._aws and not self._covered(cluster_id, "k8s-aws-auth") else False

    def lacks_aws_auth(self, cluster_id: str) -> Truth:
        """Say whether a cluster would take AWS principals by a config map that nobody has made."""
        mode = self._taking.get(cluster_id, "")
        if cluster_id in self._maps or mode == "API" or not (mode or cluster_id in self._aws):
            return False
        return True if mode and self._covered(cluster_id, "k8s-aws-auth") else None

    def has_webhook(self, cluster_id: str, names: frozenset[str] | None) -> Truth:
        """Say whether a cluster has a configuration of mutating webhooks, of one of some names."""
        found = self._mutating.get(cluster_id, set())
        if found if names is None else found & names:
            return True
        return False if self._covered(cluster_id, "k8s-mutatingwebhooks") else None

    def lets_in(self, scope_id: str, standard: str) -> Truth:
        """Say whether a namespace of a scope lets in what a Pod Security Standard forbids.

        https://kubernetes.io/docs/concepts/security/pod-security-admission/. A webhook may refuse it as well: unknown.
        Where no label is, Kubernetes' own default counts, which lets everything in; another one, and what it exempts,
        only the API server's own files tell.

        Args:
            scope_id: a namespace, or a cluster: one of its namespaces.
            standard: `privileged`: what only that one allows; `unrestricted`: what `baseline` allows too.
        """
        if not standard:
            return True
        key = (scope_id, standard)
        if key not in self._let_in:
            self._let_in[key] = either(*[self._lets_in(one, standard) for one in self.inside(scope_id)])
        return self._let_in[key]

    def before(self, cluster_id: str, version: str) -> Truth:
        """Say whether the API server is older than a version (`1.35`); an empty one: always."""
        if not version:
            return True
        found = _VERSION.match(self._said(cluster_id, "version"))
        major, _, minor = version.partition(".")
        return None if found is None else (int(found[1]), int(found[2])) < (int(major), int(minor))

    def is_version(self, cluster_id: str, texts: tuple[str, ...]) -> Truth:
        """Say whether the server's version has one of some texts in it."""
        found = self._said(cluster_id, "version")
        return True if not texts or any(text in found for text in texts) else (False if found else None)

    def _said(self, scope_id: str, name: str) -> str:
        scope = self.inventory.scopes.get(scope_id)
        return dict(scope.attributes).get(name, "") if scope is not None else ""

    def _lets_in(self, namespace_id: str, standard: str) -> Truth:
        level, cluster_id = self._said(namespace_id, "pod_security"), cluster_of(namespace_id)
        if self.before(cluster_id, _SECURITY_BEGINS):
            return None  # the label means nothing yet; pod security policies are not collected
        if level == "restricted" or (level == "baseline" and standard == "privileged"):
            return False
        other = self._judging.get(cluster_id) or self.before(cluster_id, _POLICIES_END)
        return None if not level or other else True

    def _covered(self, scope_id: str, kind: str) -> bool:
        covered = self.inventory.covered
        return covered(scope_id, kind) is True or covered(cluster_of(scope_id), kind) is True

    def _scopes(self) -> None:
        roles = (one for one in self.inventory.policies if take_apart(one).name.startswith(_OPENSHIFT))
        self._judging.update((cluster_of(one), True) for one in roles)
        for scope in self.inventory.scopes.values():
            if scope.provider != "kubernetes":
                continue
            if scope.kind == "namespace":
                self.namespaces[cluster_of(scope.id)].append(scope.id)
                continue
            self.namespaces.setdefault(scope.id, [])
            self._taking[scope.id] = mode_of(self.inventory, scope)
            if ".eks." in dict(scope.attributes).get("oidc_issuer", ""):
                self._aws.add(scope.id)

    def _identity(self, identity: Identity) -> None:
        cluster_id = cluster_of(identity.id)
        member = (identity.id, identity.status == "unknown")
        if identity.kind == "service_account":
            self.accounts[identity.scope_id].append(member)
            self._named[cluster_id, take_apart(identity.id).name].append(identity.id)
        elif identity.kind == "node":
            if "{{" not in identity.id:  # a map of AWS principals leaves the name open
                self.nodes[cluster_id].append(member)
            if dict(identity.attributes).get("provider_id", "").startswith("aws:"):
                self._aws.add(cluster_id)
        else:
            self.users[cluster_id].append(member)

    def _principals(self) -> None:
        inventory = self.inventory
        for principal in sorted({*inventory.bindings_of, *inventory.groups}):
            place = take_apart(principal)
            if place.plural == "groups" and not place.namespace and place.name != SUPERUSERS:
                self.groups[place.cluster_id].append(principal)
                if place.name.startswith(_BOOTSTRAPPERS):
                    self._bootstrappers[place.cluster_id].append(principal)
            elif place.plural == "serviceaccounts" and principal not in inventory.identities:
                self._absent[principal.rpartition("/serviceaccounts/")[0]].append(principal)

    def _resource(self, resource: Resource) -> None:
        cluster_id = cluster_of(resource.id)
        if take_apart(resource.id).plural == "mutatingwebhookconfigurations":
            self._mutating[cluster_id].add(resource.name)
        if resource.kind == "aws_auth":
            self._maps.add(cluster_id)
        elif resource.kind == "admission_webhook" and _judges_pods(dict(resource.attributes)):
            self._judging[cluster_id] = True
        elif resource.kind == "kubernetes_node" and any(key in _CONTROL_PLANE for key, _ in resource.tags):
            self.masters.add(node(cluster_id, resource.name))


def _judges_pods(said: Mapping[str, str]) -> bool:
    """Whether a webhook is asked about pods; one of which nobody can tell is."""
    resources = said.get("resources", "*").split()
    return any(one in ("*", "*/*", "pods", "pods/*") for one in resources)
