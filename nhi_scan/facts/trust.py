"""Facts about who can become an identity."""

from nhi_scan.facts.estate import Estate
from nhi_scan.facts.issuers import breadth, by_audience, is_shared, issuer_of
from nhi_scan.facts.members import is_federated
from nhi_scan.facts.registry import fact
from nhi_scan.model.arns import account_named
from nhi_scan.model.kube_ids import is_kubernetes
from nhi_scan.model.policy import Condition, Trust

# Federated credentials of Entra: how they are told, and the language of those whose subject may have wildcards.
# https://learn.microsoft.com/entra/workload-id/workload-identities-flexible-federated-identity-credentials
FEDERATED = "#federated/"
_FLEXIBLE = "ClaimsMatching"
_SUBJECT_KINDS = ("identity", "account", "service", "federated", "anyone", "deleted", "canonical_user")
_MECHANISMS = ("assume", "impersonate", "federate", "run_as")
_BREADTHS = ("absent", "anyone", "within", "exact")

# Condition keys that tie the caller to an account, an organization, a network or a resource. A trust of everybody
# with one of these is not open, only wide.
# https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html
_NARROWING_KEYS = frozenset(
    {
        "aws:principalaccount",
        "aws:principalarn",
        "aws:principalorgid",
        "aws:principalorgpaths",
        "aws:sourceaccount",
        "aws:sourcearn",
        "aws:sourceip",
        "aws:sourceorgid",
        "aws:sourcevpc",
        "aws:sourcevpce",
        "aws:userid",
        "sts:externalid",
    }
)


@fact("trust", "boolean")
def trust_into_cluster(estate: Estate) -> list[bool]:
    """Whether it lets a principal of AWS into a cluster of Kubernetes: a map or an entry says so, no trust policy.

    https://docs.aws.amazon.com/eks/latest/userguide/auth-configmap.html
    """
    return [is_kubernetes(trust.identity_id) for trust in estate.trusts]


@fact("trust", "text")
def trust_subject(estate: Estate) -> list[str]:
    """Who is trusted, as the trust policy writes it: an ARN, an account number, an issuer; `*` for anyone."""
    return [trust.subject for trust in estate.trusts]


@fact("trust", "text", values=_SUBJECT_KINDS)
def trust_subject_kind(estate: Estate) -> list[str]:
    """What sort of principal is trusted; `deleted` for one whose unique id is all that is left of it."""
    return [trust.subject_kind for trust in estate.trusts]


@fact("trust", "text", values=_MECHANISMS, exported=True)
def trust_mechanism(estate: Estate) -> list[str]:
    """How the subject becomes the identity."""
    return [trust.mechanism for trust in estate.trusts]


@fact("trust", "text")
def trust_policy(estate: Estate) -> list[str]:
    """The policy that says so; on Google Cloud the role that the trusted principal has on the service account."""
    return [trust.policy_id for trust in estate.trusts]


@fact("trust", "boolean")
def trust_lapsed(estate: Estate) -> list[bool]:
    """Whether it has ended by its own terms: the binding that it is has expired (Google Cloud)."""
    bindings = estate.inventory.bindings
    ends = [bindings[trust.id].expires_at if trust.id in bindings else None for trust in estate.trusts]
    return [end is not None and end <= estate.now for end in ends]


@fact("trust", "boolean")
def trust_subject_managed(estate: Estate) -> list[bool]:
    """Whether the trusted principal is one that the provider made and keeps."""
    identities = estate.inventory.identities
    return [trust.subject in identities and identities[trust.subject].managed_by_provider for trust in estate.trusts]


@fact("trust", "text", unknown="the principal names no account")
def trust_account(estate: Estate) -> list[str | None]:
    """The account or project that the trusted principal belongs to."""
    return [_account(estate, trust) or None for trust in estate.trusts]


@fact("trust", "boolean")
def trust_cross_account(estate: Estate) -> list[bool]:
    """Whether it trusts an account, or an identity of one, other than its own."""
    return [_is_cross_account(estate, trust) for trust in estate.trusts]


@fact("trust", "boolean")
def trust_account_in_snapshot(estate: Estate) -> list[bool]:
    """Whether the trusted account is one that this snapshot knows, collected or listed by its organization."""
    scopes = estate.inventory.scopes
    return [_account(estate, trust) in scopes for trust in estate.trusts]


@fact("trust", "boolean")
def trust_organization_listed(estate: Estate) -> list[bool]:
    """Whether the accounts of the trusting identity's organization were listed completely."""
    return [_organization_listed(estate, trust) for trust in estate.trusts]


@fact("trust", "boolean", unknown="the accounts of its organization were not listed completely")
def trust_account_known(estate: Estate) -> list[bool | None]:
    """Whether the trusted account is one's own. "No" is said only where the organization's accounts were all listed."""
    scopes = estate.inventory.scopes
    return [
        True if _account(estate, trust) in scopes else (False if _organization_listed(estate, trust) else None)
        for trust in estate.trusts
    ]


@fact("trust", "boolean", unknown="the identities of the trusted account were not collected completely")
def trust_subject_missing(estate: Estate) -> list[bool | None]:
    """Whether it names an identity that does not exist: whoever may create one of that name gets in."""
    return [_subject_missing(estate, trust) for trust in estate.trusts]


@fact("trust", "boolean")
def trust_external_id(estate: Estate) -> list[bool]:
    """Whether it demands an external id.

    https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_common-scenarios_third-party.html
    """
    return [any(_demands(condition, "sts:externalid") for condition in trust.conditions) for trust in estate.trusts]


@fact("trust", "boolean")
def trust_own_organization(estate: Estate) -> list[bool]:
    """Whether it demands that the caller belongs to a certain organization."""
    keys = ("aws:principalorgid", "aws:principalorgpaths")
    return [any(_demands(condition, key) for condition in trust.conditions for key in keys) for trust in estate.trusts]


@fact("trust", "boolean")
def trust_narrowed(estate: Estate) -> list[bool]:
    """Whether a condition ties the caller to an account, an organization, a network, a resource or an external id."""
    return [
        any(_demands(condition, key) for condition in trust.conditions for key in _NARROWING_KEYS)
        for trust in estate.trusts
    ]


@fact("trust", "text")
def trust_issuer(estate: Estate) -> list[str]:
    """The issuer of the tokens it accepts; empty where it is not federated."""
    return [issuer_of(trust.subject) if _is_oidc(trust) else "" for trust in estate.trusts]


@fact("trust", "boolean")
def trust_oidc(estate: Estate) -> list[bool]:
    """Whether it accepts tokens of an OpenID Connect issuer."""
    return [_is_oidc(trust) for trust in estate.trusts]


@fact("trust", "boolean")
def trust_issuer_shared(estate: Estate) -> list[bool]:
    """Whether anybody can get a token from its issuer (GitHub Actions, GitLab.com, Cognito, ...)."""
    return [_is_oidc(trust) and is_shared(issuer_of(trust.subject)) for trust in estate.trusts]


@fact("trust", "text", values=_BREADTHS, unknown="what it demands of a token's subject could not be read")
def trust_subject_claim(estate: Estate) -> list[str | None]:
    """How many token subjects it lets in: no condition, anyone, many of one customer, exact ones.

    For issuers that tell their customers apart by audience, an audience counts as `exact`. The widest pattern counts.
    https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_create_for-idp_oidc.html
    """
    return [_subject_claim(trust) for trust in estate.trusts]


@fact("trust", "text")
def trust_subject_patterns(estate: Estate) -> list[str]:
    """The patterns of token subjects it accepts."""
    return [", ".join(claim(trust, "sub")) for trust in estate.trusts]


@fact("trust", "boolean")
def trust_audience_claim(estate: Estate) -> list[bool]:
    """Whether it demands an audience (or application id) in the token."""
    return [bool(claim(trust, "aud") or claim(trust, "app_id")) for trust in estate.trusts]


def _is_oidc(trust: Trust) -> bool:
    if trust.subject_kind != "federated" or is_federated(trust.subject):
        return False  # a member of a pool: what tokens it stands for, the pool's providers say
    return ":saml-provider/" not in trust.subject


def claim(trust: Trust, name: str) -> tuple[str, ...]:
    """Patterns demanded of a claim, whether the name is bare or carries its issuer (`gitlab.com:sub`)."""
    return tuple(
        pattern
        for claim, patterns in trust.claim_patterns
        if claim.rpartition(":")[2].lower() == name
        for pattern in patterns
    )


def _subject_claim(trust: Trust) -> str | None:
    if not _is_oidc(trust):
        return "exact"
    if FEDERATED in trust.id and not claim(trust, "sub"):
        return None  # it demands one, in words that nobody here reads
    if FEDERATED in trust.id and not any(one.operator == _FLEXIBLE for one in trust.conditions):
        return "exact"  # the subject is compared letter by letter, a star is none
    issuer = issuer_of(trust.subject)
    literal = {value for condition in trust.conditions if _is_literal(condition) for value in condition.values}
    found = {"exact" if pattern in literal else breadth(issuer, pattern) for pattern in claim(trust, "sub")}
    if not found and by_audience(issuer):
        found = {"exact"} if claim(trust, "aud") or claim(trust, "app_id") else set()
    return next((kind for kind in ("anyone", "within", "exact") if kind in found), "absent")


def _is_literal(condition: Condition) -> bool:
    """Whether an operator takes `*` in its values for a star and no wildcard (`StringEquals`)."""
    return "equals" in condition.operator.lower() and not condition.operator.lower().startswith("arn")


def _demands(condition: Condition, key: str) -> bool:
    """Whether a condition demands a value of a key; a negated, null or optional (`IfExists`) test does not."""
    operator = condition.operator.lower()
    positive = "not" not in operator and not operator.endswith(("ifexists", "null"))
    forgiving = operator.startswith("forallvalues:")  # true where the key is absent
    return positive and not forgiving and condition.key.lower() == key and "*" not in condition.values


def _account(estate: Estate, trust: Trust) -> str:
    if trust.subject_kind not in ("identity", "account"):
        return ""
    if trust.mechanism == "impersonate":  # a name of Google Cloud's does not always tell the project
        known = estate.inventory.identities.get(trust.subject)
        return known.scope_id if known else ""
    return account_named(trust.subject)


def _is_cross_account(estate: Estate, trust: Trust) -> bool:
    account = _account(estate, trust)
    return bool(account) and account != _own_account(estate, trust)


def _own_account(estate: Estate, trust: Trust) -> str:
    identity = estate.inventory.identities.get(trust.identity_id)
    return identity.scope_id if identity else account_named(trust.identity_id)


def _organization_listed(estate: Estate, trust: Trust) -> bool:
    """Whether the trusting identity's account is in an organization whose accounts were all listed."""
    listed = estate.projects_listed if trust.mechanism == "impersonate" else estate.accounts_listed
    return listed and len(estate.scope_chain(_own_account(estate, trust))) > 1


def _subject_missing(estate: Estate, trust: Trust) -> bool | None:
    if trust.subject_kind != "identity" or trust.subject in estate.inventory.identities:
        return False
    kind = {"user/": "iam-users", "role/": "iam-roles"}.get(trust.subject.rpartition(":")[2][:5])
    if kind is None:
        return False  # a session or a federated user: made on demand, so never in a listing
    return True if estate.covered(_account(estate, trust), kind) is True else None
