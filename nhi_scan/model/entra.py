"""Names of Microsoft Entra that more than one part of the program must spell alike."""

from collections.abc import Mapping
from types import MappingProxyType

# Whoever there is: all users, service principals and managed identities of the tenant, in a deny assignment.
# https://learn.microsoft.com/azure/role-based-access-control/deny-assignments#deny-assignment-properties
EVERYONE = "00000000-0000-0000-0000-000000000000"

GRAPH = "00000003-0000-0000-c000-000000000000"

# Tenants that own the applications that Microsoft itself runs in every tenant.
# https://learn.microsoft.com/troubleshoot/entra/entra-id/governance/verify-first-party-apps-sign-in names those of the
# public cloud; those of US Government and of China are the ones that CISA's ScubaGear looks for
# (https://github.com/cisagov/ScubaGear), and in which Microsoft's own bots sign in there
# (https://docs.azure.cn/en-us/bot-service/how-to-deploy-china-cloud).
FIRST_PARTY_TENANTS = frozenset(
    {
        "f8cdef31-a31e-4b4a-93e4-5f571e91255a",
        "72f988bf-86f1-41af-91ab-2d7cd011db47",
        "cab8a31a-1906-4287-a0d8-4eef66b95f6e",  # US Government
        "a55a4d5b-9241-49b1-b4ff-befa8db00269",  # China
    }
)

_APIS: Mapping[str, str] = MappingProxyType(
    {
        GRAPH: "Microsoft.Graph",
        "00000002-0000-0000-c000-000000000000": "Windows.Azure.ActiveDirectory",  # Azure AD Graph, retired
        "00000002-0000-0ff1-ce00-000000000000": "Office365.Exchange",
        "00000003-0000-0ff1-ce00-000000000000": "Office365.SharePoint",
    }
)


def app_role_action(app_id: str, value: str) -> str:
    """Return how an application permission is written as an action: `Microsoft.Graph/Application.ReadWrite.All`.

    Args:
        app_id: application id of the API that declares it.
        value: the value of its app role.
    """
    return f"{_APIS.get(app_id.lower(), app_id.lower())}/{value}"


def delegated_action(app_id: str, value: str) -> str:
    """Return how a delegated permission is written as an action: `Microsoft.Graph/delegated/Mail.Read`."""
    return f"{_APIS.get(app_id.lower(), app_id.lower())}/delegated/{value}"
