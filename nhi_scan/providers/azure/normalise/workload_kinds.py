"""What runs software as a managed identity, by its type in Resource Manager.

https://learn.microsoft.com/entra/identity/managed-identities-azure-resources/managed-identities-status
"""

from collections.abc import Mapping
from types import MappingProxyType

# Any other resource with an identity: the service uses that itself, and nobody's code gets it.
SERVICE = "azure_service"

# Type -> kind.
WORKLOADS: Mapping[str, str] = MappingProxyType(
    {
        "microsoft.compute/virtualmachines": "virtual_machine",
        "microsoft.compute/virtualmachinescalesets": "virtual_machine_scale_set",
        "microsoft.hybridcompute/machines": "arc_machine",
        "microsoft.kubernetes/connectedclusters": "arc_cluster",
        "microsoft.web/sites": "web_app",
        "microsoft.web/sites/slots": "web_app",
        "microsoft.web/staticsites": "static_web_app",
        "microsoft.logic/workflows": "logic_app",
        "microsoft.app/containerapps": "container_app",
        "microsoft.app/jobs": "container_app_job",
        "microsoft.app/sessionpools": "container_app_session_pool",
        "microsoft.containerinstance/containergroups": "container_instance",
        "microsoft.containerservice/managedclusters": "aks_cluster",
        "microsoft.automation/automationaccounts": "automation_account",
        "microsoft.datafactory/factories": "data_factory",
        "microsoft.synapse/workspaces": "synapse_workspace",
        "microsoft.machinelearningservices/workspaces": "machine_learning_workspace",
        "microsoft.machinelearningservices/workspaces/onlineendpoints": "machine_learning_endpoint",
        "microsoft.machinelearningservices/workspaces/computes": "machine_learning_compute",
        "microsoft.databricks/accessconnectors": "databricks_access_connector",
        "microsoft.databricks/workspaces": "databricks_workspace",
        "microsoft.batch/batchaccounts": "batch_account",
        "microsoft.batch/batchaccounts/pools": "batch_pool",
        "microsoft.apimanagement/service": "api_management",
        "microsoft.containerregistry/registries/tasks": "container_registry_task",
        "microsoft.resources/deploymentscripts": "deployment_script",
        "microsoft.appplatform/spring": "spring_app",
        "microsoft.devcenter/devcenters": "dev_center",
        "microsoft.devopsinfrastructure/pools": "devops_pool",
        "microsoft.streamanalytics/streamingjobs": "stream_analytics_job",
        "microsoft.hdinsight/clusters": "hdinsight_cluster",
        "microsoft.redhatopenshift/openshiftclusters": "openshift_cluster",
        "microsoft.virtualmachineimages/imagetemplates": "image_template",
        "microsoft.servicefabric/managedclusters": "service_fabric_cluster",
        "microsoft.botservice/botservices": "bot",
        "microsoft.loadtestservice/loadtests": "load_test",
        "microsoft.chaos/experiments": "chaos_experiment",
    }
)

# Where a record says whether the thing runs, and the words for yes.
STATES: tuple[str, ...] = (
    "extended.instanceView.powerState.code",
    "powerState.code",
    "runningStatus",
    "instanceView.state",
    "jobState",
    "status",
    "state",
)
RUNNING = frozenset(
    {"powerstate/running", "running", "enabled", "ok", "active", "succeeded", "ready", "online", "connected"}
)
STOPPED = frozenset(
    {
        "powerstate/deallocated",
        "powerstate/deallocating",
        "powerstate/stopped",
        "powerstate/stopping",
        "stopped",
        "deallocated",
        "disabled",
        "suspended",
        "failed",
        "terminated",
        "offline",
        "disconnected",
    }
)


def kind_of(type_: str, kind: str) -> str:
    """The workload's kind.

    Args:
        type_: type of the resource, lower case.
        kind: its own `kind`: sites say there what they are (`functionapp,linux`, `functionapp,workflowapp`).
    """
    told = kind.lower()
    if type_.startswith("microsoft.web/sites"):
        if "workflowapp" in told:
            return "logic_app"
        if "functionapp" in told:
            return "function_app"
    return WORKLOADS.get(type_, SERVICE)
