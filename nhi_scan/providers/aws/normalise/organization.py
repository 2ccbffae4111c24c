"""The tree of an organization, and the guardrails that hang in it.

https://docs.aws.amazon.com/organizations/latest/userguide/orgs_manage_policies_scps.html
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from nhi_scan.model.policy import Guardrail, Policy
from nhi_scan.model.scope import Scope
from nhi_scan.providers.aws.normalise.source import PROVIDER, Source
from nhi_scan.providers.aws.normalise.values import Tags, objects, tags_of, text, within

GuardrailKind = Literal["service_control_policy", "resource_control_policy"]

_KINDS: dict[str, GuardrailKind] = {
    "SERVICE_CONTROL_POLICY": "service_control_policy",
    "RESOURCE_CONTROL_POLICY": "resource_control_policy",
}
_ORGANIZATION = "o-"  # how the id of an organization starts
_NEEDED = (
    "organizations-roots",
    "organizations-organizational-units",
    "organizations-accounts",
    "organizations-parents",
    "organizations-policies",
    "organizations-policy-documents",
    "organizations-policy-targets",
)
"""What must have been collected completely before it is known which guardrails limit an account."""


@dataclass(slots=True)
class Accounts:
    """What organizations tell about accounts, before it is known which of them were collected."""

    scopes: dict[str, Scope] = field(default_factory=dict)
    management: dict[str, str] = field(default_factory=dict)  # management account -> organization


def read_organization(source: Source, accounts: Accounts) -> None:
    """The organization of a scope: its tree into `records.scopes`, its accounts into `accounts`."""
    organization = next((record for _, record in source.plain("organizations-organization")), {})
    master = text(organization, "MasterAccountId") or text(organization, "ManagementAccountId")
    if master:
        accounts.management[master] = source.scope_id
    if source.scope_id.startswith(_ORGANIZATION):
        source.records.scopes.append(
            Scope(id=source.scope_id, provider=PROVIDER, kind="organization", name=source.scope_id, parent_id=""),
        )
    parents = {of: text(record, "Id") for of, record in _of_id(source, "organizations-parents")}
    _read_tree(source, text(organization, "FeatureSet"))
    _read_accounts(source, accounts, parents, master)
    _read_guardrails(source)


def _of_id(source: Source, kind: str) -> Iterator[tuple[str, Mapping[str, Any]]]:
    for envelope, record in source.plain(kind):
        of = envelope.of.get("Id")
        if isinstance(of, str):
            yield of, record


def _read_tree(source: Source, feature_set: str) -> None:
    complete = all(source.collected(kind) for kind in _NEEDED)
    for _, root in source.plain("organizations-roots"):
        enabled = {text(entry, "Type") for entry in objects(root, "PolicyTypes") if text(entry, "Status") == "ENABLED"}
        kinds = tuple(sorted(kind for word, kind in _KINDS.items() if word in enabled))
        source.records.scopes.append(
            Scope(
                id=text(root, "Id"),
                provider=PROVIDER,
                kind="root",
                parent_id=source.scope_id if source.scope_id.startswith(_ORGANIZATION) else "",
                name=text(root, "Name") or text(root, "Id"),
                guardrail_kinds=() if feature_set == "CONSOLIDATED_BILLING" else kinds if complete else None,
            ),
        )
    for parent, unit in _of_id(source, "organizations-organizational-units"):
        source.records.scopes.append(
            Scope(
                id=text(unit, "Id"),
                provider=PROVIDER,
                kind="organizational_unit",
                name=text(unit, "Name") or text(unit, "Id"),
                parent_id=parent,
            ),
        )


def _read_accounts(source: Source, accounts: Accounts, parents: Mapping[str, str], master: str) -> None:
    tags = {of: tags_of(record) for of, record in _of_id(source, "organizations-account-tags")}
    delegated = _delegated_services(source)
    for _, account in source.plain("organizations-accounts"):
        id_ = text(account, "Id")
        services = delegated.get(id_)
        found: Tags = tags.get(id_, ())
        accounts.scopes[id_] = Scope(
            id=id_,
            provider=PROVIDER,
            kind="account",
            name=text(account, "Name") or id_,
            parent_id=parents.get(id_) or None,
            status=(text(account, "State") or text(account, "Status") or "active").lower(),
            management=id_ == master,
            tags=found,
            delegated_services=tuple(sorted(services)) if services is not None else (),
        )


def _delegated_services(source: Source) -> dict[str, set[str]]:
    services: dict[str, set[str]] = {
        text(record, "Id"): set() for _, record in source.plain("organizations-delegated-administrators")
    }
    for of, record in _of_id(source, "organizations-delegated-services"):
        services.setdefault(of, set()).add(text(record, "ServicePrincipal"))
    return services


def _read_guardrails(source: Source) -> None:
    summaries = {text(record, "Id"): record for _, record in source.plain("organizations-policies")}
    documents: dict[str, str] = {}
    for _, record in source.plain("organizations-policy-documents"):
        summary = within(record, "PolicySummary")
        policy_id = text(summary, "Id")
        summaries.setdefault(policy_id, summary)
        documents[policy_id] = text(record, "Content")
    kinds = {id_: kind for id_, summary in summaries.items() if (kind := _KINDS.get(text(summary, "Type")))}
    for id_ in kinds:
        source.records.policies.append(_guardrail_policy(source, id_, summaries[id_], documents.get(id_)))
    for policy_id, target in _of_id(source, "organizations-policy-targets"):
        if policy_id in kinds and text(target, "TargetId"):
            source.records.guardrails.append(
                Guardrail(policy_id=policy_id, scope_id=text(target, "TargetId"), kind=kinds[policy_id]),
            )


def _guardrail_policy(source: Source, id_: str, summary: Mapping[str, Any], content: str | None) -> Policy:
    parsed = source.parse(content)
    return Policy(
        id=id_,
        provider=PROVIDER,
        kind="guardrail",
        name=text(summary, "Name") or id_,
        scope_id=source.scope_id,
        managed_by_provider=summary.get("AwsManaged") is True,
        statements=parsed.statements,
        version=parsed.version,
        complete=not parsed.malformed,
    )


def account_scope(source: Source, accounts: Accounts) -> Scope:
    """The scope of an account that was collected, with what an organization tells about it.

    An account whose organization was not visible has no known parent; whether it is in one is then unknown, unless the
    account itself was asked and answered that it is in none.
    """
    known = accounts.scopes.get(source.scope_id)
    if known is None:
        asked = source.collected("organizations-organization")
        alone = asked is True and not any(source.plain("organizations-organization"))
        known = Scope(
            id=source.scope_id,
            provider=PROVIDER,
            kind="account",
            name=source.scope_id,
            parent_id="" if alone else None,
        )
    alias = next((text(record, "AccountAlias") for _, record in source.plain("iam-account-aliases")), "")
    return Scope(
        id=known.id,
        provider=PROVIDER,
        kind="account",
        name=alias if alias and known.name == known.id else known.name,
        parent_id=known.parent_id,
        status=known.status,
        collected=True,
        management=known.management or known.id in accounts.management,
        tags=known.tags,
        delegated_services=known.delegated_services,
    )
