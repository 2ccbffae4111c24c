"""Facts about federation between clouds: who gets in, who asks in vain, which trusts nobody can use.

They rest on `access.bridges`: who of one cloud becomes whom of another, proven by what the trusting side says.
"""

from collections.abc import Iterable, Mapping

from nhi_scan.access.federation import FEDERATES, Bridge
from nhi_scan.facts.estate import Estate
from nhi_scan.facts.naming import is_numbered, place, principal
from nhi_scan.facts.registry import fact
from nhi_scan.facts.trust import claim
from nhi_scan.facts.wording import MOST, some, statements
from nhi_scan.model.access import Verdict
from nhi_scan.model.arns import account_named
from nhi_scan.model.assertion import issuer_key
from nhi_scan.model.finding import Evidence, SubjectKind
from nhi_scan.model.identity import Identity
from nhi_scan.model.kube_ids import cluster_of, take_apart, user_of_account
from nhi_scan.model.policy import Trust
from nhi_scan.model.service_accounts import home_in

_GITHUB = "token.actions.githubusercontent.com"
_GITHUB_SITE = "github.com"
_ACCOUNT = "serviceAccount:"
_ACTS_AS = "iam.serviceAccounts.getAccessToken"
_UNSEEN = "where it would have to be was not collected completely"


@fact("identity", "text", unknown=_UNSEEN)
def identity_asks_in_vain(estate: Estate) -> list[str | None]:
    """What its own configuration asks to become in another cloud and that does not let it in, or does not exist."""
    asked = estate.access.bridges.asked_in_vain
    clients = estate.once(_clients)
    return [_in_vain(estate, one, asked.get(one.id, ()), clients) for one in estate.identities]


@fact("identity", "text")
def identity_crosses_to(estate: Estate) -> list[str]:
    """Whom it becomes in another cloud, on its way to more privilege; empty where that way does not leave its own."""
    found = (next((bridge.target_id for bridge in _crossed(estate, one)), "") for one in estate.identities)
    return [_quoted(estate, target) if target else "" for target in found]


@fact("identity", "boolean")
def identity_crosses_by_its_own_token(estate: Estate) -> list[bool]:
    """Whether its way to more privilege begins in another cloud, so that what trusts it there is what is wrong."""
    return [
        (level := estate.privileges.get(one.id)) is not None
        and bool(level.path)
        and level.path[0].technique == FEDERATES
        for one in estate.identities
    ]


@fact("identity", "boolean")
def identity_crossing_declared(estate: Estate) -> list[bool]:
    """Whether its own configuration asks for whom it becomes on that way; else only the trusting side says so."""
    return [any(bridge.declared for bridge in _crossed(estate, one)) for one in estate.identities]


@fact("identity", "boolean")
def identity_stranger(estate: Estate) -> list[bool]:
    """Whether it stands for people whom nobody knows: whoever has an account on GitHub."""
    return [one.provider == "github" and one.kind == "federated_principal" for one in estate.identities]


@fact("trust", "boolean", unknown="who could show it a token was not collected completely")
def trust_taken(estate: Estate) -> list[bool | None]:
    """Whether anybody who was collected can show the token that it asks for.

    No is said only where the issuer's own side was collected completely: the service accounts of the cluster, the
    repositories of the organization on GitHub. Who is there and is kept out for another reason can.
    """
    issuers = estate.once(_clusters)
    return [_taken(estate, trust, issuers) for trust in estate.trusts]


def bridges(estate: Estate, subject: SubjectKind, subject_id: str) -> list[Evidence]:
    """Whom the identity becomes in other clouds, with the statements that let it in."""
    identity = estate.inventory.identities.get(subject_id) if subject == "identity" else None
    if identity is None:
        return []
    # Those that matter, where some do: the others lead nowhere.
    found = tuple(_crossed(estate, identity)) or estate.access.bridges.of(subject_id)
    pieces = some(found, lambda one: Evidence("trust", _sentence(estate, one), one.trust_id))
    return [*pieces, *statements(estate, (ref for one in found[:MOST] for ref in one.statements))]


def _quoted(estate: Estate, id_: str) -> str:
    """Name a principal inside a sentence: what people call their applications may be one itself."""
    identity = estate.inventory.identities.get(id_)
    name = principal(estate, id_)
    return f'"{name}"' if identity is not None and is_numbered(identity.provider) else name


def _sentence(estate: Estate, bridge: Bridge) -> str:
    how = f", {bridge.detail}" if bridge.detail else ""
    open_ = f" if {'; '.join(bridge.residual)}" if bridge.residual else ""
    return f"its token makes it {place(estate, bridge.target_id)}{how}{open_}"


def _crossed(estate: Estate, identity: Identity) -> Iterable[Bridge]:
    """Yield the bridges that the first crossing of an identity's way to more privilege goes over."""
    level = estate.privileges.get(identity.id)
    step = next((one for one in level.path if one.technique == FEDERATES), None) if level is not None else None
    if step is not None:
        yield from estate.access.bridges.between(step.source_id, step.target_id)


def _in_vain(estate: Estate, identity: Identity, names: tuple[str, ...], clients: Mapping[str, Identity]) -> str | None:
    """Return the names that surely are asked for in vain; None where none is sure and one may be."""
    answers = {name: _is_in_vain(estate, identity, name, clients) for name in names}
    sure = [name for name in names if answers[name] is True]
    return ", ".join(sure) if sure or None not in answers.values() else None


def _is_in_vain(estate: Estate, holder: Identity, name: str, clients: Mapping[str, Identity]) -> bool | None:
    """Say whether something that no bridge leads to was seen well enough to know that none does."""
    if name.startswith("arn:"):
        return True if estate.listed("aws", "iam_role", account_named(name)) is True else None
    if "@" in name:
        if _may_act_as(estate, holder, f"{_ACCOUNT}{name}"):
            return False
        project = estate.project_of(home_in(name))
        seen = (estate.listed("gcp", sort, project) for sort in ("service_account", "bindings"))
        return True if all(one is True for one in seen) else None
    known = clients.get(name.lower())
    if known is not None:
        sort = "federation" if known.kind == "managed_identity" else "application_federation"
        return True if estate.listed("azure", sort, known.scope_id) is True else None
    tenant = dict(holder.attributes).get("azure_tenant_id", "").lower()
    tenants = [scope.id for scope in estate.scopes if scope.kind == "tenant" and scope.id.endswith(tenant)]
    listed = [estate.listed("azure", "service_principal", one) is True for one in tenants]
    return True if tenant and listed and all(listed) else None


def _may_act_as(estate: Estate, holder: Identity, account: str) -> bool:
    """Say whether somebody, as a member of a pool, may be a service account by what is granted above the account.

    https://cloud.google.com/iam/docs/service-account-permissions#directly-impersonate
    """
    if account not in estate.inventory.identities:
        return False
    members = {bridge.target_id for bridge in estate.access.bridges.of(holder.id)}
    return any(
        estate.access.decide(one, _ACTS_AS, account).verdict is not Verdict.DENIED
        for one in sorted(members)
        if estate.inventory.identities[one].kind == "federated_principal"
    )


def _clients(estate: Estate) -> Mapping[str, Identity]:
    """Applications and managed identities by their client ids."""
    return {one.unique_id.lower(): one for one in estate.identities if one.provider == "azure" and one.unique_id}


def _clusters(estate: Estate) -> Mapping[str, list[str]]:
    """Clusters by the keys of their issuers."""
    found: dict[str, list[str]] = {}
    for scope in estate.scopes:
        if scope.kind == "cluster":
            for issuer in dict(scope.attributes).get("oidc_issuer", "").split():
                found.setdefault(issuer_key(issuer), []).append(scope.id)
    return found


def _taken(estate: Estate, trust: Trust, clusters: Mapping[str, list[str]]) -> bool | None:
    if trust.subject_kind != "federated" or estate.access.bridges.lets_in(trust.id):
        return True if trust.subject_kind == "federated" else None
    issuer = issuer_key(trust.subject.rpartition(":oidc-provider/")[2])
    # Who is there is kept out by something else: the audience, another condition.
    if any((issuer, _holder_in(pattern)) in estate.once(_holders) for pattern in claim(trust, "sub")):
        return True
    if issuer in clusters:
        whole = [estate.listed("kubernetes", "service_account", one) is True for one in clusters[issuer]]
        return False if all(whole) else None
    if issuer != _GITHUB:
        return None
    owners = {_owner(pattern) for pattern in claim(trust, "sub")}
    whole = [estate.listed("github", "repository", f"{_GITHUB_SITE}/{owner}") is True for owner in sorted(owners)]
    return False if whole and all(whole) else None


def _holders(estate: Estate) -> frozenset[tuple[str, str]]:
    """Service accounts and repositories that are there: the key of their issuer, and how their subjects name them."""
    issuers: dict[str, list[str]] = {}
    for issuer, scopes in estate.once(_clusters).items():
        for scope in scopes:
            issuers.setdefault(scope, []).append(issuer)
    found = {
        (_GITHUB, f"repo:{one.id.partition('/')[2]}")
        for one in estate.scopes
        if one.kind == "repository" and one.id.startswith(f"{_GITHUB_SITE}/")
    }
    for one in estate.identities:
        if one.provider == "kubernetes" and one.kind == "service_account":
            place = take_apart(one.id)
            name = user_of_account(place.namespace, place.name)
            found.update((issuer, name) for issuer in issuers.get(cluster_of(one.id), ()))
    return frozenset(found)


def _holder_in(subject: str) -> str:
    """Return whom a subject is of: a service account, or a repository, in small letters as GitHub tells none apart."""
    kind, colon, rest = subject.partition(":")
    return f"{kind}{colon}{rest.partition(':')[0].lower()}" if kind == "repo" else subject


def _owner(subject: str) -> str:
    """Return whose repository a pattern of GitHub's subjects is of; empty where it may be of several."""
    kind, _, rest = subject.partition(":")
    owner = rest.partition("/")[0]
    return owner.lower() if kind == "repo" and not set("*?") & set(owner) else ""
