"""Whom AWS principals become in a cluster: by its map `kube-system/aws-auth`, or by access entries of EKS.

The map: https://docs.aws.amazon.com/eks/latest/userguide/auth-configmap.html. The authenticator looks a caller up by
the ARN of the user, or of the role without its path, whatever the case; first among the roles, then among the users; of
two lines for one ARN the last counts
(https://github.com/kubernetes-sigs/aws-iam-authenticator/blob/master/pkg/mapper/configmap/configmap.go). So a line
that names a role with its path means nobody. Whoever is in an account of `mapAccounts` and is on no line is a user
called by that ARN. A user name may hold `{{EC2PrivateDNSName}}`, which only the session of an instance fills, or
`{{SessionName}}`, which whoever assumes the role picks
(https://github.com/kubernetes-sigs/aws-iam-authenticator#full-configuration-format).

Access entries: https://docs.aws.amazon.com/eks/latest/userguide/creating-access-entries.html. They name a role with or
without its path, are those of nodes where their type is not `STANDARD`, and go before the map
(https://docs.aws.amazon.com/eks/latest/userguide/migrating-access-entries.html); in the mode `API` there is no map
(https://docs.aws.amazon.com/eks/latest/userguide/setting-up-access-entries.html).
"""

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from typing import Final

from nhi_scan.access.federation import Entry
from nhi_scan.inventory.build import Inventory
from nhi_scan.model.assertion import AWS, Assertion, issuer_key
from nhi_scan.model.kube_ids import cluster_of, is_kubernetes, take_apart, user
from nhi_scan.model.policy import Trust
from nhi_scan.model.scope import Scope

_MAP: Final = "by `aws-auth`"
_ENTRY: Final = "by an access entry of EKS"
_LINE: Final = re.compile(r"#map(Roles|Users)\[([0-9]+)]/")
_TEMPLATE: Final = re.compile(r"\{\{[^{}]*}}")
_NODE: Final = "system:node:"
_INSTANCE: Final = "which node it is, the instance tells that the session is of"
_SESSION: Final = "the session's name is to fit the name of the user"

Line = tuple[bool, int]
"""Of the map: whether it is about roles, and its number there. The greatest counts."""


class AwsPrincipals:
    """Finds whom a signed request lets in.

    Attributes:
        issuers: AWS, where any cluster lets its principals in.
    """

    def __init__(self, inventory: Inventory) -> None:
        """Index what lets AWS principals in, by cluster and by the ARN that they are looked up by."""
        self._inventory = inventory
        self._entries: dict[tuple[str, str], list[Trust]] = defaultdict(list)
        self._lines: dict[tuple[str, str], dict[Line, list[Trust]]] = defaultdict(lambda: defaultdict(list))
        self._clusters = {scope.id: mode_of(inventory, scope) for scope in _clusters(inventory)}
        for trust in inventory.trusts.values():
            if is_kubernetes(trust.identity_id) and trust.subject.startswith("arn:"):
                self._take(trust)
        self._set_apart = dict(self._principals_of_entries())
        self._accounts = dict(_accounts(inventory))
        some = self._entries or self._lines or self._accounts or any(self._set_apart.values())
        self.issuers = frozenset((issuer_key(AWS),)) if some else frozenset()

    def entries(self, assertion: Assertion) -> tuple[Entry, ...]:
        """Say whom the holder of an assertion becomes, sorted by identity and trust."""
        if issuer_key(assertion.issuer) not in self.issuers:
            return ()
        arn = assertion.claim("arn")
        names = {canonical(name) for name in (arn.values if arn is not None else ())}
        found = {
            (one.identity_id, one.trust_id): one
            for name in sorted(names)
            for cluster_id in self._clusters
            for one in self._within(cluster_id, name)
        }
        return tuple(found[key] for key in sorted(found))

    def _within(self, cluster_id: str, name: str) -> Iterator[Entry]:
        """Yield whom a principal becomes in one cluster."""
        key = (cluster_id, name.lower())
        for trust in self._entries.get(key, ()):
            yield Entry(trust.identity_id, trust.id, state=True, detail=_ENTRY)
        if entry_id := self._set_apart.get(key):
            for identity_id in self._named(f"{cluster_id}/users/{_NODE}{{{{EC2PrivateDNSName}}}}"):
                yield Entry(identity_id, entry_id, state=None, residual=(_INSTANCE,), detail=_ENTRY)
        if key in self._set_apart or self._clusters[cluster_id] == "API":
            return
        lines = self._lines.get(key)
        if lines:
            for trust in lines[max(lines)]:
                yield from self._filled(trust)
        elif (map_id := self._accounts.get((cluster_id, _account(name)))) is not None:
            named = user(cluster_id, name)
            if named in self._inventory.identities:
                yield Entry(named, map_id, state=True, detail=f"{_MAP}, which lets the account in")

    def _filled(self, trust: Trust) -> Iterator[Entry]:
        """Yield whom a line of the map means; of a name with a gap, those whose names fit."""
        place = take_apart(trust.identity_id)
        if place.plural != "users" or not _TEMPLATE.search(place.name):
            yield Entry(trust.identity_id, trust.id, state=True, detail=_MAP)
            return
        why = _INSTANCE if place.name.startswith(_NODE) else _SESSION
        for identity_id in self._named(trust.identity_id):
            yield Entry(identity_id, trust.id, state=None, residual=(why,), detail=_MAP)

    def _named(self, template: str) -> Iterator[str]:
        """Yield the users whose names fit an id with gaps."""
        place = take_apart(template)
        fits = re.compile(".*".join(map(re.escape, _TEMPLATE.split(place.name))), re.DOTALL)
        for id_ in self._inventory.identities:
            other = take_apart(id_)
            if other[:3] == place[:3] and not _TEMPLATE.search(other.name) and fits.fullmatch(other.name):
                yield id_

    def _take(self, trust: Trust) -> None:
        cluster_id = cluster_of(trust.identity_id)
        if trust.policy_id and not is_kubernetes(trust.policy_id):
            self._entries[cluster_id, canonical(trust.subject).lower()].append(trust)
            return
        found = _LINE.search(trust.id)
        line = (found[1] == "Roles", int(found[2])) if found else (False, 0)
        self._lines[cluster_id, trust.subject.lower()][line].append(trust)

    def _principals_of_entries(self) -> Iterator[tuple[tuple[str, str], str]]:
        """Yield the principals that have an access entry, whatever it gives them: the map is not asked about those.

        With the id of the entry, where it is one of nodes: of any type but `STANDARD`.
        """
        places = {}
        for scope in _clusters(self._inventory):
            cloud = self._inventory.resources.get(dict(scope.attributes).get("cloud_cluster", ""))
            if cloud is not None and self._clusters[scope.id] != "CONFIG_MAP":
                places[cloud.scope_id, cloud.region, cloud.name] = scope.id
        for entry in self._inventory.resources.values() if places else ():
            said = dict(entry.attributes) if entry.kind == "eks_access_entry" else {}
            place = places.get((entry.scope_id, entry.region, said.get("cluster", "")))
            if place is not None:
                of_nodes = (said.get("type") or "STANDARD") != "STANDARD"
                yield (place, canonical(said.get("principal_id", "")).lower()), entry.id if of_nodes else ""


def canonical(arn: str) -> str:
    """Return what the authenticator looks a caller up by: of a session its role, a role without its path."""
    head, slash, rest = arn.partition("/")
    if not slash:
        return arn
    if ":sts:" in head and head.endswith(":assumed-role"):
        owner = head.replace(":sts:", ":iam:").removesuffix(":assumed-role")
        return f"{owner}:role/{rest.partition('/')[0]}"
    return f"{head}/{rest.rpartition('/')[2]}" if head.endswith(":role") else arn


def _clusters(inventory: Inventory) -> Iterable[Scope]:
    return [one for one in inventory.scopes.values() if one.provider == "kubernetes" and one.kind == "cluster"]


def mode_of(inventory: Inventory, scope: Scope) -> str:
    """Return how a cluster takes AWS principals: `API`, `CONFIG_MAP`, both; empty where its cloud does not tell."""
    cloud = inventory.resources.get(dict(scope.attributes).get("cloud_cluster", ""))
    return dict(cloud.attributes).get("authentication_mode", "") if cloud is not None else ""


def _account(arn: str) -> str:
    parts = arn.split(":", 5)
    return parts[4] if len(parts) > 4 else ""  # arn:partition:service:region:account:resource


def _accounts(inventory: Inventory) -> Iterator[tuple[tuple[str, str], str]]:
    """Yield cluster and number of each account whose principals are let in, with the map that says so."""
    for one in inventory.resources.values():
        said: Mapping[str, str] = dict(one.attributes) if one.kind == "aws_auth" else {}
        for number in said.get("accounts", "").split():
            yield (cluster_of(one.id), number), one.id
