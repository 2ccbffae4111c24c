"""Operations of resource providers whose plane is documented: those that techniques and rules ask about.

https://learn.microsoft.com/azure/role-based-access-control/resource-provider-operations says of each whether it acts on
data. So the questions of this program have an answer also where the list of operations was not collected.
"""

from collections.abc import Mapping
from types import MappingProxyType

_CONTROL = """
    Microsoft.ApiManagement/service/apis/operations/policies/write
    Microsoft.ApiManagement/service/apis/policies/write Microsoft.ApiManagement/service/policies/write
    Microsoft.ApiManagement/service/write Microsoft.App/containerApps/getAuthToken/action
    Microsoft.App/containerApps/write Microsoft.App/jobs/start/action Microsoft.App/jobs/write
    Microsoft.App/sessionPools/write Microsoft.AppConfiguration/configurationStores/ListKeys/action
    Microsoft.AppPlatform/Spring/apps/deployments/write Microsoft.AppPlatform/Spring/apps/write
    Microsoft.Authorization/denyAssignments/delete Microsoft.Authorization/elevateAccess/action
    Microsoft.Authorization/locks/delete Microsoft.Authorization/policyAssignments/write
    Microsoft.Authorization/policyDefinitions/write Microsoft.Authorization/policyExemptions/write
    Microsoft.Authorization/roleAssignments/delete Microsoft.Authorization/roleAssignments/read
    Microsoft.Authorization/roleAssignments/write Microsoft.Authorization/roleAssignmentScheduleRequests/write
    Microsoft.Authorization/roleDefinitions/delete Microsoft.Authorization/roleDefinitions/write
    Microsoft.Authorization/roleEligibilityScheduleRequests/write
    Microsoft.Authorization/roleManagementPolicies/write Microsoft.Automation/automationAccounts/jobs/write
    Microsoft.Automation/automationAccounts/jobSchedules/write
    Microsoft.Automation/automationAccounts/listKeys/action Microsoft.Automation/automationAccounts/modules/write
    Microsoft.Automation/automationAccounts/python3Packages/write
    Microsoft.Automation/automationAccounts/runbooks/draft/testJob/write
    Microsoft.Automation/automationAccounts/runbooks/draft/write
    Microsoft.Automation/automationAccounts/runbooks/publish/action
    Microsoft.Automation/automationAccounts/runbooks/write
    Microsoft.Automation/automationAccounts/sourceControls/syncJobs/write
    Microsoft.Automation/automationAccounts/sourceControls/write
    Microsoft.Automation/automationAccounts/webhooks/action Microsoft.Automation/automationAccounts/webhooks/write
    Microsoft.Automation/automationAccounts/write Microsoft.Batch/batchAccounts/listKeys/action
    Microsoft.Batch/batchAccounts/pools/write Microsoft.Blueprint/blueprintAssignments/write
    Microsoft.Cache/redis/listKeys/action Microsoft.Compute/disks/beginGetAccess/action
    Microsoft.Compute/disks/write Microsoft.Compute/galleries/applications/versions/write
    Microsoft.Compute/snapshots/beginGetAccess/action Microsoft.Compute/virtualMachines/delete
    Microsoft.Compute/virtualMachines/extensions/write Microsoft.Compute/virtualMachines/read
    Microsoft.Compute/virtualMachines/runCommand/action Microsoft.Compute/virtualMachines/runCommands/write
    Microsoft.Compute/virtualMachines/write Microsoft.Compute/virtualMachineScaleSets/extensions/write
    Microsoft.Compute/virtualMachineScaleSets/virtualMachines/extensions/write
    Microsoft.Compute/virtualMachineScaleSets/virtualMachines/runCommand/action
    Microsoft.Compute/virtualMachineScaleSets/virtualMachines/runCommands/write
    Microsoft.Compute/virtualMachineScaleSets/write
    Microsoft.ContainerInstance/containerGroups/containers/exec/action
    Microsoft.ContainerInstance/containerGroups/write Microsoft.ContainerRegistry/registries/importImage/action
    Microsoft.ContainerRegistry/registries/listCredentials/action Microsoft.ContainerRegistry/registries/pull/read
    Microsoft.ContainerRegistry/registries/push/write Microsoft.ContainerRegistry/registries/scheduleRun/action
    Microsoft.ContainerRegistry/registries/tasks/write
    Microsoft.ContainerService/managedClusters/accessProfiles/listCredential/action
    Microsoft.ContainerService/managedClusters/listClusterAdminCredential/action
    Microsoft.ContainerService/managedClusters/listClusterUserCredential/action
    Microsoft.ContainerService/managedClusters/runcommand/action
    Microsoft.ContainerService/managedClusters/trustedAccessRoleBindings/write
    Microsoft.ContainerService/managedClusters/write Microsoft.DataFactory/factories/pipelines/createrun/action
    Microsoft.DataFactory/factories/pipelines/write Microsoft.DataFactory/factories/sandboxpipelines/action
    Microsoft.DataFactory/factories/triggers/start/action Microsoft.DataFactory/factories/triggers/write
    Microsoft.DataFactory/factories/write Microsoft.DBforMySQL/flexibleServers/administrators/write
    Microsoft.DBforMySQL/flexibleServers/write Microsoft.DBforPostgreSQL/flexibleServers/administrators/write
    Microsoft.DBforPostgreSQL/flexibleServers/write
    Microsoft.DocumentDB/databaseAccounts/listConnectionStrings/action
    Microsoft.DocumentDB/databaseAccounts/listKeys/action Microsoft.DocumentDB/databaseAccounts/readonlykeys/action
    Microsoft.EventHub/namespaces/authorizationRules/listkeys/action
    Microsoft.GuestConfiguration/guestConfigurationAssignments/write
    Microsoft.HDInsight/clusters/executeScriptActions/action Microsoft.HybridCompute/machines/extensions/write
    Microsoft.HybridCompute/machines/runCommands/write Microsoft.KeyVault/vaults/accessPolicies/write
    Microsoft.KeyVault/vaults/delete Microsoft.KeyVault/vaults/read Microsoft.KeyVault/vaults/write
    Microsoft.KubernetesConfiguration/extensions/write Microsoft.KubernetesConfiguration/fluxConfigurations/write
    Microsoft.LoadTestService/loadTests/write Microsoft.Logic/workflows/triggers/listCallbackUrl/action
    Microsoft.Logic/workflows/triggers/run/action Microsoft.Logic/workflows/write
    Microsoft.MachineLearningServices/workspaces/computes/write
    Microsoft.MachineLearningServices/workspaces/jobs/write
    Microsoft.MachineLearningServices/workspaces/onlineEndpoints/deployments/write
    Microsoft.MachineLearningServices/workspaces/onlineEndpoints/write
    Microsoft.MachineLearningServices/workspaces/schedules/write
    Microsoft.ManagedIdentity/userAssignedIdentities/assign/action
    Microsoft.ManagedIdentity/userAssignedIdentities/federatedIdentityCredentials/write
    Microsoft.ManagedIdentity/userAssignedIdentities/write Microsoft.ManagedServices/registrationAssignments/write
    Microsoft.ManagedServices/registrationDefinitions/write
    Microsoft.Management/managementGroups/subscriptions/write Microsoft.Management/managementGroups/write
    Microsoft.Network/networkSecurityGroups/securityRules/write
    Microsoft.OperationalInsights/workspaces/sharedKeys/action Microsoft.PolicyInsights/remediations/write
    Microsoft.Resources/deployments/write Microsoft.Resources/deploymentScripts/write
    Microsoft.Resources/deploymentStacks/write Microsoft.Resources/subscriptions/resourceGroups/delete
    Microsoft.Resources/subscriptions/resourceGroups/read Microsoft.Resources/subscriptions/resourceGroups/write
    Microsoft.Resources/templateSpecs/write Microsoft.Security/locations/jitNetworkAccessPolicies/initiate/action
    Microsoft.SerialConsole/serialPorts/connect/action
    Microsoft.ServiceBus/namespaces/authorizationRules/listkeys/action
    Microsoft.Solutions/applicationDefinitions/write Microsoft.Solutions/applications/write
    Microsoft.Sql/servers/administrators/write Microsoft.Sql/servers/write Microsoft.Storage/storageAccounts/delete
    Microsoft.Storage/storageAccounts/ListAccountSas/action Microsoft.Storage/storageAccounts/listKeys/action
    Microsoft.Storage/storageAccounts/localusers/listKeys/action Microsoft.Storage/storageAccounts/read
    Microsoft.Storage/storageAccounts/write Microsoft.Synapse/workspaces/administrators/write
    Microsoft.VirtualMachineImages/imageTemplates/run/action Microsoft.VirtualMachineImages/imageTemplates/write
    Microsoft.Web/sites/basicPublishingCredentialsPolicies/write Microsoft.Web/sites/config/list/action
    Microsoft.Web/sites/config/write Microsoft.Web/sites/continuouswebjobs/write
    Microsoft.Web/sites/extensions/write Microsoft.Web/sites/functions/listkeys/action
    Microsoft.Web/sites/functions/masterkey/read Microsoft.Web/sites/functions/write
    Microsoft.Web/sites/host/functionkeys/write Microsoft.Web/sites/host/listkeys/action
    Microsoft.Web/sites/publish/action Microsoft.Web/sites/publishxml/action
    Microsoft.Web/sites/slots/config/list/action Microsoft.Web/sites/slots/publishxml/action
    Microsoft.Web/sites/sourcecontrols/write Microsoft.Web/sites/write
"""
_DATA = """
    Microsoft.AppConfiguration/configurationStores/keyValues/read Microsoft.Batch/batchAccounts/jobs/write
    Microsoft.Compute/virtualMachines/login/action Microsoft.Compute/virtualMachines/loginAsAdmin/action
    Microsoft.ContainerService/managedClusters/apps/daemonsets/write
    Microsoft.ContainerService/managedClusters/apps/deployments/write
    Microsoft.ContainerService/managedClusters/batch/jobs/write
    Microsoft.ContainerService/managedClusters/pods/exec/action
    Microsoft.ContainerService/managedClusters/pods/write
    Microsoft.ContainerService/managedClusters/rbac.authorization.k8s.io/clusterrolebindings/write
    Microsoft.HybridCompute/machines/loginAsAdmin/action Microsoft.KeyVault/vaults/certificates/backup/action
    Microsoft.KeyVault/vaults/keys/decrypt/action Microsoft.KeyVault/vaults/keys/sign/action
    Microsoft.KeyVault/vaults/keys/unwrap/action Microsoft.KeyVault/vaults/secrets/getSecret/action
    Microsoft.KeyVault/vaults/secrets/setSecret/action
    Microsoft.Storage/storageAccounts/blobServices/containers/blobs/delete
    Microsoft.Storage/storageAccounts/blobServices/containers/blobs/read
    Microsoft.Storage/storageAccounts/blobServices/containers/blobs/write
    Microsoft.Storage/storageAccounts/fileServices/fileshares/files/read
    Microsoft.Storage/storageAccounts/fileServices/fileshares/files/write
    Microsoft.Storage/storageAccounts/queueServices/queues/messages/read
    Microsoft.Storage/storageAccounts/queueServices/queues/messages/write
    Microsoft.Storage/storageAccounts/tableServices/tables/entities/read
"""

DOCUMENTED: Mapping[str, str] = MappingProxyType(
    {name.lower(): plane for plane, names in (("control", _CONTROL), ("data", _DATA)) for name in names.split()}
)
"""The plane of each, by its name in lower case."""

WRITTEN: Mapping[str, str] = MappingProxyType({name.lower(): name for name in (_CONTROL + _DATA).split()})
"""Each as Microsoft writes it, by its name in lower case."""
