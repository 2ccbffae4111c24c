"""Policies and who has them: managed, inline, through groups, and as permissions boundaries."""

from collections.abc import Iterable
from dataclasses import dataclass

from nhi_scan.model.arns import account_of, name_of
from nhi_scan.model.policy import Binding, Policy
from nhi_scan.providers.aws.normalise.shapes import (
    Attached,
    Boundary,
    Inline,
    ManagedPolicy,
    PolicyVersion,
    document_of,
)
from nhi_scan.providers.aws.normalise.source import PROVIDER, Source
from nhi_scan.providers.aws.normalise.values import moment


@dataclass(frozen=True, slots=True)
class GroupPolicies:
    """What a member of a group gets through it: policy ids, and which of them are inline."""

    group_id: str
    policy_ids: tuple[str, ...]
    inline_ids: frozenset[str]


def read_managed(source: Source) -> None:
    """`iam-policies` and `iam-boundary-policies`: the managed policies that the account uses."""
    seen: set[str] = set()
    for policy in source.typed("iam-policies", ManagedPolicy):
        seen.add(policy.Arn)
        source.records.policies.append(_managed(source, policy, bounds=False))
    for envelope, policy in source.pairs("iam-boundary-policies", ManagedPolicy):
        # The API's answer about a version does not name its policy: that is what it was asked for.
        policy.Arn = policy.Arn or str(envelope.of.get("Arn") or "")
        if policy.Arn and policy.Arn not in seen:
            source.records.policies.append(_managed(source, policy, bounds=True))


def _managed(source: Source, policy: ManagedPolicy, *, bounds: bool) -> Policy:
    parsed = source.documents.parse(_default_document(policy))
    by_provider = account_of(policy.Arn) == ""  # arn:aws:iam::aws:policy/...
    return Policy(
        id=policy.Arn,
        provider=PROVIDER,
        kind="boundary" if bounds else "identity",
        name=policy.PolicyName or name_of(policy.Arn),
        scope_id=source.scope_id,
        managed_by_provider=by_provider,
        statements=parsed.statements,
        version=parsed.version,
        attachable=policy.IsAttachable is not False,
        # What an AWS managed policy is attached to differs by account, and it is one policy for all of them.
        attachment_count=None if by_provider else policy.AttachmentCount,
        boundary_count=None if by_provider else policy.PermissionsBoundaryUsageCount,
        created_at=moment(policy.CreateDate),
        updated_at=moment(policy.UpdateDate),
        complete=not parsed.malformed,
        other_versions=() if by_provider or bounds or policy.AttachmentCount == 0 else _other_versions(source, policy),
    )


def _other_versions(source: Source, policy: ManagedPolicy) -> tuple[Policy, ...]:
    """Return the versions that may be put in force again, where the answer has their documents."""
    found = []
    for version in policy.PolicyVersionList or ():
        document = document_of(version.Document)
        if document == b"null" or not version.VersionId or _is_default(policy, version):
            continue
        parsed = source.documents.parse(document)
        found.append(
            Policy(
                id=f"{policy.Arn}#version/{version.VersionId}",
                provider=PROVIDER,
                kind="identity",
                name=f"{policy.PolicyName or name_of(policy.Arn)} {version.VersionId}",
                scope_id=source.scope_id,
                statements=parsed.statements,
                version=parsed.version,
                complete=not parsed.malformed,
            )
        )
    return tuple(found)


def _default_document(policy: ManagedPolicy) -> bytes:
    versions = policy.PolicyVersionList or []
    for version in versions:
        if _is_default(policy, version):
            return document_of(version.Document)
    return document_of(policy.Document)


def _is_default(policy: ManagedPolicy, version: PolicyVersion) -> bool:
    if version.IsDefaultVersion is not None:
        return version.IsDefaultVersion
    return version.VersionId is not None and version.VersionId == policy.DefaultVersionId


def read_inline(source: Source, owner_id: str, inline: Iterable[Inline] | None) -> list[str]:
    """Add an owner's inline policies.

    Returns:
        Their ids, `<owner>#inline/<name>`.
    """
    ids: list[str] = []
    for position, policy in enumerate(inline or ()):
        name = policy.PolicyName or f"inline-{position + 1}"  # some servers leave the name out
        source.policy(f"{owner_id}#inline/{name}", "identity", name, document_of(policy.PolicyDocument))
        ids.append(f"{owner_id}#inline/{name}")
    return ids


def bind(
    source: Source,
    principal_id: str,
    attached: Iterable[Attached] | None,
    inline: Iterable[Inline] | None,
    boundary: Boundary | None,
) -> None:
    """Add what a user or role has of its own: attached and inline policies and its permissions boundary."""
    bindings = source.records.bindings
    for policy in attached or ():
        bindings.append(
            Binding(
                id=f"{principal_id}#attached/{policy.PolicyArn}",
                principal_id=principal_id,
                policy_id=policy.PolicyArn,
                scope_id=source.scope_id,
            ),
        )
    for policy_id in read_inline(source, principal_id, inline):
        bindings.append(
            Binding(
                id=policy_id,
                principal_id=principal_id,
                policy_id=policy_id,
                scope_id=source.scope_id,
                inline=True,
            ),
        )
    if boundary is not None and boundary.PermissionsBoundaryArn:
        bindings.append(
            Binding(
                id=f"{principal_id}#boundary/{boundary.PermissionsBoundaryArn}",
                principal_id=principal_id,
                policy_id=boundary.PermissionsBoundaryArn,
                scope_id=source.scope_id,
                purpose="bounds",
            ),
        )


def bind_through_group(source: Source, principal_id: str, group: GroupPolicies) -> None:
    """Add what a user gets as a member of a group."""
    for policy_id in group.policy_ids:
        source.records.bindings.append(
            Binding(
                id=f"{principal_id}#group/{name_of(group.group_id)}/{policy_id}",
                principal_id=principal_id,
                policy_id=policy_id,
                scope_id=source.scope_id,
                source="group",
                via=group.group_id,
                inline=policy_id in group.inline_ids,
            ),
        )
