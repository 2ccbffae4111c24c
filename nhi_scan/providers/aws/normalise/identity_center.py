"""IAM Identity Center: permission sets, and whom they are assigned to.

An assignment makes a role `AWSReservedSSO_<permission set>_<16 hex digits>` in the account, and that role is what the
access of people is judged by (https://docs.aws.amazon.com/singlesignon/latest/userguide/permissionsetsconcept.html).
The records here say why the role is there; they grant nothing themselves.

Attributes, each a text, left out where not known:

- `permission_set`: `instance_arn`, `session_duration`, `relay_state`, `managed_policies` (ARNs separated by blanks),
  `customer_policies` (`<path><name>`, separated by blanks), `inline_policy` (`true`, `false`), `boundary` (an ARN or
  `<path><name>`), `assignments` (how many). Its inline policy is its `policy_id`.
- `sso_assignment`: `permission_set`, `principal_type` (`USER`, `GROUP`), `principal_id`, `account_id`.
"""

from collections.abc import Iterable, Mapping
from typing import Any

from nhi_scan.model.arns import is_account
from nhi_scan.model.identity import Identity
from nhi_scan.providers.aws.normalise.nature import SSO_PREFIX
from nhi_scan.providers.aws.normalise.source import PROVIDER, Source
from nhi_scan.providers.aws.normalise.stores import add
from nhi_scan.providers.aws.normalise.values import distinct, text, within

_SUFFIX = 17  # an underscore and 16 hexadecimal digits


def read_identity_center(source: Source, identities: Iterable[Identity]) -> None:
    """Permission sets and assignments of an organization.

    Args:
        source: the organization.
        identities: the roles of the accounts, among them those that assignments made.
    """
    sets = {
        text(record, "PermissionSetArn") or text(envelope.of, "PermissionSetArn"): (envelope.region, record)
        for envelope, record in source.plain("sso-permission-sets")
    }
    if not sets and not source.snapshot.count(PROVIDER, source.scope_id, "sso-assignments"):
        return  # an account: each of thousands would look through all identities
    names = {arn: text(record, "Name") for arn, (_, record) in sets.items()}
    roles = _provisioned(identities)
    by_name: dict[str, list[str]] = {}
    for (_, name), ids in roles.items():
        by_name.setdefault(name, []).extend(ids)
    assigned = _read_assignments(source, names, roles)
    policies = _Attached(source)
    for arn, (region, record) in sets.items():
        inline = policies.inline.get(arn, "")
        add(
            source,
            arn,
            "permission_set",
            name=names[arn],
            region=region,
            sensitivity="control",
            policy_id=source.policy(f"{arn}#policy", "identity", names[arn], inline).id if inline else None,
            used_by=distinct(by_name.get(names[arn], ())),
            created_at=record.get("CreatedDate"),
            attributes=(
                # arn:aws:sso:::permissionSet/<instance>/<set>
                ("instance_arn", arn.replace(":permissionSet/", ":instance/").rsplit("/", 1)[0]),
                ("session_duration", text(record, "SessionDuration")),
                ("relay_state", text(record, "RelayState")),
                ("managed_policies", " ".join(distinct(policies.managed.get(arn, ())))),
                ("customer_policies", " ".join(distinct(policies.customer.get(arn, ())))),
                ("inline_policy", bool(inline)),
                ("boundary", policies.boundary.get(arn, "")),
                ("assignments", assigned.get(arn, 0)),
            ),
        )


class _Attached:
    """What permission sets are made of, by their ARN."""

    def __init__(self, source: Source) -> None:
        self.managed: dict[str, list[str]] = {}
        self.customer: dict[str, list[str]] = {}
        for of, record in _of_set(source, "sso-permission-set-policies"):
            self.managed.setdefault(of, []).append(text(record, "Arn"))
        for of, record in _of_set(source, "sso-permission-set-customer-policies"):
            self.customer.setdefault(of, []).append(_reference(record))
        self.inline = {
            of: text(record, "InlinePolicy") for of, record in _of_set(source, "sso-permission-set-inline-policies")
        }
        self.boundary = {
            of: text(record, "ManagedPolicyArn") or _reference(within(record, "CustomerManagedPolicyReference"))
            for of, record in _of_set(source, "sso-permission-set-boundaries")
        }


def _of_set(source: Source, kind: str) -> Iterable[tuple[str, Mapping[str, Any]]]:
    for envelope, record in source.plain(kind):
        yield text(envelope.of, "PermissionSetArn"), record


def _reference(record: Mapping[str, Any]) -> str:
    name = text(record, "Name")
    return f"{text(record, 'Path') or '/'}{name}" if name else ""


def _provisioned(identities: Iterable[Identity]) -> dict[tuple[str, str], list[str]]:
    """Roles that assignments made, by account and name of the permission set."""
    roles: dict[tuple[str, str], list[str]] = {}
    for identity in identities:
        if identity.name.startswith(SSO_PREFIX) and is_account(identity.scope_id):
            name = identity.name.removeprefix(SSO_PREFIX)[:-_SUFFIX]
            roles.setdefault((identity.scope_id, name), []).append(identity.id)
    return roles


def _read_assignments(
    source: Source,
    names: Mapping[str, str],
    roles: Mapping[tuple[str, str], list[str]],
) -> dict[str, int]:
    counts: dict[str, int] = {}
    for envelope, record in source.plain("sso-assignments"):
        arn, account = text(record, "PermissionSetArn"), text(record, "AccountId")
        principal_type, principal = text(record, "PrincipalType"), text(record, "PrincipalId")
        if arn:
            counts[arn] = counts.get(arn, 0) + 1
        add(
            source,
            f"{arn}/{account}/{principal_type}/{principal}" if arn and account and principal else "",
            "sso_assignment",
            name=f"{names.get(arn, arn)} in {account}",
            region=envelope.region,
            sensitivity="control",
            used_by=distinct(roles.get((account, names.get(arn, "")), ())),
            attributes=(
                ("permission_set", arn),
                ("principal_type", principal_type),
                ("principal_id", principal),
                ("account_id", account),
            ),
        )
    return counts
