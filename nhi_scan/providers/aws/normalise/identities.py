"""IAM users, groups, roles and the root user.

https://docs.aws.amazon.com/IAM/latest/APIReference/API_GetAccountAuthorizationDetails.html
"""

from nhi_scan.model.arns import name_of, partition_of
from nhi_scan.model.identity import NEVER_USED, USE_UNKNOWN, Group, Identity, LastUsed, Owner
from nhi_scan.providers.aws.normalise import bindings, nature
from nhi_scan.providers.aws.normalise.bindings import GroupPolicies
from nhi_scan.providers.aws.normalise.report import ReportRow
from nhi_scan.providers.aws.normalise.shapes import InstanceProfile, Role, RoleUse, Tag, User, UserGroup, document_of
from nhi_scan.providers.aws.normalise.source import PROVIDER, Source
from nhi_scan.providers.aws.normalise.values import Tags, moment

ROOT_ROW = "<root_account>"
"""How the credential report names the root user."""


def read_identities(source: Source, report: dict[str, ReportRow]) -> list[InstanceProfile]:
    """All identities and groups of an account, with the policies they have.

    Args:
        source: the account.
        report: rows of the credential report by ARN; empty where it was not collected.

    Returns:
        The instance profiles that hold roles.
    """
    _read_root(source, report)
    groups = _read_groups(source)
    members = _read_users(source, report, groups)
    for group in groups.values():
        source.records.groups.append(
            Group(
                id=group.Arn,
                provider=PROVIDER,
                kind="iam_group",
                name=group.GroupName or name_of(group.Arn),
                scope_id=source.scope_id,
                member_ids=tuple(sorted(set(members.get(group.Arn, ())))),
                created_at=moment(group.CreateDate),
            ),
        )
    profiles: list[InstanceProfile] = []
    for role in source.typed("iam-roles", Role):
        _read_role(source, role)
        profiles += role.InstanceProfileList or ()
    return profiles


def _read_root(source: Source, report: dict[str, ReportRow]) -> None:
    for row in report.values():
        if row.user == ROOT_ROW:
            verdict, reason = nature.nature_of_root()
            source.records.identities.append(
                Identity(
                    id=row.arn,
                    provider=PROVIDER,
                    kind="root_user",
                    nature=verdict,
                    nature_reason=reason,
                    name="root",
                    scope_id=source.scope_id,
                    created_at=row.created_at,
                    last_authenticated=row.last_authenticated(),
                    has_console_password=row.has_password,
                    mfa_enabled=row.has_mfa,
                ),
            )


def _read_groups(source: Source) -> dict[str, UserGroup]:
    return {group.Arn: group for group in source.typed("iam-groups", UserGroup)}


def _read_users(
    source: Source,
    report: dict[str, ReportRow],
    groups: dict[str, UserGroup],
) -> dict[str, list[str]]:
    policies = {group.GroupName or name_of(arn): _group_policies(source, group) for arn, group in groups.items()}
    source.records.group_policies.update({group.group_id: group.policy_ids for group in policies.values()})
    members: dict[str, list[str]] = {}
    seen = False
    for user in source.typed("iam-users", User):
        seen = True
        _read_user(source, user, report.get(user.Arn))
        for name in user.GroupList or ():
            group = policies.get(name) or _unseen_group(user, name)
            members.setdefault(group.group_id, []).append(user.Arn)
            bindings.bind_through_group(source, user.Arn, group)
    if not seen and source.collected("iam-users") is not True:
        # The credential report alone still tells who there is and how they sign in.
        for row in report.values():
            if row.user != ROOT_ROW:
                _read_user(source, User(Arn=row.arn, UserName=row.user, CreateDate=row.created), row)
    return members


def _group_policies(source: Source, group: UserGroup) -> GroupPolicies:
    inline = bindings.read_inline(source, group.Arn, group.GroupPolicyList)
    attached = [policy.PolicyArn for policy in group.AttachedManagedPolicies or ()]
    return GroupPolicies(group.Arn, (*attached, *inline), frozenset(inline))


def _unseen_group(user: User, name: str) -> GroupPolicies:
    """A group that a user is in and that was not listed: what it gives is unknown, which is not nothing."""
    account = user.Arn.split(":")[4:5]
    arn = f"arn:{partition_of(user.Arn)}:iam::{''.join(account)}:group/{name}"
    return GroupPolicies(arn, (f"{arn}#policies",), frozenset())


def _read_user(source: Source, user: User, row: ReportRow | None) -> None:
    name, path, tags = user.UserName or name_of(user.Arn), user.Path or "/", _tags(user.Tags)
    verdict, reason = nature.nature_of_user(
        name,
        path,
        tags,
        has_password=row.has_password if row else None,
        has_mfa=row.has_mfa if row else None,
        has_keys=row.has_keys if row else None,
    )
    source.records.identities.append(
        Identity(
            id=user.Arn,
            provider=PROVIDER,
            kind="iam_user",
            nature=verdict,
            nature_reason=reason,
            name=name,
            scope_id=source.scope_id,
            unique_id=user.UserId,
            path=path,
            created_at=moment(user.CreateDate),
            last_authenticated=row.last_authenticated() if row else USE_UNKNOWN,
            owner=_owner(source, tags),
            has_console_password=row.has_password if row else None,
            mfa_enabled=row.has_mfa if row else None,
            tags=tags,
        ),
    )
    bindings.bind(source, user.Arn, user.AttachedManagedPolicies, user.UserPolicyList, user.PermissionsBoundary)


def _read_role(source: Source, role: Role) -> None:
    name, path, tags = role.RoleName or name_of(role.Arn), role.Path or "/", _tags(role.Tags)
    trust_id = f"{role.Arn}#trust"
    document = source.policy(trust_id, "trust", name, document_of(role.AssumeRolePolicyDocument))
    trusts = source.trusts.read(role.Arn, trust_id, document.statements)
    source.records.trusts += trusts
    verdict, reason = nature.nature_of_role(name, path, tags, trusts)
    source.records.identities.append(
        Identity(
            id=role.Arn,
            provider=PROVIDER,
            kind="iam_role",
            nature=verdict,
            nature_reason=reason,
            name=name,
            scope_id=source.scope_id,
            unique_id=role.RoleId,
            path=path,
            managed_by_provider=path.startswith((nature.SERVICE_LINKED_PATH, nature.SSO_PATH)),
            created_at=moment(role.CreateDate),
            last_authenticated=_role_use(role.RoleLastUsed),
            owner=_owner(source, tags),
            trust_policy_id=trust_id,
            description=role.Description or "",
            tags=tags,
        ),
    )
    bindings.bind(source, role.Arn, role.AttachedManagedPolicies, role.RolePolicyList, role.PermissionsBoundary)


def _role_use(used: RoleUse | None) -> LastUsed:
    """When a role was last used.

    An empty answer is "not within the tracking period", 400 days; no answer at all is not known.
    https://docs.aws.amazon.com/IAM/latest/APIReference/API_RoleLastUsed.html
    """
    if used is None:
        return USE_UNKNOWN
    if not used.LastUsedDate:
        return NEVER_USED
    at = moment(used.LastUsedDate)
    return LastUsed.on(at, region=used.Region) if at else USE_UNKNOWN


def _owner(source: Source, tags: Tags) -> Owner | None:
    return source.owners.find(tags, source.scope_tags)


def _tags(tags: list[Tag] | None) -> Tags:
    return tuple(sorted((tag.Key, tag.Value or "") for tag in tags)) if tags else ()
