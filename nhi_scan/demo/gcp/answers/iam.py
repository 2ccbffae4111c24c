"""IAM: https://cloud.google.com/iam/docs/reference/rest."""

from nhi_scan.demo.gcp import records
from nhi_scan.demo.gcp.asking import Answer, Asked, answers
from nhi_scan.demo.gcp.errors import not_found
from nhi_scan.demo.gcp.estate import Account, Role
from nhi_scan.demo.gcp.paging import Listing

_CRM = "cloudresourcemanager.googleapis.com/"


@answers("iam.projects.serviceAccounts.list")
def list_accounts(asked: Asked) -> Answer:
    """List a project's service accounts."""
    scope = asked.permit("iam.serviceAccounts.list", "name")
    rows = [one for one in asked.world.estate.accounts if one.project == scope]
    return Listing(key="accounts", rows=rows, build=records.account, most=100, usual=20)


def named_account(asked: Asked, name: str, permission: str) -> Account:
    """Return the account that a name ends in, by email or by unique id, having asked for a permission.

    Raises:
        ApiError: PERMISSION_DENIED or NOT_FOUND.
    """
    words, world = name.split("/"), asked.world
    found = world.accounts.get(words[3]) or world.by_unique_id.get(words[3])
    if found is None or found.project in world.gone:
        raise not_found(name)
    asked.gate.demand(permission, found.project, asked.service)
    return found


@answers("iam.projects.serviceAccounts.get")
def get_account(asked: Asked) -> Answer:
    """Return one service account."""
    return records.account(named_account(asked, asked.one("name"), "iam.serviceAccounts.get"))


@answers("iam.projects.serviceAccounts.keys.list")
def list_keys(asked: Asked) -> Answer:
    """List an account's keys; this method has no pages."""
    owner = named_account(asked, asked.one("name"), "iam.serviceAccountKeys.list")
    kinds = {kind.partition("_")[0].lower() for kind in asked.query.get("keyTypes", ())}
    keys = [key for key in owner.keys if not kinds or key.managed_by in kinds]
    return {"keys": [records.key(asked.world, owner, key) for key in keys]} if keys else {}


@answers("iam.projects.serviceAccounts.getIamPolicy")
def get_account_policy(asked: Asked) -> Answer:
    """Return the allow policy of a service account."""
    found = named_account(asked, asked.one("resource"), "iam.serviceAccounts.getIamPolicy")
    version = int(asked.one("options.requestedPolicyVersion") or 0)
    return asked.world.policy(f"serviceAccount:{found.email}", version)


@answers("iam.roles.list", "iam.projects.roles.list", "iam.organizations.roles.list")
def list_roles(asked: Asked) -> Answer:
    """List predefined roles, or the custom roles of a project or of the organization."""
    parent = "" if asked.method == "iam.roles.list" else asked.permit("iam.roles.list", "parent")
    rows = roles_of(asked, parent, deleted=asked.one("showDeleted") == "true")
    full = asked.one("view") in {"FULL", "1"}
    return Listing(key="roles", rows=rows, build=lambda one: records.role(one, full=full), usual=300)


def roles_of(asked: Asked, parent: str, *, deleted: bool) -> list[Role]:
    """Return the roles of a parent; none: the predefined ones."""
    prefix = f"{parent}/roles/" if parent else "roles/"
    return [one for one in asked.world.estate.roles if one.id.startswith(prefix) and (deleted or not one.deleted)]


@answers("iam.roles.get", "iam.projects.roles.get", "iam.organizations.roles.get")
def get_role(asked: Asked) -> Answer:
    """Return one role."""
    name = asked.one("name")
    if not name.startswith("roles/"):
        asked.permit("iam.roles.get", "name")
    found = [one for one in asked.world.estate.roles if one.id == name]
    if not found:
        raise not_found(name)
    return records.role(found[0])


@answers("iam.policies.listPolicies")
def list_deny_policies(asked: Asked) -> Answer:
    """List the deny policies attached to a scope, without their rules, as the method's page says."""
    place = asked.one("parent").removeprefix("policies/").removesuffix("/denypolicies")
    scope = attachment(asked, place, "iam.denypolicies.list")
    rows = [one for one in asked.world.estate.deny_policies if one.place == scope]
    return Listing(
        key="policies", rows=rows, build=lambda one: records.deny_policy(asked.world, one, rules=False), usual=50
    )


@answers("iam.policies.get")
def get_deny_policy(asked: Asked) -> Answer:
    """Return one deny policy with its rules."""
    place, _, id_ = asked.one("name").removeprefix("policies/").partition("/denypolicies/")
    scope = attachment(asked, place, "iam.denypolicies.get")
    found = [one for one in asked.world.estate.deny_policies if one.place == scope and one.id == id_]
    if not found:
        raise not_found(asked.one("name"))
    return records.deny_policy(asked.world, found[0], rules=True)


def attachment(asked: Asked, place: str, permission: str) -> str:
    """Return the scope that a deny policy's attachment point names, having asked for a permission there."""
    scope = asked.world.scope(place.removeprefix(_CRM))
    asked.gate.demand(permission, scope or place.removeprefix(_CRM), asked.service)
    if not scope:
        raise not_found(place)
    return scope


@answers("iam.projects.locations.workloadIdentityPools.list")
def list_pools(asked: Asked) -> Answer:
    """List a project's pools of workload identities."""
    scope = asked.permit("iam.workloadIdentityPools.list", "parent")
    rows = [one for one in asked.world.estate.pools if one.place == scope]
    return Listing(key="workloadIdentityPools", rows=rows, build=lambda one: records.pool(asked.world, one), usual=50)


@answers("iam.projects.locations.workloadIdentityPools.providers.list")
def list_providers(asked: Asked) -> Answer:
    """List the providers of a pool."""
    asked.permit("iam.workloadIdentityPoolProviders.list", "parent")
    return _providers(asked, "workloadIdentityPoolProviders")


@answers("iam.locations.workforcePools.list")
def list_workforce_pools(asked: Asked) -> Answer:
    """List the organization's workforce pools."""
    scope = asked.permit("iam.workforcePools.list", "parent")
    rows = [one for one in asked.world.estate.pools if one.place == scope]
    return Listing(key="workforcePools", rows=rows, build=lambda one: records.pool(asked.world, one), usual=50)


@answers("iam.locations.workforcePools.providers.list")
def list_workforce_providers(asked: Asked) -> Answer:
    """List the providers of a workforce pool."""
    asked.gate.demand("iam.workforcePoolProviders.list", asked.world.estate.organization, asked.service)
    return _providers(asked, "workforcePoolProviders")


def _providers(asked: Asked, field: str) -> Answer:
    id_, scope = asked.one("parent").rpartition("/")[2], asked.world.scope(asked.one("parent"))
    found = [
        one
        for one in asked.world.estate.pools
        if one.id == id_ and one.place == (scope or asked.world.estate.organization)
    ]
    if not found:
        raise not_found(asked.one("parent"))
    pool = found[0]
    rows = sorted(pool.providers)
    return Listing(key=field, rows=rows, build=lambda name: records.provider(asked.world, pool, name), usual=50)
