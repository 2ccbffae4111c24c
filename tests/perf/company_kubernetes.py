"""The clusters of a company: a third of the accounts ask for a role of AWS, some for an application of Entra."""

from collections.abc import Iterator
from typing import Any

from nhi_scan.providers.kubernetes import kinds
from tests.perf.company import CLUSTERS, CREATED, Company, Row

RBAC = "rbac.authorization.k8s.io"


class Kubernetes:
    """Makes the records of a cluster."""

    def __init__(self, company: Company) -> None:
        """Take the layout."""
        self._company = company
        self._spaces = dict.fromkeys(company.space(number) for number in range(company.pods))

    def kinds(self, cluster: int) -> Iterator[tuple[str, Iterator[Row]]]:
        """Yield the kinds of records of one of the clusters."""
        issuer = {"issuer": f"https://{self._company.issuer(cluster)}"}
        yield kinds.OPENID_CONFIGURATION, iter([("", {}, issuer)])
        yield kinds.NAMESPACES, (_row("v1", "Namespace", name) for name in self._spaces)
        yield kinds.SERVICE_ACCOUNTS, self._accounts(cluster)
        yield kinds.ROLES, iter(())
        yield kinds.CLUSTER_ROLES, self._roles()
        yield kinds.ROLE_BINDINGS, self._bindings()
        yield kinds.CLUSTER_ROLE_BINDINGS, iter(())
        yield kinds.DEPLOYMENTS, self._deployments()
        for kind in (kinds.SECRETS, kinds.PODS, kinds.STATEFUL_SETS, kinds.DAEMON_SETS, kinds.JOBS, kinds.CRON_JOBS):
            yield kind, iter(())

    def _accounts(self, cluster: int) -> Iterator[Row]:
        company = self._company
        for number in range(company.pods):
            row = _row("v1", "ServiceAccount", company.pod(number), company.space(number))
            if number % 3 == 0:
                role = (number // 3 * CLUSTERS + cluster) % company.roles
                row[2]["metadata"]["annotations"] = {"eks.amazonaws.com/role-arn": company.role(role)}
            elif number % 20 == 1:
                app = company.guid("app", number % company.applications)
                row[2]["metadata"]["annotations"] = {"azure.workload.identity/client-id": app}
            yield row

    def _roles(self) -> Iterator[Row]:
        edit = {"verbs": ["*"], "apiGroups": ["", "apps"], "resources": ["pods", "deployments", "secrets"]}
        view = {"verbs": ["get", "list", "watch"], "apiGroups": ["", "apps"], "resources": ["pods", "deployments"]}
        yield _row(f"{RBAC}/v1", "ClusterRole", "edit", rules=[edit])
        yield _row(f"{RBAC}/v1", "ClusterRole", "view", rules=[view])

    def _bindings(self) -> Iterator[Row]:
        for space in self._spaces:
            for role, account in (("edit", "app-2"), ("view", "app-3")):
                reference = {"apiGroup": RBAC, "kind": "ClusterRole", "name": role}
                subject = {"kind": "ServiceAccount", "namespace": space, "name": account}
                yield _row(f"{RBAC}/v1", "RoleBinding", role, space, roleRef=reference, subjects=[subject])

    def _deployments(self) -> Iterator[Row]:
        for number in range(self._company.pods):
            name = self._company.pod(number)
            spec = {"serviceAccountName": name, "containers": [{"name": "web", "image": "web:1"}]}
            yield _row("apps/v1", "Deployment", name, self._company.space(number), spec={"template": {"spec": spec}})


def _row(version: str, kind: str, name: str, space: str = "", **more: Any) -> Row:
    metadata: dict[str, Any] = {"name": name, "uid": f"{kind}-{space}-{name}", "creationTimestamp": CREATED}
    if space:
        metadata["namespace"] = space
    return "", {}, {"apiVersion": version, "kind": kind, "metadata": metadata, **more}
