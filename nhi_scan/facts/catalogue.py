"""All facts, by full name. A fact that stands in one of these modules is in; nothing has to be registered."""

from types import MappingProxyType, ModuleType

from nhi_scan.facts import (
    addresses,
    agents,
    analysis,
    application_credentials,
    assigned,
    azure_removal,
    credential,
    crossing,
    entra,
    environments,
    exposure,
    federated_credentials,
    federation,
    granted,
    lifecycle,
    made_by,
    ownership,
    privilege,
    removal,
    things,
    trust,
    trust_commands,
    workspace,
)
from nhi_scan.facts.github import first_steps as github_first_steps
from nhi_scan.facts.github import jobs as github_jobs
from nhi_scan.facts.github import keys as github_keys
from nhi_scan.facts.github import secrets as github_secrets
from nhi_scan.facts.github import settings as github_settings
from nhi_scan.facts.github import static_keys as github_static_keys
from nhi_scan.facts.kubernetes import accounts as kubernetes_accounts
from nhi_scan.facts.kubernetes import everybody as kubernetes_everybody
from nhi_scan.facts.kubernetes import fixes as kubernetes_fixes
from nhi_scan.facts.kubernetes import static_keys as kubernetes_static_keys
from nhi_scan.facts.registry import Fact
from nhi_scan.model.finding import SubjectKind

SUBJECTS: tuple[SubjectKind, ...] = ("identity", "credential", "workload", "trust", "policy", "resource", "scope")

_MODULES: tuple[ModuleType, ...] = (
    addresses,
    agents,
    analysis,
    application_credentials,
    assigned,
    azure_removal,
    credential,
    crossing,
    entra,
    environments,
    exposure,
    federated_credentials,
    federation,
    github_first_steps,
    github_jobs,
    github_keys,
    github_secrets,
    github_settings,
    github_static_keys,
    granted,
    kubernetes_accounts,
    kubernetes_everybody,
    kubernetes_fixes,
    kubernetes_static_keys,
    lifecycle,
    made_by,
    ownership,
    privilege,
    removal,
    things,
    trust,
    trust_commands,
    workspace,
)

FACTS: MappingProxyType[str, Fact] = MappingProxyType(
    {
        found.full_name: found
        for found in sorted(
            (value for module in _MODULES for value in vars(module).values() if isinstance(value, Fact)),
            key=lambda found: found.full_name,
        )
    }
)

# subject -> subjects whose facts its rules may use as well: the one identity it belongs to
RELATED: MappingProxyType[SubjectKind, tuple[SubjectKind, ...]] = MappingProxyType(
    {"credential": ("identity",), "trust": ("identity",), "workload": ("identity",)}
)


def usable(subject: SubjectKind) -> dict[str, Fact]:
    """Facts that a rule on this subject may use, by full name."""
    allowed = (subject, *RELATED.get(subject, ()))
    return {name: found for name, found in FACTS.items() if found.subject in allowed}
