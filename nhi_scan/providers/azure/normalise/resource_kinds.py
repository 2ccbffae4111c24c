"""Resources that are worth naming, by their type in Resource Manager, and what a loss of each would be of.

https://learn.microsoft.com/azure/azure-resource-manager/management/azure-services-resource-providers
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Literal

Sensitivity = Literal["none", "data", "secret", "key", "control"]

# Type -> kind, sensitivity.
RESOURCES: Mapping[str, tuple[str, Sensitivity | None]] = MappingProxyType(
    {
        "microsoft.managedidentity/userassignedidentities": ("user_assigned_identity", "control"),
        "microsoft.keyvault/vaults": ("key_vault", "secret"),
        "microsoft.keyvault/managedhsms": ("managed_hsm", "key"),
        "microsoft.storage/storageaccounts": ("storage_account", "data"),
        "microsoft.sql/servers": ("sql_server", "data"),
        "microsoft.sql/managedinstances": ("sql_managed_instance", "data"),
        "microsoft.documentdb/databaseaccounts": ("cosmosdb_account", "data"),
        "microsoft.dbforpostgresql/flexibleservers": ("postgresql_server", "data"),
        "microsoft.dbforpostgresql/servers": ("postgresql_server", "data"),
        "microsoft.dbformysql/flexibleservers": ("mysql_server", "data"),
        "microsoft.dbformysql/servers": ("mysql_server", "data"),
        "microsoft.cache/redis": ("redis_cache", "data"),
        "microsoft.cache/redisenterprise": ("redis_cache", "data"),
        "microsoft.containerregistry/registries": ("container_registry", "data"),
        "microsoft.appconfiguration/configurationstores": ("app_configuration", "secret"),
        "microsoft.servicebus/namespaces": ("service_bus_namespace", "data"),
        "microsoft.eventhub/namespaces": ("event_hub_namespace", "data"),
        "microsoft.kusto/clusters": ("data_explorer_cluster", "data"),
        "microsoft.cognitiveservices/accounts": ("cognitive_services_account", "data"),
        "microsoft.search/searchservices": ("search_service", "data"),
        "microsoft.recoveryservices/vaults": ("recovery_services_vault", "data"),
        "microsoft.dataprotection/backupvaults": ("backup_vault", "data"),
        "microsoft.operationalinsights/workspaces": ("log_analytics_workspace", "data"),
        "microsoft.compute/disks": ("managed_disk", "data"),
        "microsoft.compute/snapshots": ("disk_snapshot", "data"),
    }
)

# Types whose keys let anybody in who has them, and the property that turns that off -> what it says then.
LOCAL_AUTH: Mapping[str, tuple[str, str]] = MappingProxyType(
    {
        "microsoft.documentdb/databaseaccounts": ("disableLocalAuth", "true"),
        "microsoft.servicebus/namespaces": ("disableLocalAuth", "true"),
        "microsoft.eventhub/namespaces": ("disableLocalAuth", "true"),
        "microsoft.appconfiguration/configurationstores": ("disableLocalAuth", "true"),
        "microsoft.cognitiveservices/accounts": ("disableLocalAuth", "true"),
        "microsoft.search/searchservices": ("disableLocalAuth", "true"),
        "microsoft.containerregistry/registries": ("adminUserEnabled", "false"),
        "microsoft.cache/redis": ("disableAccessKeyAuthentication", "true"),
        "microsoft.sql/servers": ("administrators.azureADOnlyAuthentication", "true"),
        "microsoft.sql/managedinstances": ("administrators.azureADOnlyAuthentication", "true"),
    }
)
