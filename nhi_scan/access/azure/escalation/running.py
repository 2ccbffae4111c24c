"""What there is to escalate to in Resource Manager: whom workloads run as, user-assigned identities, clusters."""

from collections import defaultdict

from nhi_scan.access.azure.escalation.sets import Target
from nhi_scan.access.azure.places import Places
from nhi_scan.access.combine import Truth
from nhi_scan.inventory.build import Inventory
from nhi_scan.model import arm_ids
from nhi_scan.model.identity import Workload

# Types of resources that have an identity of their own, where nothing else was collected of them: the identity's own
# record says whose it is.
KINDS = {
    "microsoft.apimanagement/service": "api_management",
    "microsoft.app/containerapps": "container_app",
    "microsoft.app/jobs": "container_app_job",
    "microsoft.authorization/policyassignments": "policy_assignment",
    "microsoft.automation/automationaccounts": "automation_account",
    "microsoft.batch/batchaccounts": "batch_account",
    "microsoft.compute/virtualmachines": "virtual_machine",
    "microsoft.compute/virtualmachinescalesets": "virtual_machine_scale_set",
    "microsoft.containerinstance/containergroups": "container_instance",
    "microsoft.containerregistry/registries/tasks": "container_registry_task",
    "microsoft.databricks/accessconnectors": "databricks_access_connector",
    "microsoft.datafactory/factories": "data_factory",
    "microsoft.hybridcompute/machines": "arc_machine",
    "microsoft.logic/workflows": "logic_app",
    "microsoft.machinelearningservices/workspaces": "machine_learning_workspace",
    "microsoft.resources/deploymentscripts": "deployment_script",
    "microsoft.synapse/workspaces": "synapse_workspace",
    "microsoft.web/sites": "web_app",
    "microsoft.web/sites/slots": "web_app",
}
_CLUSTER = "aks_cluster"
_SITE = "microsoft.web/"


class RunningTargets:
    """Lists the targets in Resource Manager."""

    def __init__(self, inventory: Inventory, places: Places) -> None:
        """Index an inventory."""
        self._inventory = inventory
        self._chain = places.chain
        self._by_kind: dict[str, list[Target]] = defaultdict(list)
        self._clusters: list[Workload] = []
        for workload in inventory.workloads.values():
            if workload.provider == "azure":
                self._by_kind[_kind_of(workload)] += self._of(workload.id, workload.runs_as)
                if workload.kind == _CLUSTER:
                    self._clusters.append(workload)
        for identity in inventory.identities.values():
            told = dict(identity.attributes)
            if identity.kind == "managed_identity" and told.get("assigned") != "user":
                place = told.get("resource_id", "")
                kind = KINDS.get(arm_ids.type_of(place))
                if kind is not None and place not in inventory.workloads:
                    self._by_kind[kind] += self._of(place, (identity.id,))

    def workloads(self, kinds: tuple[str, ...]) -> list[Target]:
        """Return whom workloads of some kinds run as; none named: of all kinds."""
        return [one for kind in kinds or sorted(self._by_kind) for one in self._by_kind.get(kind, ())]

    def identities(self) -> list[Target]:
        """Return the user-assigned managed identities."""
        found = {}
        for resource in self._inventory.resources.values():
            if resource.provider == "azure" and resource.kind == "user_assigned_identity":
                found[resource.id] = dict(resource.attributes).get("principal_id", "")
        for identity in self._inventory.identities.values():
            told = dict(identity.attributes)
            if identity.kind == "managed_identity" and told.get("assigned") == "user" and told.get("resource_id"):
                found.setdefault(told["resource_id"], identity.id)
        return [target for place, id_ in found.items() for target in self._of(place, (id_,))]

    def clusters(self, blocked_by: tuple[str, ...] = ()) -> list[Target]:
        """Return whom whoever controls a Kubernetes cluster becomes.

        Who its nodes run as, and every identity that trusts tokens of its service accounts:
        https://learn.microsoft.com/azure/aks/workload-identity-overview

        Args:
            blocked_by: settings of a cluster that keep out who has no more than the permission.
        """
        by_issuer: dict[str, list[str]] = defaultdict(list)
        for trust in self._inventory.trusts.values():
            if trust.mechanism == "federate":
                by_issuer[trust.subject.rstrip("/").lower()].append(trust.identity_id)
        found = []
        for cluster in self._clusters:
            issuer = dict(cluster.attributes).get("oidc_issuer", "").rstrip("/").lower()
            trusting = by_issuer.get(issuer, []) if issuer else []
            state = _lets_in(cluster, blocked_by)
            every = self._of(cluster.id, tuple(dict.fromkeys((*cluster.runs_as, *trusting))))
            if state is not False:
                found += [one._replace(conditional=one.conditional or state is None) for one in every]
        return found

    def node_groups(self) -> list[Target]:
        """Return who the nodes of clusters run as, by the resource group that holds the nodes.

        https://learn.microsoft.com/azure/aks/faq (why are two resource groups created with AKS)
        """
        found = []
        for cluster in self._clusters:
            name = dict(cluster.attributes).get("node_resource_group", "").lower()
            subscription = arm_ids.subscription_of(cluster.id)
            if name and subscription:
                place = name if name.startswith("/") else f"{subscription}/resourcegroups/{name}"
                found += self._of(place, cluster.runs_as)
        return found

    def everything(self) -> list[Target]:
        """Return all of these: whom somebody becomes who may do whatever Resource Manager offers on a place.

        A deny assignment also binds who has yet to give itself a role, unless it excepts it.
        """
        every = [*self.workloads(()), *self.identities(), *self.clusters(), *self.node_groups()]
        denied = {one.scope_id for one in self._inventory.guardrails if one.kind == "deny_assignment"}
        if not denied:
            return every
        return [one._replace(conditional=True) if denied.intersection(self._chain(one.place)) else one for one in every]

    def _of(self, place: str, ids: tuple[str, ...]) -> list[Target]:
        found = []
        for id_ in ids:
            identity = self._inventory.identities.get(id_)
            if identity is not None and identity.status in ("active", "unknown"):
                found.append(Target(place, id_, identity.status == "unknown"))
        return found


def _kind_of(workload: Workload) -> str:
    """Return as what a workload is changed: a logic app of the Standard plan is a site, and its host that of functions.

    https://learn.microsoft.com/azure/logic-apps/single-tenant-overview-compare
    """
    standard = workload.kind == "logic_app" and arm_ids.type_of(workload.id).startswith(_SITE)
    return "function_app" if standard else workload.kind


def _lets_in(cluster: Workload, blocked_by: tuple[str, ...]) -> Truth:
    """Say whether a cluster's settings let in who has a permission on it and no role in it.

    Without local accounts no credential of theirs is handed out
    (https://learn.microsoft.com/azure/aks/manage-local-accounts-managed-azure-ad); data actions count only where Azure
    authorizes (https://learn.microsoft.com/azure/aks/manage-azure-rbac); a command is run in the name of who asks where
    Entra says who that is (https://learn.microsoft.com/azure/aks/access-private-cluster).
    """
    told = dict(cluster.attributes)
    rbac, local = told.get("azure_rbac"), told.get("local_accounts")
    if "no_local_accounts" in blocked_by and local == "false":
        return False
    if "no_azure_rbac" in blocked_by and rbac != "true":
        return None if rbac is None and local is None else False
    return None if "asks_entra" in blocked_by and (rbac is not None or local == "false") else True
