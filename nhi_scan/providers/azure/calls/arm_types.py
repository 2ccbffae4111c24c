"""Types of resources that are worth reading, and which of their properties are: what is not named here is not kept.

Properties of a resource may hold secrets (values of environment variables, parameters of workflows, scripts), and new
ones come with every version of an API: so those that are kept are listed, and not those that are dropped. Of a type
that is not listed, whatever has an identity is kept without its properties.
https://learn.microsoft.com/azure/templates/ says what each type has.
"""

from collections.abc import Mapping
from types import MappingProxyType

# Kept of every type below: whether it runs, who may reach it, how old it is.
_EVERY = (
    "provisioningState",
    "state",
    "status",
    "jobState",
    "runningStatus",
    "powerState.code",
    "instanceView.state",
    "creationTime",
    "publicNetworkAccess",
    "network.publicNetworkAccess",
    "networkAcls.defaultAction",
    "networkAcls.bypass",
    "networkRuleSet.defaultAction",
)
_LOCAL = ("disableLocalAuth",)

_SITE = (
    "enabled",
    "defaultHostName",
    "httpsOnly",
    "keyVaultReferenceIdentity",
    "serverFarmId",
    "clientCertEnabled",
    "siteConfig.acrUseManagedIdentityCreds",
    "siteConfig.acrUserManagedIdentityID",
)
_CLUSTER = (
    "kubernetesVersion",
    "nodeResourceGroup",
    "fqdn",
    "privateFQDN",
    "enableRBAC",
    "disableLocalAccounts",
    "aadProfile.managed",
    "aadProfile.enableAzureRBAC",
    "aadProfile.adminGroupObjectIDs",
    "oidcIssuerProfile",
    "securityProfile.workloadIdentity",
    "identityProfile",
    "podIdentityProfile.enabled",
    "servicePrincipalProfile.clientId",
    "apiServerAccessProfile.enablePrivateCluster",
    "apiServerAccessProfile.authorizedIPRanges",
    "agentPoolProfiles.name",
    "agentPoolProfiles.mode",
    "agentPoolProfiles.count",
)
_CONTAINER_APP = (
    "managedEnvironmentId",
    "environmentId",
    "configuration.ingress.external",
    "configuration.ingress.fqdn",
    "configuration.registries.server",
    "configuration.registries.identity",
    "configuration.identitySettings",
    "configuration.triggerType",
    "template.containers.name",
    "template.containers.image",
)

# As Microsoft writes the type -> what is kept of `properties`. Each takes an action of its own, and a custom role with
# an action that no provider has is refused: what was retired is not here.
KEPT: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "Microsoft.ApiManagement/service": ("gatewayUrl", "virtualNetworkType"),
        "Microsoft.App/containerApps": _CONTAINER_APP,
        "Microsoft.App/jobs": _CONTAINER_APP,
        "Microsoft.App/managedEnvironments": ("defaultDomain", "staticIp"),
        "Microsoft.App/sessionPools": ("environmentId", "poolManagementType"),
        "Microsoft.AppConfiguration/configurationStores": (*_LOCAL, "endpoint"),
        "Microsoft.AppPlatform/Spring": (),
        "Microsoft.Automation/automationAccounts": _LOCAL,
        "Microsoft.Batch/batchAccounts": (
            "accountEndpoint",
            "poolAllocationMode",
            "allowedAuthenticationModes",
        ),
        "Microsoft.Batch/batchAccounts/pools": (),
        "Microsoft.BotService/botServices": ("msaAppId", "msaAppType", "msaAppMSIResourceId", *_LOCAL),
        "Microsoft.Cache/redisEnterprise": (),
        "Microsoft.Chaos/experiments": (),
        "Microsoft.Cache/redis": ("disableAccessKeyAuthentication",),
        "Microsoft.CognitiveServices/accounts": (*_LOCAL, "endpoint"),
        "Microsoft.CognitiveServices/accounts/projects": ("endpoints",),
        "Microsoft.Compute/diskEncryptionSets": ("encryptionType", "activeKey.sourceVault.id"),
        "Microsoft.Compute/virtualMachineScaleSets": (
            "orchestrationMode",
            "virtualMachineProfile.storageProfile.osDisk.osType",
        ),
        "Microsoft.Compute/virtualMachines": (
            "vmId",
            "storageProfile.osDisk.osType",
            "virtualMachineScaleSet.id",
            "extended.instanceView.powerState.code",
            "networkProfile.networkInterfaces.id",
        ),
        "Microsoft.ContainerInstance/containerGroups": (
            "osType",
            "containers.name",
            "containers.properties.image",
            "ipAddress.type",
            "ipAddress.fqdn",
            "imageRegistryCredentials.server",
            "imageRegistryCredentials.identity",
        ),
        "Microsoft.ContainerRegistry/registries": (
            "adminUserEnabled",
            "anonymousPullEnabled",
            "loginServer",
        ),
        "Microsoft.ContainerRegistry/registries/tasks": (),
        "Microsoft.ContainerService/managedClusters": _CLUSTER,
        "Microsoft.DBforMySQL/flexibleServers": (),
        "Microsoft.DBforPostgreSQL/flexibleServers": ("authConfig",),
        "Microsoft.DataProtection/backupVaults": (),
        "Microsoft.DevOpsInfrastructure/pools": (),
        "Microsoft.DataFactory/factories": ("purviewConfiguration.purviewResourceId",),
        "Microsoft.Databricks/accessConnectors": ("referedBy",),
        "Microsoft.Databricks/workspaces": (
            "workspaceId",
            "workspaceUrl",
            "managedResourceGroupId",
            "storageAccountIdentity.principalId",
        ),
        "Microsoft.DevCenter/devcenters": (),
        "Microsoft.DevCenter/projects": ("devCenterId",),
        "Microsoft.Devices/IotHubs": _LOCAL,
        "Microsoft.DocumentDB/databaseAccounts": (
            *_LOCAL,
            "disableKeyBasedMetadataWriteAccess",
            "defaultIdentity",
        ),
        "Microsoft.EventGrid/systemTopics": ("source", "topicType"),
        "Microsoft.EventGrid/topics": _LOCAL,
        "Microsoft.EventHub/namespaces": _LOCAL,
        "Microsoft.HDInsight/clusters": (),
        "Microsoft.HybridCompute/machines": ("osType", "vmId", "agentVersion", "machineFqdn"),
        "Microsoft.Insights/dataCollectionRules": (),
        "Microsoft.KeyVault/managedHSMs": ("enablePurgeProtection", "hsmUri"),
        "Microsoft.KeyVault/vaults": (
            "accessPolicies",
            "enableRbacAuthorization",
            "enablePurgeProtection",
            "enableSoftDelete",
            "softDeleteRetentionInDays",
            "enabledForDeployment",
            "enabledForDiskEncryption",
            "enabledForTemplateDeployment",
            "vaultUri",
            "tenantId",
        ),
        "Microsoft.Kubernetes/connectedClusters": (
            "oidcIssuerProfile",
            "securityProfile.workloadIdentity",
            "connectivityStatus",
            "distribution",
        ),
        "Microsoft.KubernetesConfiguration/extensions": ("extensionType", "aksAssignedIdentity"),
        "Microsoft.Kusto/clusters": ("uri",),
        "Microsoft.LoadTestService/loadTests": (),
        "Microsoft.Logic/integrationAccounts": (),
        "Microsoft.Logic/workflows": ("accessEndpoint?", "integrationAccount.id"),
        "Microsoft.MachineLearningServices/workspaces": (
            "storageAccount",
            "keyVault",
            "containerRegistry",
            "primaryUserAssignedIdentity",
            "systemDatastoresAuthMode",
            "hubResourceId",
        ),
        "Microsoft.MachineLearningServices/workspaces/computes": ("computeType",),
        "Microsoft.MachineLearningServices/workspaces/onlineEndpoints": ("authMode",),
        "Microsoft.ManagedIdentity/userAssignedIdentities": (
            "principalId",
            "clientId",
            "tenantId",
            "isolationScope",
        ),
        "Microsoft.Network/applicationGateways": (),
        "Microsoft.Network/firewallPolicies": (),
        "Microsoft.OperationalInsights/workspaces": ("features.disableLocalAuth",),
        "Microsoft.Purview/accounts": (),
        "Microsoft.RecoveryServices/vaults": (),
        "Microsoft.RedHatOpenShift/openShiftClusters": (
            "clusterProfile.resourceGroupId",
            "clusterProfile.oidcIssuer",
            "servicePrincipalProfile.clientId",
            "platformWorkloadIdentityProfile",
        ),
        "Microsoft.Resources/deploymentScripts": ("cleanupPreference",),
        "Microsoft.Search/searchServices": (*_LOCAL, "authOptions"),
        "Microsoft.ServiceBus/namespaces": _LOCAL,
        "Microsoft.ServiceFabric/managedClusters": (),
        "Microsoft.SignalRService/SignalR": _LOCAL,
        "Microsoft.Sql/managedInstances": ("administrators.azureADOnlyAuthentication", "publicDataEndpointEnabled"),
        "Microsoft.Sql/servers": (
            "administrators.azureADOnlyAuthentication",
            "administrators.sid",
            "administrators.principalType",
            "primaryUserAssignedIdentityId",
        ),
        "Microsoft.Storage/storageAccounts": (
            "allowSharedKeyAccess",
            "allowBlobPublicAccess",
            "defaultToOAuthAuthentication",
            "supportsHttpsTrafficOnly",
            "isHnsEnabled",
            "isSftpEnabled",
            "isLocalUserEnabled",
            "sasPolicy",
            "keyPolicy",
            "keyCreationTime",
        ),
        "Microsoft.StreamAnalytics/streamingjobs": (),
        "Microsoft.Synapse/workspaces": (
            "azureADOnlyAuthentication",
            "managedResourceGroupName",
            "defaultDataLakeStorage.accountUrl",
            "trustedServiceBypassEnabled",
        ),
        "Microsoft.VirtualMachineImages/imageTemplates": (),
        "Microsoft.Web/connections": ("api.id", "overallStatus"),
        "Microsoft.Web/hostingEnvironments": (),
        "Microsoft.Web/serverFarms": (),
        "Microsoft.Web/sites": _SITE,
        "Microsoft.Web/sites/slots": _SITE,
        "Microsoft.Web/staticSites": ("defaultHostname", "repositoryUrl?"),
    }
)

# Read also where they have no identity of their own: what holds data or secrets, or is an identity.
NAMED: tuple[str, ...] = (
    "Microsoft.AppConfiguration/configurationStores",
    "Microsoft.Automation/automationAccounts",
    "Microsoft.Batch/batchAccounts",
    "Microsoft.Cache/redis",
    "Microsoft.CognitiveServices/accounts",
    "Microsoft.ContainerRegistry/registries",
    "Microsoft.ContainerService/managedClusters",
    "Microsoft.DBforMySQL/flexibleServers",
    "Microsoft.DBforPostgreSQL/flexibleServers",
    "Microsoft.DocumentDB/databaseAccounts",
    "Microsoft.EventHub/namespaces",
    "Microsoft.KeyVault/managedHSMs",
    "Microsoft.KeyVault/vaults",
    "Microsoft.Kusto/clusters",
    "Microsoft.ManagedIdentity/userAssignedIdentities",
    "Microsoft.OperationalInsights/workspaces",
    "Microsoft.RecoveryServices/vaults",
    "Microsoft.Search/searchServices",
    "Microsoft.ServiceBus/namespaces",
    "Microsoft.Sql/managedInstances",
    "Microsoft.Sql/servers",
    "Microsoft.Storage/storageAccounts",
    "Microsoft.Web/sites",
)


def read_action(type_: str) -> str:
    """Return the action that reads resources of a type."""
    return f"{type_}/read"


BY_TYPE: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {type_.lower(): (*_EVERY, *paths) for type_, paths in KEPT.items()}
)
