"""The least an application must be allowed for a collection of Azure and Entra, computed from the call tables.

Two things that have nothing to do with each other: application permissions of Microsoft Graph, to which an
administrator consents, and a custom role of Azure that is given on the management group (or the subscriptions) to
collect. `nhi-scan permissions azure` prints both: as JSON, as commands of the Azure CLI, and as Terraform. Nothing is
written by hand: a new row of a table widens them by what it needs.

https://learn.microsoft.com/graph/permissions-reference and
https://learn.microsoft.com/azure/role-based-access-control/custom-roles
"""

import json
from collections.abc import Iterable

from nhi_scan.model.entra import GRAPH
from nhi_scan.model.errors import UserError
from nhi_scan.providers import Call
from nhi_scan.providers.azure.calls.arm import ARM
from nhi_scan.providers.azure.calls.arm_graph import RESOURCE_GRAPH
from nhi_scan.providers.azure.calls.graph import SWEEP, USAGE
from nhi_scan.providers.azure.calls.graph_follow import FOLLOWED, NAMED

ROLE = "nhi-scan"
DESCRIPTION = "What nhi-scan reads; generated from its table of calls"
FORMATS = ("json", "az", "terraform")
_SCOPE = "/providers/Microsoft.Management/managementGroups/{}"


def graph_rows(*, usage: bool) -> tuple[Call, ...]:
    """Choose the calls to Microsoft Graph that a collection makes.

    Args:
        usage: with those of `--usage`.
    """
    return (*SWEEP, *FOLLOWED, *NAMED, *(USAGE if usage else ()))


def permissions(calls: Iterable[Call]) -> tuple[str, ...]:
    """All that calls need, sorted, each once."""
    return tuple(sorted({permission for call in calls for permission in call.permissions}, key=str.lower))


def application_permissions(*, usage: bool) -> tuple[str, ...]:
    """Values of the application permissions of Microsoft Graph that a collection needs."""
    return permissions(graph_rows(usage=usage))


def actions() -> tuple[str, ...]:
    """Actions of Azure Resource Manager that a collection needs, all of them on the control plane."""
    return permissions((*RESOURCE_GRAPH, *ARM))


def render(format: str, *, usage: bool, organization: bool, project: bool = False) -> str:  # noqa: A002, ARG001 - the words of the command line
    """Write down what is needed.

    Args:
        format: `json`, `az` or `terraform`.
        usage: with the calls of `--usage`.
        organization: changes nothing: a collection is of a whole tenant.
        project: no such thing in Azure.

    Raises:
        UserError: no such format, or a project was asked for.
    """
    if project:
        raise UserError(
            "`--project` is for `gcp`: give the custom role on the subscriptions or management groups to collect"
        )
    needed, allowed = application_permissions(usage=usage), actions()
    if format == "json":
        return json.dumps(_document(needed, allowed), indent=2) + "\n"
    if format == "az":
        return _az(needed, allowed)
    if format == "terraform":
        return _terraform(needed, allowed)
    raise UserError(f"unknown format `{format}`: it is one of {', '.join(f'`{name}`' for name in FORMATS)}")


def _document(needed: tuple[str, ...], allowed: tuple[str, ...]) -> dict[str, object]:
    """Write both as JSON; `customRole` is what `az role definition create` takes."""
    return {"graphApplicationPermissions": list(needed), "customRole": _role(allowed, "ROOT_MANAGEMENT_GROUP")}


def _role(allowed: tuple[str, ...], group: str) -> dict[str, object]:
    return {
        "Name": ROLE,
        "IsCustom": True,
        "Description": DESCRIPTION,
        "Actions": list(allowed),
        "NotActions": [],
        "DataActions": [],
        "NotDataActions": [],
        "AssignableScopes": [_SCOPE.format(group)],
    }


_ABOUT_GRAPH = """\
# 1. Microsoft Graph. Application permissions of the service principal that nhi-scan signs in as; an administrator
# consents to each, which is what an app role assignment does. A managed identity takes them in the same way. What is
# missing costs only the parts that need it: they are told as coverage, with the permission that would close the gap.
"""
_ABOUT_ARM = """\
# 2. Azure. A custom role, given on the root management group (its name is the id of the tenant): then all subscriptions
# are seen, and what is above them. Given on less, less is seen, and the coverage says so. It only reads, and nothing of
# the data plane: no secret, no key, no blob.
"""


def _az(needed: tuple[str, ...], allowed: tuple[str, ...]) -> str:
    """Write commands that grant both.

    https://learn.microsoft.com/graph/permissions-grant-via-msgraph,
    https://learn.microsoft.com/cli/azure/role/definition#az-role-definition-create and, of who may run them,
    https://learn.microsoft.com/azure/role-based-access-control/elevate-access-global-admin
    """
    role = (
        json.dumps(_role(allowed, "'\"$ROOT_MANAGEMENT_GROUP\"'"), indent=2)
        .replace("'\\\"", "'\"")
        .replace("\\\"'", "\"'")
    )
    names = " \\\n  ".join(needed)
    return f"""\
# For bash, as in Cloud Shell. 1 takes a Privileged Role Administrator of the directory; 2 an Owner or User Access
# Administrator of the root management group, which a Global Administrator can become by elevating access. Run again, it
# complains of what is there already, adds the rest, and brings the custom role up to date.
# PRINCIPAL_ID is the object id of the service principal (not of the application, and not its application id).
: "${{PRINCIPAL_ID:?}}"
ROOT_MANAGEMENT_GROUP="${{ROOT_MANAGEMENT_GROUP:-$(az account show --query tenantId --output tsv)}}"

{_ABOUT_GRAPH}GRAPH_URL="$(az cloud show --query endpoints.microsoftGraphResourceId --output tsv)"
GRAPH_ID="$(az ad sp show --id {GRAPH} --query id --output tsv)"
for PERMISSION in \\
  {names}; do
  ROLE_ID="$(az ad sp show --id {GRAPH} --output tsv --query "appRoles[?value=='$PERMISSION'].id | [0]")"
  [ -n "$ROLE_ID" ] || {{ echo "this cloud has no permission $PERMISSION" >&2; continue; }}
  az rest --method POST --uri "${{GRAPH_URL}}v1.0/servicePrincipals/$PRINCIPAL_ID/appRoleAssignments" --body \\
    "{{\\"principalId\\": \\"$PRINCIPAL_ID\\", \\"resourceId\\": \\"$GRAPH_ID\\", \\"appRoleId\\": \\"$ROLE_ID\\"}}"
done

{_ABOUT_ARM}ROLE_DEFINITION='{role}'
SCOPE="{_SCOPE.format("$ROOT_MANAGEMENT_GROUP")}"
FOUND="$(az role definition list --name {ROLE} --custom-role-only true --scope "$SCOPE" --query '[].id' --output tsv)"
if [ -n "$FOUND" ]; then
  az role definition update --role-definition "$ROLE_DEFINITION"
else
  az role definition create --role-definition "$ROLE_DEFINITION"
fi
az role assignment create --role {ROLE} --assignee-object-id "$PRINCIPAL_ID" \\
  --assignee-principal-type ServicePrincipal \\
  --scope "$SCOPE"
"""


def _terraform(needed: tuple[str, ...], allowed: tuple[str, ...]) -> str:
    """Write both for Terraform, formatted as `terraform fmt` does.

    https://registry.terraform.io/providers/hashicorp/azuread/latest/docs/resources/app_role_assignment and
    https://registry.terraform.io/providers/hashicorp/azurerm/latest/docs/resources/role_definition
    """
    return _TERRAFORM.format(
        graph=GRAPH,
        role=ROLE,
        description=DESCRIPTION,
        scope=_SCOPE.format("${var.root_management_group}"),
        permissions="".join(f'    "{permission}",\n' for permission in needed),
        actions="".join(f'      "{action}",\n' for action in allowed),
        about_graph=_ABOUT_GRAPH,
        about_arm=_ABOUT_ARM,
    )


_TERRAFORM = """\
variable "principal_id" {{
  description = "Object id of the service principal that nhi-scan signs in as"
  type        = string
}}

variable "root_management_group" {{
  description = "Name of the root management group: the id of the tenant"
  type        = string
}}

{about_graph}data "azuread_service_principal" "graph" {{
  client_id = "{graph}"
}}

resource "azuread_app_role_assignment" "nhi_scan" {{
  for_each = toset([
{permissions}  ])

  app_role_id         = data.azuread_service_principal.graph.app_role_ids[each.value]
  principal_object_id = var.principal_id
  resource_object_id  = data.azuread_service_principal.graph.object_id
}}

{about_arm}resource "azurerm_role_definition" "nhi_scan" {{
  name              = "{role}"
  description       = "{description}"
  scope             = "{scope}"
  assignable_scopes = ["{scope}"]

  permissions {{
    actions = [
{actions}    ]
  }}
}}

resource "azurerm_role_assignment" "nhi_scan" {{
  scope              = "{scope}"
  role_definition_id = azurerm_role_definition.nhi_scan.role_definition_resource_id
  principal_id       = var.principal_id
  principal_type     = "ServicePrincipal"
}}
"""
