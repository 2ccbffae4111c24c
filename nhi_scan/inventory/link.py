"""Joins between records that name each other in different ways, or name what is not there."""

from collections.abc import Iterable, Mapping
from dataclasses import replace

from nhi_scan.model.identity import Identity, Resource
from nhi_scan.model.policy import Binding, Guardrail, Policy, Trust

_SESSION_PARTS = 6
_IDENTITY_PROVIDERS = ("oidc_provider", "saml_provider")
_GUARDRAILS_OF = {"deny_policy": "gcp", "principal_access_boundary": "gcp", "deny_assignment": "azure"}
_AZURE_ROLES = ("/providers/microsoft.authorization/roledefinitions/", "directory/", "approles/", "delegated/")


def session_role(principal: str) -> str:
    """`<account>:<role name>` for the ARN of an assumed-role session, empty for anything else.

    A session's ARN leaves out the path of its role, so the role's own ARN cannot be built from it:
    https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_identifiers.html#identifiers-arns
    """
    parts = principal.split(":", _SESSION_PARTS - 1)
    if len(parts) != _SESSION_PARTS or parts[2] != "sts" or not parts[5].startswith("assumed-role/"):
        return ""
    return f"{parts[4]}:{parts[5].split('/')[1]}"


def roles_by_session(identities: Mapping[str, Identity]) -> dict[str, str]:
    """Ids of roles, by account and name: how sessions name them. Role names are unique in an account."""
    return {
        f"{identity.scope_id}:{identity.name}": identity.id
        for identity in identities.values()
        if identity.kind == "iam_role"
    }


def stub_missing_policies(
    policies: Mapping[str, Policy],
    bindings: Iterable[Binding],
    guardrails: Iterable[Guardrail],
) -> dict[str, Policy]:
    """Add a policy without content for each one that something refers to and that was not recorded.

    It is marked as not complete, so that what it says is unknown: a reference that leads nowhere grants something
    that nobody can tell, and not nothing.
    """
    found = dict(policies)
    for binding in bindings:
        if binding.policy_id not in found:
            found[binding.policy_id] = _unseen(binding)
    for guardrail in guardrails:
        if guardrail.policy_id not in found:
            found[guardrail.policy_id] = Policy(
                id=guardrail.policy_id,
                provider=_GUARDRAILS_OF.get(guardrail.kind, "aws"),
                kind="boundary" if guardrail.kind == "principal_access_boundary" else "guardrail",
                name=guardrail.policy_id.rsplit("/", 1)[-1],
                scope_id=guardrail.scope_id,
                complete=False,
            )
    return {id_: found[id_] for id_ in sorted(found)} if len(found) > len(policies) else found


def link_identity_providers(resources: dict[str, Resource], trusts: Iterable[Trust]) -> dict[str, Resource]:
    """Note on identity providers what makes use of them: roles that trust them and whatever else names them.

    A cluster names its provider by the address of its issuer, everything else by id.
    """
    users: dict[str, set[str]] = {id_: set() for id_, one in resources.items() if one.kind in _IDENTITY_PROVIDERS}
    if not users:
        return resources
    for trust in trusts:
        if trust.subject_kind == "federated" and trust.subject in users:
            users[trust.subject].add(trust.identity_id)
    by_issuer = {url: id_ for id_ in users if (url := dict(resources[id_].attributes).get("url"))}
    for resource in resources.values():
        said = dict(resource.attributes)
        named = said.get("identity_providers", "").split()
        for provider in (*named, by_issuer.get(said.get("oidc_issuer", ""), "")):
            if provider in users:
                users[provider].add(resource.id)
    found = {id_: replace(resources[id_], used_by=tuple(sorted(ids))) for id_, ids in users.items() if ids}
    return {**resources, **found}


def _unseen(binding: Binding) -> Policy:
    id_ = binding.policy_id
    if _is_google_role(id_):
        predefined = id_.startswith("roles/")
        home = "" if predefined else id_.partition("/roles/")[0]
        return Policy(
            id=id_,
            provider="gcp",
            kind="role",
            name=id_,
            scope_id=home,
            managed_by_provider=predefined,
            version="",
            complete=False,
        )
    if id_.startswith(_AZURE_ROLES):
        return Policy(id=id_, provider="azure", kind="role", name=id_, scope_id="", version="", complete=False)
    return Policy(
        id=id_,
        provider="aws" if id_.startswith("arn:") else "",
        kind="boundary" if binding.purpose == "bounds" else "identity",
        name=id_.rsplit("/", 1)[-1],
        scope_id=binding.scope_id,
        managed_by_provider=":iam::aws:policy/" in id_,
        complete=False,
    )


def _is_google_role(policy_id: str) -> bool:
    """`roles/editor`, `projects/p/roles/mine`, `organizations/1/roles/ours`."""
    scope, between, _ = policy_id.rpartition("roles/")
    return bool(between) and (scope == "" or scope.startswith(("projects/", "organizations/")))
