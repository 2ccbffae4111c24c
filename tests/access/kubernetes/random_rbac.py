"""Roles and bindings that make sense to nobody, and questions near what they allow; the same for the same seed."""

import random
from collections.abc import Iterator
from typing import Any, NamedTuple

from nhi_scan.access.kubernetes.request import Asked
from nhi_scan.model import kube_ids
from nhi_scan.model.kube_actions import Action, action, parse, url_action

RBAC = "/apis/rbac.authorization.k8s.io/v1"
GROUP = "rbac.authorization.k8s.io"
SPACES = tuple(f"rbac-{number}" for number in range(4))
ACCOUNTS = ("app", "job", "default")
USERS = ("ann", "bob", "system:kube-scheduler", "system:node:n1", "system:anonymous", "o:c:d")
TEAMS = ("dev", "ops", "oidc:a/b")
VERBS = ("get", "list", "watch", "create", "update", "patch", "delete", "deletecollection", "bind", "Get", "use")
GROUPS = ("", "apps", "batch", GROUP, "example.com")
RESOURCES = (
    "pods", "pods/exec", "pods/log", "secrets", "deployments", "deployments/scale", "roles", "clusterroles", "nodes",
    "namespaces", "widgets", "widgets/scale", "serviceaccounts/token",
)  # fmt: skip
NAMES = ("a", "b", "a.b", *SPACES[:2])
URLS = ("/metrics", "/healthz", "/healthz/etcd", "/api", "/api/v1", "/logs/A", "/")
PATTERNS = (*URLS, "/healthz/*", "/api*", "*", "/logs/*", "/a*i")
# What stands in rules and is no pattern, however it looks.
ODD = ("pods/*", "po*", "*/scale", "*/exec", "*/", "/log", "pods/exec/more", "PODS")


class Rbac:
    """Random roles, and random bindings of them; each object with the collection that it belongs in."""

    def __init__(self, seed: int) -> None:
        self.chance = random.Random(seed)  # noqa: S311 - repeatable, and no secret
        self.made: list[tuple[str, dict[str, Any]]] = []
        self.roles: dict[tuple[str, str], list[dict[str, Any]]] = {}  # namespace (empty: of the cluster), name
        self.bound: list[tuple[dict[str, Any], str, list[dict[str, Any]]]] = []  # subject, namespace, rules
        for number in range(30):
            self._role("", f"rbac-c{number}", [self._rule(urls=True) for _ in range(self.chance.randint(0, 3))])
        self._role("", "rbac-all", self._aggregated())
        for number in range(24):
            self._role(SPACES[number % 4], f"rbac-r{number}", [self._rule() for _ in range(self.chance.randint(1, 3))])
        for number in range(70):
            self._bind(number)
        self._everybody()
        self._sentinels()

    def _everybody(self) -> None:
        """Name everybody once, by a binding that gives nothing, so that nobody is unheard of."""
        accounts = [
            {"kind": "ServiceAccount", "name": name, "namespace": space} for name in ACCOUNTS for space in SPACES
        ]
        users = [{"kind": "User", "name": name, "apiGroup": GROUP} for name in USERS]
        thing = {
            "kind": "ClusterRoleBinding",
            "metadata": {"name": "rbac-everybody"},
            "roleRef": {"apiGroup": GROUP, "kind": "ClusterRole", "name": "rbac-missing"},
            "subjects": [*accounts, *users],
        }
        self.made.append((collection("", "clusterrolebindings"), thing))

    def _sentinels(self) -> None:
        """Roles and bindings that are written last: when the authorizer knows them, it knows all."""
        rule = {"verbs": ["get"], "apiGroups": [""], "resources": ["sentinels"]}
        self._role("", "rbac-sentinel", [{"verbs": ["get"], "nonResourceURLs": ["/sentinel"]}])
        self._role(SPACES[0], "rbac-sentinel", [rule])
        for space in ("", SPACES[0]):
            kind = "Role" if space else "ClusterRole"
            thing = {
                "kind": f"{kind}Binding",
                "metadata": {"name": "rbac-sentinel"},
                "roleRef": {"apiGroup": GROUP, "kind": kind, "name": "rbac-sentinel"},
                "subjects": [{"kind": "User", "name": "rbac-sentinel", "apiGroup": GROUP}],
            }
            self.made.append((collection(space, f"{kind.lower()}bindings"), thing))

    def _some(self, things: tuple[str, ...], star: float, most: int = 3) -> list[str]:
        if self.chance.random() < star:
            return ["*"]
        return self.chance.sample(things, self.chance.randint(1, most))

    def _rule(self, *, urls: bool = False) -> dict[str, Any]:
        if urls and self.chance.random() < 0.3:
            return {"verbs": self._some(VERBS, 0.2), "nonResourceURLs": self._some(PATTERNS, 0.0)}
        rule = {
            "verbs": self._some(VERBS, 0.2, 5),
            "apiGroups": self._some(GROUPS, 0.2),
            "resources": self._some((*RESOURCES, *ODD), 0.1, 5),
        }
        if self.chance.random() < 0.3:
            rule["resourceNames"] = self.chance.sample(NAMES, self.chance.randint(1, 3))
        return rule

    def _aggregated(self) -> list[dict[str, Any]]:
        """The rules of some, as the controller that is not there would gather them."""
        return [rule for (_, name), rules in sorted(self.roles.items()) if name.endswith("7") for rule in rules]

    def _role(self, space: str, name: str, rules: list[dict[str, Any]]) -> None:
        self.roles[space, name] = rules
        kind = "Role" if space else "ClusterRole"
        thing: dict[str, Any] = {
            "kind": kind,
            "metadata": {"name": name, "labels": {"rbac": name[-1]}},
            "rules": rules,
        }
        if name == "rbac-all":
            thing["aggregationRule"] = {"clusterRoleSelectors": [{"matchLabels": {"rbac": "7"}}]}
        self.made.append((collection(space, f"{kind.lower()}s"), thing))

    def _subject(self) -> dict[str, Any]:
        space = self.chance.choice(SPACES)
        kind = self.chance.choice(("User", "Group", "ServiceAccount", "ServiceAccount"))
        if kind == "ServiceAccount":
            return {"kind": kind, "name": self.chance.choice(ACCOUNTS), "namespace": space}
        accounts = "system:serviceaccounts"
        if kind == "User":
            name = self.chance.choice((*USERS, f"system:serviceaccount:{space}:app"))
        else:
            own = (accounts, f"{accounts}:{space}", "system:authenticated", "system:unauthenticated", "system:nodes")
            name = self.chance.choice((*TEAMS, *TEAMS, *own))
        return {"kind": kind, "name": name, "apiGroup": GROUP}

    def _bind(self, number: int) -> None:
        space = self.chance.choice((*SPACES, *SPACES, "", "", ""))
        known = [name for home, name in self.roles if home == ""]
        name, kind = self.chance.choice((*known, "rbac-missing")), "ClusterRole"
        if space and self.chance.random() < 0.5:
            name = self.chance.choice([name for home, name in self.roles if home == space] + ["rbac-c1"])
            kind = "Role"
        subjects = [self._subject() for _ in range(self.chance.randint(1, 2))]
        thing = {
            "kind": "RoleBinding" if space else "ClusterRoleBinding",
            "metadata": {"name": f"rbac-{number}"},
            "roleRef": {"apiGroup": GROUP, "kind": kind, "name": name},
            "subjects": subjects,
        }
        rules = self.roles.get((space if kind == "Role" else "", name), [])
        self.made.append((collection(space, "rolebindings" if space else "clusterrolebindings"), thing))
        self.bound += [(subject, space, rules) for subject in subjects]


class Question(NamedTuple):
    user: str
    groups: tuple[str, ...]  # all that the authenticator says, in the order in which it says them
    asked: Asked
    spec: dict[str, Any]


class Questions:
    """Questions near what rules allow, and beside it."""

    def __init__(self, rbac: Rbac) -> None:
        self.chance = rbac.chance
        self.bound = [row for row in rbac.bound if row[2]]

    def __iter__(self) -> Iterator[Question]:
        while True:
            subject, space, rules = self.chance.choice(self.bound)
            rule = self.chance.choice(rules)
            user, groups = self._who(subject)
            verb = self._near(rule["verbs"], VERBS)
            if "nonResourceURLs" in rule:
                path = self._near([one.replace("*", "x") for one in rule["nonResourceURLs"]], URLS)
                path = path if path.startswith("/") else "/x"
                request = Asked(_read(url_action(verb, path)))
                yield Question(user, groups, request, {"nonResourceAttributes": {"path": path, "verb": verb}})
                continue
            resource, _, below = self._near(rule["resources"], RESOURCES).replace("*", "widgets").partition("/")
            group = self._near(rule["apiGroups"], GROUPS).replace("*", "apps")
            name = self._near(rule.get("resourceNames", []), (*NAMES, ""))
            space = self._near([space], (*SPACES, ""))
            attributes = {
                "verb": verb, "group": group, "resource": resource or "pods", "subresource": below, "name": name,
                "namespace": space,
            }  # fmt: skip
            request = Asked(_read(action(verb, group, resource or "pods", below)), space, name)
            yield Question(user, groups, request, {"resourceAttributes": attributes})

    def _near(self, wanted: list[str], others: tuple[str, ...]) -> str:
        said = [one for one in wanted if one != "*"] if wanted != ["*"] else []
        return self.chance.choice(said if said and self.chance.random() < 0.8 else others)

    def _who(self, subject: dict[str, Any]) -> tuple[str, tuple[str, ...]]:
        """Find somebody whom a subject may mean, mostly."""
        name = subject["name"]
        teams = tuple(self.chance.sample(TEAMS, self.chance.randint(0, 2)))
        if self.chance.random() < 0.1:
            return self.chance.choice((("ann", (*teams, "system:masters")), ("bob", teams), self._account(SPACES[0])))
        if subject["kind"] == "ServiceAccount":
            return self._account(subject["namespace"], name)
        return self._user(name, teams) if subject["kind"] == "User" else self._member(name, teams)

    def _user(self, name: str, teams: tuple[str, ...]) -> tuple[str, tuple[str, ...]]:
        if account := kube_ids.account_of_user(name):
            return self._account(*account)
        return name, (() if name.startswith("system:") else teams)

    def _member(self, group: str, teams: tuple[str, ...]) -> tuple[str, tuple[str, ...]]:
        if group.startswith("system:serviceaccounts"):
            return self._account(group.removeprefix("system:serviceaccounts").strip(":") or SPACES[1])
        alone = {"system:nodes": "system:node:n1", "system:unauthenticated": "system:anonymous"}
        if group in alone:
            return alone[group], ()
        return self.chance.choice(("ann", "bob")), teams if group.startswith("system:") else (*teams, group)

    def _account(self, space: str, name: str = "") -> tuple[str, tuple[str, ...]]:
        return kube_ids.user_of_account(space, name or self.chance.choice(ACCOUNTS)), ()


def collection(space: str, plural: str) -> str:
    """Return where objects are created."""
    return f"{RBAC}/namespaces/{space}/{plural}" if space else f"{RBAC}/{plural}"


def _read(text: str) -> Action:
    found = parse(text)
    assert found is not None
    return found
