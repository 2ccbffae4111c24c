"""Types of resources that are worth reading, and which of their properties are: what is not named here is not kept.

Properties of a resource may hold secrets (values of environment variables, parameters of workflows, scripts), and new
ones come with every version of an API: so those that are kept are listed, and not those that are dropped. Of a type
that is not listed, whatever has an identity is kept without its properties.
https://learn.microsoft.com/azure/templates/ says what each type has.
"""

from collections.abc import Mapping
from types import MappingProxyType

_NETWORK = ("publicNetworkAccess", "networkAcls.defaultAction", "networkAcls.bypass")
_STATE = ("provisioningState",)
_LOCAL = ("disableLocalAuth",)

_SITE = (
    "state",
    "enabled",
    "defaultHostName",
    "httpsOnly",
    "publicNetworkAccess",
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
    "publicNetworkAccess",
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

# As Microsoft writes the type -> what is kept of `properties`.
KEPT: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "Microsoft.ApiManagement/service": ("gatewayUrl", "publicNetworkAccess", "virtualNetworkType"),
        "Microsoft.App/containerApps": _CONTAINER_APP,
        "Microsoft.App/jobs": _CONTAINER_APP,
        "Microsoft.App/managedEnvironments": ("defaultDomain", "staticIp"),
        "Microsoft.App/sessionPools": ("environmentId", "poolManagementType"),
        "Microsoft.AppConfiguration/configurationStores": (*_LOCAL, "publicNetworkAccess", "endpoint"),
        "Microsoft.AppPlatform/Spring": (),
        "Microsoft.Automation/automationAccounts": (*_LOCAL, "publicNetworkAccess", "state"),
        "Microsoft.Batch/batchAccounts": (
            "accountEndpoint",
            "poolAllocationMode",
            "publicNetworkAccess",
            "allowedAuthenticationModes",
        ),
        "Microsoft.BotService/botServices": ("msaAppId", "msaAppType", "msaAppMSIResourceId", *_LOCAL),
        "Microsoft.Cache/redis": ("disableAccessKeyAuthentication", "publicNetworkAccess"),
        "Microsoft.CognitiveServices/accounts": (*_LOCAL, *_NETWORK, "endpoint"),
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
            "publicNetworkAccess",
            "loginServer",
        ),
        "Microsoft.ContainerService/managedClusters": _CLUSTER,
        "Microsoft.DBforMySQL/flexibleServers": ("network.publicNetworkAccess", "state"),
        "Microsoft.DBforPostgreSQL/flexibleServers": ("authConfig", "network.publicNetworkAccess", "state"),
        "Microsoft.DataFactory/factories": ("publicNetworkAccess", "purviewConfiguration.purviewResourceId"),
        "Microsoft.Databricks/accessConnectors": ("referedBy",),
        "Microsoft.Databricks/workspaces": (
            "workspaceId",
            "workspaceUrl",
            "managedResourceGroupId",
            "storageAccountIdentity.principalId",
            "publicNetworkAccess",
        ),
        "Microsoft.DevCenter/devcenters": (),
        "Microsoft.DevCenter/projects": ("devCenterId",),
        "Microsoft.Devices/IotHubs": (*_LOCAL, "publicNetworkAccess"),
        "Microsoft.DocumentDB/databaseAccounts": (
            *_LOCAL,
            "publicNetworkAccess",
            "disableKeyBasedMetadataWriteAccess",
            "defaultIdentity",
        ),
        "Microsoft.EventGrid/systemTopics": ("source", "topicType"),
        "Microsoft.EventGrid/topics": (*_LOCAL, "publicNetworkAccess"),
        "Microsoft.EventHub/namespaces": (*_LOCAL, "publicNetworkAccess"),
        "Microsoft.HDInsight/clusters": (),
        "Microsoft.HybridCompute/machines": ("status", "osType", "vmId", "agentVersion", "machineFqdn"),
        "Microsoft.Insights/dataCollectionRules": (),
        "Microsoft.KeyVault/managedHSMs": ("publicNetworkAccess", "enablePurgeProtection", "hsmUri"),
        "Microsoft.KeyVault/vaults": (
            *_NETWORK,
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
        "Microsoft.Kusto/clusters": ("publicNetworkAccess", "uri"),
        "Microsoft.LoadTestService/loadTests": (),
        "Microsoft.Logic/integrationAccounts": ("state",),
        "Microsoft.Logic/workflows": ("state", "accessEndpoint?", "integrationAccount.id"),
        "Microsoft.MachineLearningServices/workspaces": (
            "publicNetworkAccess",
            "storageAccount",
            "keyVault",
            "containerRegistry",
            "primaryUserAssignedIdentity",
            "systemDatastoresAuthMode",
            "hubResourceId",
        ),
        "Microsoft.MachineLearningServices/workspaces/onlineEndpoints": ("authMode", "publicNetworkAccess"),
        "Microsoft.ManagedIdentity/userAssignedIdentities": (
            "principalId",
            "clientId",
            "tenantId",
            "isolationScope",
        ),
        "Microsoft.Media/mediaservices": (),
        "Microsoft.Network/applicationGateways": (),
        "Microsoft.Network/firewallPolicies": (),
        "Microsoft.OperationalInsights/workspaces": ("features.disableLocalAuth",),
        "Microsoft.Purview/accounts": ("publicNetworkAccess",),
        "Microsoft.RecoveryServices/vaults": ("publicNetworkAccess",),
        "Microsoft.RedHatOpenShift/openShiftClusters": (
            "clusterProfile.resourceGroupId",
            "clusterProfile.oidcIssuer",
            "servicePrincipalProfile.clientId",
            "platformWorkloadIdentityProfile",
        ),
        "Microsoft.Resources/deploymentScripts": ("cleanupPreference",),
        "Microsoft.Search/searchServices": (*_LOCAL, "publicNetworkAccess", "authOptions"),
        "Microsoft.ServiceBus/namespaces": (*_LOCAL, "publicNetworkAccess"),
        "Microsoft.ServiceFabric/managedClusters": (),
        "Microsoft.SignalRService/SignalR": (*_LOCAL, "publicNetworkAccess"),
        "Microsoft.Sql/managedInstances": ("administrators.azureADOnlyAuthentication", "publicDataEndpointEnabled"),
        "Microsoft.Sql/servers": (
            "administrators.azureADOnlyAuthentication",
            "administrators.sid",
            "administrators.principalType",
            "publicNetworkAccess",
            "primaryUserAssignedIdentityId",
            "state",
        ),
        "Microsoft.Storage/storageAccounts": (
            *_NETWORK,
            "allowSharedKeyAccess",
            "allowBlobPublicAccess",
            "defaultToOAuthAuthentication",
            "isHnsEnabled",
            "isSftpEnabled",
            "isLocalUserEnabled",
            "sasPolicy",
            "keyPolicy",
            "keyCreationTime",
        ),
        "Microsoft.StreamAnalytics/streamingjobs": ("jobState",),
        "Microsoft.Synapse/workspaces": (
            "publicNetworkAccess",
            "azureADOnlyAuthentication",
            "managedResourceGroupName",
            "defaultDataLakeStorage.accountUrl",
            "trustedServiceBypassEnabled",
        ),
        "Microsoft.VirtualMachineImages/imageTemplates": (),
        "Microsoft.Web/connections": ("api.id", "overallStatus"),
        "Microsoft.Web/hostingEnvironments": ("status",),
        "Microsoft.Web/serverFarms": ("status",),
        "Microsoft.Web/sites": _SITE,
        "Microsoft.Web/sites/slots": _SITE,
        "Microsoft.Web/staticSites": ("defaultHostname", "repositoryUrl?", "publicNetworkAccess"),
    }
)

# Read also where they have no identity of their own: what holds data or secrets, or is an identity.
NAMED: tuple[str, ...] = (
    "Microsoft.AppConfiguration/configurationStores",
    "Microsoft.Automation/automationAccounts",
    "Microsoft.Batch/batchAccounts",
    "Microsoft.ContainerRegistry/registries",
    "Microsoft.ContainerService/managedClusters",
    "Microsoft.DocumentDB/databaseAccounts",
    "Microsoft.EventHub/namespaces",
    "Microsoft.KeyVault/managedHSMs",
    "Microsoft.KeyVault/vaults",
    "Microsoft.ManagedIdentity/userAssignedIdentities",
    "Microsoft.ServiceBus/namespaces",
    "Microsoft.Sql/servers",
    "Microsoft.Storage/storageAccounts",
    "Microsoft.Web/sites",
)


def read_action(type_: str) -> str:
    """Return the action that reads resources of a type."""
    return f"{type_}/read"


BY_TYPE: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {type_.lower(): (*_STATE, *paths) for type_, paths in KEPT.items()}
)
