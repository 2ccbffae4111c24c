"""What there is to escalate to in Resource Manager: whom workloads run as, user-assigned identities, clusters."""

from collections import defaultdict

from nhi_scan.access.azure.escalation.sets import Target
from nhi_scan.access.azure.places import Places
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
                self._by_kind[workload.kind] += self._of(workload.id, workload.runs_as)
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

    def clusters(self) -> list[Target]:
        """Return whom whoever controls a Kubernetes cluster becomes.

        Who its nodes run as, and every identity that trusts tokens of its service accounts:
        https://learn.microsoft.com/azure/aks/workload-identity-overview
        """
        by_issuer: dict[str, list[str]] = defaultdict(list)
        for trust in self._inventory.trusts.values():
            if trust.mechanism == "federate":
                by_issuer[trust.subject.rstrip("/").lower()].append(trust.identity_id)
        found = []
        for cluster in self._clusters:
            issuer = dict(cluster.attributes).get("oidc_issuer", "").rstrip("/").lower()
            trusting = by_issuer.get(issuer, []) if issuer else []
            found += self._of(cluster.id, tuple(dict.fromkeys((*cluster.runs_as, *trusting))))
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
