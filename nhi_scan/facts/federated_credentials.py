"""Facts about federated credentials of Entra: whose pipelines one lets in, what adds one and what takes one away.

https://learn.microsoft.com/entra/workload-id/workload-identity-federation
"""

from shlex import quote

from nhi_scan.facts.estate import Estate
from nhi_scan.facts.registry import fact
from nhi_scan.facts.trust import FEDERATED, claim
from nhi_scan.model.policy import Trust

_ARM_PARTS = 9  # of the id of a managed identity


@fact("trust", "boolean")
def trust_pull_requests(estate: Estate) -> list[bool]:
    """Whether it accepts the tokens of a pipeline that runs for a pull request (GitHub) or a merge request (GitLab).

    https://docs.github.com/en/actions/reference/security/oidc#filtering-for-pull_request-events
    """
    return [any(pattern.endswith(":pull_request") for pattern in claim(trust, "sub")) for trust in estate.trusts]


@fact("trust", "text")
def trust_removal_fix(estate: Estate) -> list[str]:
    """What takes a federated credential of Azure away; empty for anything else."""
    return [_removal(trust.id) for trust in estate.trusts]


@fact("trust", "text")
def trust_creation_fix(estate: Estate) -> list[str]:
    """What adds a federated credential to what this one of Azure hangs on; empty for anything else."""
    return [_creation(trust) for trust in estate.trusts]


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
        return f"az ad app federated-credential create --id {quote(holder)} --parameters credential.json"
    issuer = quote(trust.subject)
    return f"az identity federated-credential create --name NAME --issuer {issuer} --subject SUBJECT {where}"


def _managed(holder: str) -> str:
    """How commands name a user-assigned identity by its id; empty for an application."""
    parts = holder.split("/")
    if len(parts) < _ARM_PARTS:
        return ""
    group, identity, subscription = map(quote, (parts[4], parts[-1], parts[2]))
    return f"--identity-name {identity} --resource-group {group} --subscription {subscription}"
