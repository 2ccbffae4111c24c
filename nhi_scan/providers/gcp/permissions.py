"""The least a principal must be allowed for a collection of Google Cloud, computed from the call table.

`nhi-scan permissions gcp` prints it as a custom role: as the JSON that IAM's API takes, as commands of gcloud, and as
Terraform. Nothing is written by hand: a new row of the table widens the role by what it needs.

https://cloud.google.com/iam/docs/creating-custom-roles
"""

import json
from collections.abc import Iterable

from nhi_scan.model.errors import UserError
from nhi_scan.providers import Call
from nhi_scan.providers.gcp.calls import (
    ASSETS,
    DENY,
    GROUPS,
    ORGANIZATION,
    PROJECT_IDENTITIES,
    PROJECT_ONLY,
    PROJECT_POLICIES,
    PROJECT_WORKLOADS,
    SEARCH,
)
from nhi_scan.providers.gcp.calls.hierarchy import ORGANIZATIONS, PROJECT

ROLE = "nhiScan"  # https://cloud.google.com/iam/docs/reference/rest/v1/organizations.roles/create: no hyphens
TITLE = "nhi-scan"
DESCRIPTION = "What nhi-scan reads; generated from its table of calls"
FORMATS = ("json", "gcloud", "terraform")

# The directory's groups are no resources of Google Cloud: an administrator role of theirs is needed beside this one.
_GROUPS_NOTE = (
    "Members of groups: give the principal the administrator role `Groups Reader` in the Admin console; "
    "no role of IAM can."
)


def rows(*, usage: bool, organization: bool) -> tuple[Call, ...]:
    """Choose the calls that a collection makes.

    Args:
        usage: with those of `--usage`.
        organization: of a whole organization; else of a project by the APIs of its own.
    """
    if organization:
        chosen: tuple[Call, ...] = (ORGANIZATIONS, *ASSETS, *SEARCH, *ORGANIZATION, *DENY, *GROUPS)
    else:
        chosen = (PROJECT, *PROJECT_IDENTITIES, *PROJECT_WORKLOADS, *PROJECT_POLICIES, *DENY, *GROUPS)
    return (*chosen, *PROJECT_ONLY) if usage else chosen


def permissions(calls: Iterable[Call]) -> tuple[str, ...]:
    """All permissions that calls need, sorted, each once."""
    return tuple(sorted({permission for call in calls for permission in call.permissions}))


def render(format: str, *, usage: bool, organization: bool) -> str:  # noqa: A002 - the word of the command line
    """Write the custom role down.

    Args:
        format: `json`, `gcloud` or `terraform`.
        usage: with the calls of `--usage`.
        organization: changes nothing: without options a collection is of whole organizations.

    Raises:
        UserError: no such format.
    """
    del organization
    needed = permissions(rows(usage=usage, organization=True))
    if format == "json":
        role = {
            "title": TITLE,
            "description": DESCRIPTION,
            "stage": "GA",
            "includedPermissions": list(needed),
        }
        return json.dumps(role, indent=2) + "\n"
    if format == "gcloud":
        return _gcloud(needed)
    if format == "terraform":
        return _terraform(needed)
    raise UserError(f"unknown format `{format}`: it is one of {', '.join(f'`{name}`' for name in FORMATS)}")


def _gcloud(needed: tuple[str, ...]) -> str:
    """Write commands that make the role and give it: https://cloud.google.com/sdk/gcloud/reference/iam/roles/create."""
    return (
        f"gcloud iam roles create {ROLE} --organization=$ORGANIZATION_ID \\\n"
        f'  --title="{TITLE}" --description="{DESCRIPTION}" --stage=GA \\\n'
        f"  --permissions={','.join(needed)}\n\n"
        "gcloud organizations add-iam-policy-binding $ORGANIZATION_ID --condition=None \\\n"
        f"  --member=$MEMBER --role=organizations/$ORGANIZATION_ID/roles/{ROLE}\n\n"
        f"# {_GROUPS_NOTE}\n"
    )


def _terraform(needed: tuple[str, ...]) -> str:
    """Write the role for Terraform's Google provider, formatted as `terraform fmt` does.

    https://registry.terraform.io/providers/hashicorp/google/latest/docs/resources/google_organization_iam_custom_role
    """
    lines = "".join(f'    "{permission}",\n' for permission in needed)
    return _TERRAFORM.format(role=ROLE, title=TITLE, description=DESCRIPTION, permissions=lines, note=_GROUPS_NOTE)


_TERRAFORM = """\
variable "organization_id" {{
  description = "Number of the organization"
  type        = string
}}

variable "member" {{
  description = "Who runs nhi-scan: serviceAccount:EMAIL, user:EMAIL or principal://..."
  type        = string
}}

resource "google_organization_iam_custom_role" "nhi_scan" {{
  org_id      = var.organization_id
  role_id     = "{role}"
  title       = "{title}"
  description = "{description}"
  stage       = "GA"

  permissions = [
{permissions}  ]
}}

resource "google_organization_iam_member" "nhi_scan" {{
  org_id = var.organization_id
  role   = google_organization_iam_custom_role.nhi_scan.name
  member = var.member
}}

# {note}
"""
