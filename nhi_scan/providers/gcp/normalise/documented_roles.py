"""What is known of Google's own roles where their definitions were not collected, as in most imports.

A few roles are there for one right, and their documentation names it: who is bound to one of them is an administrator,
or may act as a service account, whatever else the role holds. Of that rest nothing is said: the role is not complete.

https://cloud.google.com/iam/docs/roles-overview#basic
https://cloud.google.com/iam/docs/roles-permissions/resourcemanager
https://cloud.google.com/iam/docs/roles-permissions/iam
"""

from collections.abc import Mapping

from nhi_scan.model.policy import Effect, Policy, Statement
from nhi_scan.providers.gcp.normalise.source import PROVIDER, Source

_ACT_AS = "iam.serviceAccounts.actAs"
_PROJECTS, _FOLDERS, _ORGANIZATIONS = (
    f"resourcemanager.{kind}.setIamPolicy" for kind in ("projects", "folders", "organizations")
)
_TOKENS = ("iam.serviceAccounts.getAccessToken", "iam.serviceAccounts.getOpenIdToken")
DOCUMENTED: Mapping[str, tuple[str, ...]] = {
    "roles/owner": (_ACT_AS, _PROJECTS),
    "roles/editor": (_ACT_AS,),
    "roles/resourcemanager.organizationAdmin": (_FOLDERS, _ORGANIZATIONS, _PROJECTS),
    "roles/resourcemanager.folderAdmin": (_FOLDERS, _PROJECTS),
    "roles/resourcemanager.projectIamAdmin": (_PROJECTS,),
    "roles/iam.securityAdmin": (_FOLDERS, _ORGANIZATIONS, _PROJECTS),
    "roles/iam.serviceAccountUser": (_ACT_AS,),
    "roles/iam.serviceAccountKeyAdmin": ("iam.serviceAccountKeys.create",),
    "roles/iam.serviceAccountTokenCreator": (
        *_TOKENS,
        "iam.serviceAccounts.implicitDelegation",
        "iam.serviceAccounts.signBlob",
        "iam.serviceAccounts.signJwt",
    ),
    "roles/iam.workloadIdentityUser": _TOKENS,
}


def write_documented_roles(source: Source) -> None:
    """Write down the roles that bindings name, whose definitions are missing and of which something is documented."""
    defined = {policy.id for policy in source.records.policies}
    bound = {binding.policy_id for binding in source.records.bindings}
    source.records.policies += [
        Policy(
            id=role,
            provider=PROVIDER,
            kind="role",
            name=role,
            scope_id="",
            managed_by_provider=True,
            statements=(Statement(effect=Effect.ALLOW, actions=actions),),
            complete=False,
        )
        for role, actions in sorted(DOCUMENTED.items())
        if role in bound - defined
    ]
