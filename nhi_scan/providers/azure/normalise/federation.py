"""Who outside can become a service principal or a managed identity.

Federated credentials of applications (https://learn.microsoft.com/graph/api/resources/federatedidentitycredential) and
of user-assigned identities (https://learn.microsoft.com/rest/api/managedidentity/federated-identity-credentials): a
token of that issuer, with that subject and audience, is as good as a secret. Instead of a subject there may be an
expression: https://learn.microsoft.com/entra/workload-id/workload-identities-flexible-federated-identity-credentials

An application of another tenant: whoever holds its credentials at home is its service principal here.
"""

import re
from collections.abc import Mapping

from nhi_scan.model import arm_ids
from nhi_scan.model.policy import Condition, Trust
from nhi_scan.providers.azure import kinds
from nhi_scan.providers.azure.normalise.applications import Application
from nhi_scan.providers.azure.normalise.managed_identities import Managed
from nhi_scan.providers.azure.normalise.scopes import Scopes
from nhi_scan.providers.azure.normalise.service_principals import Listed
from nhi_scan.providers.azure.normalise.shapes import UNREADABLE, Record, guid, properties
from nhi_scan.providers.azure.normalise.source import Source
from nhi_scan.snapshot.values import distinct, text, texts, within

_LOOKUP = re.compile(r"claims\[\s*'([^'\\]{1,100})'\s*\] (eq|matches) '([^'\\]{0,1000})'")
_AND = re.compile(r" and (?=claims\[)")
_LONGEST = 4000  # characters of an expression that is taken apart
_FOREIGN_TYPES = ("", "application")


def write_trusts(
    source: Source,
    scopes: Scopes,
    applications: Mapping[tuple[str, str], Application],
    listed: Listed,
    managed: Managed,
) -> None:
    """All of them."""
    _of_applications(source, scopes, applications, listed)
    _of_managed(source, managed)
    for one in listed.all:
        foreign = one.owner_tenant and arm_ids.tenant(one.owner_tenant) != one.tenant
        if foreign and not one.first_party and not one.agent and one.type.lower() in _FOREIGN_TYPES:
            source.records.trusts.append(
                Trust(
                    id=f"{one.id}#tenant",
                    identity_id=one.id,
                    subject=arm_ids.tenant(one.owner_tenant),
                    subject_kind="account",
                )
            )


def _of_applications(
    source: Source, scopes: Scopes, applications: Mapping[tuple[str, str], Application], listed: Listed
) -> None:
    kind, seen = kinds.FEDERATED_CREDENTIALS, set[str]()
    by_id = {one.id: (one.tenant, one.app_id) for one in applications.values()}
    for scope_id, of, record in source.plain(kind):
        holder, app_id = guid(of, "id"), guid(of, "appId")
        key = by_id.get(holder, (scopes.tenant_of(scope_id), app_id))
        identity = listed.homes.get(key) or (holder if key[1] else "")
        if not holder and key in applications:
            holder = applications[key].id
        _add(source, (kind, scope_id), (holder, identity), record, seen)


def _of_managed(source: Source, managed: Managed) -> None:
    kind, seen = kinds.ARM_FEDERATED_CREDENTIALS, set[str]()
    for scope_id, of, record in source.plain(kind):
        own = text(record, "id").lower().partition("/federatedidentitycredentials/")[0]
        holder = arm_ids.canonical(text(of, "id") or own)
        _add(source, (kind, scope_id), (holder, managed.by_resource.get(holder, "")), record, seen)


def _add(source: Source, place: tuple[str, str], of: tuple[str, str], record: Record, seen: set[str]) -> None:
    holder, identity = of
    own, name = properties(record), text(record, "name") or guid(record, "id")
    issuer = text(own, "issuer")
    if not identity or not name or not issuer:
        source.note(*place, "federated credentials of nobody, or without a name or an issuer")
        return
    id_ = f"{holder}#federated/{name}"
    if id_ in seen:
        return
    seen.add(id_)
    conditions, claims = _expression(own)
    subject = text(own, "subject")
    patterns = {"iss": (issuer,), "aud": distinct(texts(own.get("audiences"))), **claims}
    if subject and not conditions:
        patterns["sub"] = (subject,)
    source.records.trusts.append(
        Trust(
            id=id_,
            identity_id=identity,
            subject=issuer,
            subject_kind="federated",
            claim_patterns=tuple(sorted((claim, words) for claim, words in patterns.items() if words)),
            mechanism="federate",
            conditions=conditions,
        )
    )


def _expression(own: Record) -> tuple[tuple[Condition, ...], dict[str, tuple[str, ...]]]:
    """The expression of a flexible credential as a condition, and the patterns of claims where it is only an "and"."""
    told = own.get("claimsMatchingExpression")
    if told is None:
        return (), {}
    expression = told if isinstance(told, str) else text(within(own, "claimsMatchingExpression"), "value")
    version = told.get("languageVersion") if isinstance(told, dict) else None
    number = str(version) if isinstance(version, int | str) and not isinstance(version, bool) else ""
    condition = Condition("ClaimsMatching", number, (expression or UNREADABLE,))
    return (condition,), claims_of(expression)


def claims_of(expression: str) -> dict[str, tuple[str, ...]]:
    """Patterns of claims, of an expression that only joins comparisons by `and`; none where it is another.

    `matches` knows `*` and `?` as wildcards.
    """
    if len(expression) > _LONGEST:
        return {}
    found: dict[str, tuple[str, ...]] = {}
    for part in _AND.split(expression.strip()):
        one = _LOOKUP.fullmatch(part)
        if not one or one[1] in found:
            return {}
        found[one[1]] = (one[3],)
    return found
