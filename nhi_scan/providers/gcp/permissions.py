"""The least a principal must be allowed for a collection of Google Cloud, computed from the call table.

`nhi-scan permissions gcp` prints it as a custom role: as the JSON that IAM's API takes, as commands of gcloud, and as
Terraform. Nothing is written by hand: a new row of the table widens the role by what it needs.

https://cloud.google.com/iam/docs/creating-custom-roles
"""

import json
from collections.abc import Iterable
from dataclasses import dataclass

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
from nhi_scan.providers.gcp.calls.hierarchy import ANCESTRY, FOLDER, ORGANIZATIONS, PROJECT
from nhi_scan.providers.gcp.calls.hierarchy import ORGANIZATION as ABOVE_ALL
from nhi_scan.providers.gcp.calls.identities import OF_ANY_SCOPE
from nhi_scan.providers.gcp.calls.policies import ABOVE

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
        chosen = (PROJECT, ANCESTRY, *PROJECT_IDENTITIES, *PROJECT_WORKLOADS, *PROJECT_POLICIES, *DENY, *GROUPS)
    return (*chosen, *PROJECT_ONLY) if usage else chosen


def rows_above() -> tuple[Call, ...]:
    """The calls about the folders and the organization above a project or folder, whose policies it inherits."""
    identities = [call for call in PROJECT_IDENTITIES if call.kind in OF_ANY_SCOPE]
    boundaries = [call for call in ORGANIZATION if call.kind.startswith("iam-pab-")]
    return (FOLDER, ABOVE_ALL, *ABOVE, *identities, *DENY, *boundaries)


def permissions(calls: Iterable[Call]) -> tuple[str, ...]:
    """All permissions that calls need, sorted, each once."""
    return tuple(sorted({permission for call in calls for permission in call.permissions}))


def render(format: str, *, usage: bool, organization: bool, project: bool = False) -> str:  # noqa: A002 - the word of the command line
    """Write the custom role down.

    Args:
        format: `json`, `gcloud` or `terraform`.
        usage: with the calls of `--usage`.
        organization: changes nothing: without options a collection is of whole organizations.
        project: for a project alone, by the APIs of its own.

    Raises:
        UserError: no such format, or a role of an organization and of a project at once.
    """
    if organization and project:
        raise UserError("`--organization` and `--project` are two roles: ask for one at a time")
    needed = permissions(rows(usage=usage, organization=not project))
    if format == "json":
        role = {
            "title": TITLE,
            "description": DESCRIPTION,
            "stage": "GA",
            "includedPermissions": list(needed),
        }
        return json.dumps(role, indent=2) + "\n"
    if format == "gcloud":
        return _gcloud(needed, "project" if project else "organization") + _above_note(project=project)
    if format == "terraform":
        return _terraform(needed, _PROJECT if project else _ORGANIZATION) + _above_note(project=project)
    raise UserError(f"unknown format `{format}`: it is one of {', '.join(f'`{name}`' for name in FORMATS)}")


def _above_note(*, project: bool) -> str:
    """Say what a role of a project, or of an organization for a folder, does not give: JSON has no room for it."""
    above = permissions(rows_above())
    if project:
        return (
            "# No role of a project gives what lies above it. To have what is inherited from the folders and the "
            f"organization\n# above the project, too, the principal needs there: {', '.join(above)}\n"
        )
    more = sorted(set(above) - set(permissions(rows(usage=False, organization=True))))
    return f"# For a collection with `--folder` alone, add: {', '.join(more)}\n"


def _gcloud(needed: tuple[str, ...], kind: str) -> str:
    """Write commands that make the role and give it: https://cloud.google.com/sdk/gcloud/reference/iam/roles/create."""
    variable = f"${kind.upper()}_ID"
    return (
        f"gcloud iam roles create {ROLE} --{kind}={variable} \\\n"
        f'  --title="{TITLE}" --description="{DESCRIPTION}" --stage=GA \\\n'
        f"  --permissions={','.join(needed)}\n\n"
        f"gcloud {kind}s add-iam-policy-binding {variable} --condition=None \\\n"
        f"  --member=$MEMBER --role={kind}s/{variable}/roles/{ROLE}\n\n"
        f"# {_GROUPS_NOTE}\n"
    )


@dataclass(frozen=True, slots=True)
class _Holder:
    """What Terraform calls the scope that a role is made in and given on."""

    kind: str
    argument: str
    what: str


_ORGANIZATION = _Holder("organization", "org_id", "Number of the organization")
_PROJECT = _Holder("project", "project", "Id of the project")


def _terraform(needed: tuple[str, ...], holder: _Holder) -> str:
    """Write the role for Terraform's Google provider, formatted as `terraform fmt` does.

    https://registry.terraform.io/providers/hashicorp/google/latest/docs/resources/google_organization_iam_custom_role
    https://registry.terraform.io/providers/hashicorp/google/latest/docs/resources/google_project_iam_custom_role
    """
    lines = "".join(f'    "{permission}",\n' for permission in needed)
    width = max(len(holder.argument), len("member"))
    return _TERRAFORM.format(
        kind=holder.kind,
        argument=holder.argument.ljust(len("description")),
        narrow=holder.argument.ljust(width),
        role_word="role".ljust(width),
        member_word="member".ljust(width),
        what=holder.what,
        role=ROLE,
        title=TITLE,
        description=DESCRIPTION,
        permissions=lines,
        note=_GROUPS_NOTE,
    )


_TERRAFORM = """\
variable "{kind}_id" {{
  description = "{what}"
  type        = string
}}

variable "member" {{
  description = "Who runs nhi-scan: serviceAccount:EMAIL, user:EMAIL or principal://..."
  type        = string
}}

resource "google_{kind}_iam_custom_role" "nhi_scan" {{
  {argument} = var.{kind}_id
  role_id     = "{role}"
  title       = "{title}"
  description = "{description}"
  stage       = "GA"

  permissions = [
{permissions}  ]
}}

resource "google_{kind}_iam_member" "nhi_scan" {{
  {narrow} = var.{kind}_id
  {role_word} = google_{kind}_iam_custom_role.nhi_scan.name
  {member_word} = var.member
}}

# {note}
"""
