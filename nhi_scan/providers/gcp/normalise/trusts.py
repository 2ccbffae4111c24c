"""Who can become a service account: those whom its own allow policy gives a role that makes its credentials."""

from functools import lru_cache
from typing import Literal

from nhi_scan.model.policy import Condition, Trust
from nhi_scan.providers.gcp.members import parse_member

# https://cloud.google.com/iam/docs/service-account-permissions#directly-impersonate
_BECOMES = frozenset(
    {
        "iam.serviceAccounts.getAccessToken",
        "iam.serviceAccounts.implicitDelegation",
        "iam.serviceAccounts.signBlob",
        "iam.serviceAccounts.signJwt",
    }
)
# For the time that a snapshot lacks the predefined roles: those whose documented purpose it is.
_KNOWN = frozenset({"roles/iam.serviceAccountTokenCreator", "roles/iam.workloadIdentityUser"})

SubjectKind = Literal["identity", "federated", "anyone", "deleted"]
_SUBJECTS: dict[str, SubjectKind] = {
    "federated": "federated",
    "federated_set": "federated",
    "everyone": "anyone",
    "authenticated": "anyone",
}


def trust_of(
    id_: str,
    account: str,
    member: str,
    role: str,
    permissions: frozenset[str] | None,
    condition: Condition | None,
) -> Trust | None:
    """The trust that a binding on a service account is; None where its role makes nobody the account.

    Args:
        id_: the binding's id.
        account: the service account's id.
        member: who has the role.
        role: id of the role.
        permissions: what the role gives; None where its definition was not collected.
        condition: of the binding.
    """
    if not (role in _KNOWN if permissions is None else _makes(permissions)):
        return None
    known = parse_member(member)
    subject_kind = "deleted" if known.deleted else _SUBJECTS.get(known.kind, "identity")
    return Trust(
        id=id_,
        identity_id=account,
        subject=member,
        subject_kind=subject_kind,
        claim_patterns=claims(member) if subject_kind == "federated" else (),
        mechanism="federate" if subject_kind == "federated" else "impersonate",
        conditions=(condition,) if condition else (),
        policy_id=role,
    )


@lru_cache(maxsize=4096)  # as many as there are roles
def _makes(permissions: frozenset[str]) -> bool:
    return not _BECOMES.isdisjoint(permissions)


def claims(member: str) -> tuple[tuple[str, tuple[str, ...]], ...]:
    """What a federated member demands of the claims, by the name that the pool's mapping gives them.

    `.../subject/x` demands `google.subject`, `.../group/x` `google.groups`, `.../attribute.a/x` `attribute.a`; a whole
    pool demands nothing (https://cloud.google.com/iam/docs/principal-identifiers#allow).
    """
    for word, claim in (("/subject/", "google.subject"), ("/group/", "google.groups")):
        _, found, value = member.partition(word)
        if found:
            return ((claim, (value,)),)
    _, found, rest = member.partition("/attribute.")
    if found:
        name, _, value = rest.partition("/")
        return ((f"attribute.{name}", (value,)),)
    return ()
