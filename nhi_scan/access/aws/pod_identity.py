"""EKS Pod Identity: an association gives a role to a service account of a cluster.

https://docs.aws.amazon.com/eks/latest/userguide/pod-identities.html. The service assumes the role and tags the session;
what it shows to the role's trust policy:
https://docs.aws.amazon.com/eks/latest/userguide/pod-id-abac.html and
https://docs.aws.amazon.com/eks/latest/userguide/pod-id-role.html. Where an association names a target role, the first
one assumes that, and the pod gets the second one's credentials alone
(https://docs.aws.amazon.com/eks/latest/userguide/pod-id-assign-target-role.html).
"""

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import datetime

from nhi_scan.access.aws.context import Context
from nhi_scan.access.aws.serving_trust import Serving, serve
from nhi_scan.access.federation import Entry
from nhi_scan.inventory.build import Inventory
from nhi_scan.model.access import Decision, StatementRef, Verdict
from nhi_scan.model.assertion import Assertion, issuer_key
from nhi_scan.model.identity import Resource, Workload

May = Callable[[str, str, str], Decision]
"""Says whether an identity may do an action on a resource."""

SERVICE = "pods.eks.amazonaws.com"
_SUBJECT = "system:serviceaccount:"
_ACTIONS = ("sts:AssumeRole", "sts:TagSession")


class PodIdentities:
    """Associations by cluster, namespace and service account."""

    def __init__(self, inventory: Inventory, now: datetime, may: May) -> None:
        """Index the associations by the issuers of their clusters."""
        self._may = may
        self._inventory = inventory
        self._now = now
        self._clusters: dict[str, list[Resource]] = {}
        for one in inventory.resources.values():
            issuer = dict(one.attributes).get("oidc_issuer") if one.kind == "eks_cluster" else None
            if issuer:
                self._clusters.setdefault(issuer_key(issuer), []).append(one)
        self._associations: dict[tuple[str, str, str], list[Workload]] = {}
        for work in inventory.workloads.values():
            if work.kind == "eks_pod_identity":
                self._associations.setdefault((work.scope_id, work.region, work.name), []).append(work)

    @property
    def issuers(self) -> frozenset[str]:
        """Keys of the issuers of clusters that have associations."""
        used = {(scope, region, name.partition("/")[0]) for scope, region, name in self._associations}
        return frozenset(
            key
            for key, clusters in self._clusters.items()
            if any((one.scope_id, one.region, one.name) in used for one in clusters)
        )

    def entries(self, assertion: Assertion) -> Iterator[Entry]:
        """Yield the roles that the service gives to a service account."""
        subject, audience = assertion.claim("sub"), assertion.claim("aud")
        if subject is None or subject.form != "exact" or not assertion.issuer:
            return
        if audience is not None and audience.form == "exact" and SERVICE not in audience.values:
            return
        for cluster in self._clusters.get(issuer_key(assertion.issuer), ()):
            for name in subject.values:
                account = name.removeprefix(_SUBJECT).replace(":", "/", 1) if name.startswith(_SUBJECT) else ""
                place = (cluster.scope_id, cluster.region, f"{cluster.name}/{account}")
                for work in self._associations.get(place, ()) if account else ():
                    yield from self._given(cluster, work, account)

    def _given(self, cluster: Resource, work: Workload, account: str) -> Iterator[Entry]:
        said = dict(work.attributes)
        target, tags = said.get("target_role", ""), said.get("session_tags") != "false"
        serving = Serving(
            service=SERVICE,
            actions=_ACTIONS if tags else _ACTIONS[:1],
            context=self._context(cluster, account, tags=tags),
        )
        for role_id in work.runs_as:
            if role_id != target:
                found = serve(self._inventory, role_id, serving, work.id, f"as EKS Pod Identity ({work.id})")
                yield from (each for one in found for each in self._target(one, target, tags=tags)) if target else found

    def _target(self, entry: Entry, target: str, *, tags: bool) -> Iterator[Entry]:
        """What the first role becomes; whether it may, its own permissions and the target's trust policy say.

        The session's tags are passed on (https://docs.aws.amazon.com/eks/latest/userguide/pod-id-abac.html), which the
        target has to allow, too.
        """
        decided = self._may(entry.identity_id, "sts:AssumeRole", target)
        if decided.verdict is Verdict.DENIED or target not in self._inventory.identities:
            return
        passed = self._may(entry.identity_id, "sts:TagSession", target) if tags else decided
        open_ = list(entry.residual)
        if decided.verdict is not Verdict.ALLOWED:
            open_.append(f"whether {entry.identity_id} may assume it: {decided.reason}")
        elif passed.verdict is not Verdict.ALLOWED:
            open_.append(f"whether {entry.identity_id} may pass its session's tags on to it: {passed.reason}")
        yield replace(
            entry,
            identity_id=target,
            state=None if open_ else True,
            statements=tuple(sorted({*entry.statements, *decided.statements}, key=_place)),
            residual=tuple(open_),
        )

    def _context(self, cluster: Resource, account: str, *, tags: bool) -> Context:
        namespace, _, name = account.partition("/")
        told = {
            "eks-cluster-arn": cluster.id,
            "eks-cluster-name": cluster.name,
            "kubernetes-namespace": namespace,
            "kubernetes-service-account": name,
        }
        values = {f"aws:requesttag/{key}": (text,) for key, text in told.items() if tags}
        values |= {"aws:sourcearn": (cluster.id,), "aws:sourceaccount": (cluster.scope_id,)}
        return Context(values=values, absent=frozenset() if tags else frozenset({"aws:requesttag/"}), now=self._now)


def _place(ref: StatementRef) -> tuple[str, int, str]:
    return ref.policy_id, ref.index, ref.sid
