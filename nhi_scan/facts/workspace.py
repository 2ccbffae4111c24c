"""Facts about domain-wide delegation: who may act as anybody of a Google Workspace.

https://support.google.com/a/answer/162106, https://cloud.google.com/iam/docs/best-practices-service-accounts
"""

from nhi_scan.facts.bindings import few
from nhi_scan.facts.estate import Estate
from nhi_scan.facts.registry import fact

_NOT_LISTED = "no API of Google Cloud lists domain-wide delegation: import a file of the Admin console's list"


@fact("identity", "integer", unknown=_NOT_LISTED)
def identity_workspace_scope_count(estate: Estate) -> list[int | None]:
    """For how many scopes it may act as anybody of a Google Workspace (domain-wide delegation); 0 elsewhere."""
    return [
        0 if one.kind != "service_account" else None if one.workspace_scopes is None else len(one.workspace_scopes)
        for one in estate.identities
    ]


@fact("identity", "text", unknown=_NOT_LISTED)
def identity_workspace_scopes(estate: Estate) -> list[str | None]:
    """The scopes for which it may act as anybody of a Google Workspace; empty where there are none."""
    return [
        ""
        if one.kind != "service_account"
        else None
        if one.workspace_scopes is None
        else few(list(one.workspace_scopes))
        for one in estate.identities
    ]
