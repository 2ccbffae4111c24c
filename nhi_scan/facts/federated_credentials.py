"""Facts about federated credentials of Entra: whose pipelines one lets in, what adds one and what takes one away.

https://learn.microsoft.com/entra/workload-id/workload-identity-federation
"""

import json
from shlex import quote

from nhi_scan.facts.assignments import PROVIDER, all_read, with_groups
from nhi_scan.facts.estate import Estate
from nhi_scan.facts.registry import fact
from nhi_scan.facts.trust import FEDERATED, claim
from nhi_scan.model.policy import Policy, Trust

_ARM_PARTS = 9  # of the id of a managed identity
_AUDIENCE = "api://AzureADTokenExchange"  # https://learn.microsoft.com/graph/api/resources/federatedidentitycredential


@fact("trust", "boolean")
def trust_pull_requests(estate: Estate) -> list[bool]:
    """Whether it accepts the tokens of a pipeline that runs for a pull request (GitHub) or a merge request (GitLab).

    https://docs.github.com/en/actions/reference/security/oidc#filtering-for-pull_request-events
    """
    return [any(pattern.endswith(":pull_request") for pattern in claim(trust, "sub")) for trust in estate.trusts]


@fact("trust", "boolean", unknown="not all that its identity may do was collected or could be read")
def trust_pull_requests_look(estate: Estate) -> list[bool | None]:
    """Whether what pull requests become may only read settings on Azure, which is what a plan or a check needs.

    False where it accepts no tokens of theirs, and where data can be read.
    """
    asked = zip(estate.trusts, trust_pull_requests.column(estate), strict=True)
    return [_only_looks(estate, trust.identity_id) if theirs else False for trust, theirs in asked]


@fact("trust", "text")
def trust_removal_fix(estate: Estate) -> list[str]:
    """What takes a federated credential of Azure away; empty for anything else."""
    return [_removal(trust.id) for trust in estate.trusts]


@fact("trust", "text")
def trust_creation_fix(estate: Estate) -> list[str]:
    """What adds a federated credential to what this one of Azure hangs on; empty for anything else."""
    return [_creation(trust) for trust in estate.trusts]


def _only_looks(estate: Estate, identity_id: str) -> bool | None:
    identity = estate.inventory.identities.get(identity_id)
    if identity is None or identity.provider != PROVIDER:
        return False
    inventory = estate.inventory
    rows = [row for who in with_groups(estate, identity_id) for row in inventory.bindings_of.get(who, ())]
    roles = [inventory.policies.get(row.policy_id) for row in rows]
    if any(role is not None and role.complete and not _reads_settings(role) for role in roles):
        return False
    known = all(role is not None and role.complete for role in roles)
    return True if known and all_read(estate, identity.scope_id) else None


def _reads_settings(role: Policy) -> bool:
    return all(
        one.plane == "control" and all(action.lower().endswith("/read") for action in one.actions)
        for one in role.statements
    )


def _removal(trust_id: str) -> str:
    holder, federated, name = trust_id.partition(FEDERATED)
    if not federated:
        return ""
    where = _managed(holder)
    if not where:
        return f"az ad app federated-credential delete --id {quote(holder)} --federated-credential-id {quote(name)}"
    return f"az identity federated-credential delete --name {quote(name)} {where}"


def _creation(trust: Trust) -> str:
    holder, federated, _ = trust.id.partition(FEDERATED)
    if not federated:
        return ""
    where = _managed(holder)
    if not where:
        body = {"name": "NAME", "issuer": trust.subject, "subject": "SUBJECT", "audiences": [_AUDIENCE]}
        return f"az ad app federated-credential create --id {quote(holder)} --parameters {quote(json.dumps(body))}"
    issuer = quote(trust.subject)
    return f"az identity federated-credential create --name NAME --issuer {issuer} --subject SUBJECT {where}"


def _managed(holder: str) -> str:
    """How commands name a user-assigned identity by its id; empty for an application."""
    parts = holder.split("/")
    if len(parts) < _ARM_PARTS:
        return ""
    group, identity, subscription = map(quote, (parts[4], parts[-1], parts[2]))
    return f"--identity-name {identity} --resource-group {group} --subscription {subscription}"
