"""An estate's records as the service that owns each of them shows it, in JSON."""

from typing import Any
from urllib.parse import quote

from nhi_scan.demo.gcp.estate import (
    Account,
    ApiKey,
    Constraint,
    DenyPolicy,
    Folder,
    Group,
    HmacKey,
    Key,
    Pool,
    Project,
    Role,
    Tag,
)
from nhi_scan.demo.gcp.world import World

Record = dict[str, Any]
NEVER = "9999-12-31T23:59:59Z"  # how Google writes that a key has no end
_ETAG = "BwYxdemo"


def organization(world: World) -> Record:
    """https://cloud.google.com/resource-manager/reference/rest/v3/organizations."""
    return {
        "name": world.estate.organization,
        "displayName": world.estate.name,
        "directoryCustomerId": world.estate.customer,
        "state": "ACTIVE",
        "createTime": world.ago(1500),
        "etag": _ETAG,
    }


def folder(world: World, one: Folder) -> Record:
    """https://cloud.google.com/resource-manager/reference/rest/v3/folders."""
    return {
        "name": one.id,
        "displayName": one.name,
        "parent": one.parent,
        "state": "ACTIVE",
        "createTime": world.ago(1400),
        "etag": _ETAG,
    }


def project(world: World, one: Project) -> Record:
    """https://cloud.google.com/resource-manager/reference/rest/v3/projects."""
    record: Record = {
        "name": f"projects/{one.number}",
        "projectId": one.id.partition("/")[2],
        "displayName": one.name or one.id.partition("/")[2],
        "parent": one.parent,
        "state": one.state,
        "createTime": world.ago(one.created),
        "etag": _ETAG,
    }
    return {**record, "labels": dict(one.labels)} if one.labels else record


def account(one: Account) -> Record:
    """https://cloud.google.com/iam/docs/reference/rest/v1/projects.serviceAccounts."""
    record: Record = {
        "name": f"{one.project}/serviceAccounts/{one.email}",
        "projectId": one.project.partition("/")[2],
        "uniqueId": one.unique_id,
        "email": one.email,
        "oauth2ClientId": one.unique_id,
        "etag": "MDEwMjE5MjA=",
    }
    more = {"displayName": one.title, "description": one.description, "disabled": one.disabled}
    return {**record, **{name: value for name, value in more.items() if value}}


def key(world: World, owner: Account, one: Key) -> Record:
    """https://cloud.google.com/iam/docs/reference/rest/v1/projects.serviceAccounts.keys."""
    record: Record = {
        "name": f"{owner.project}/serviceAccounts/{owner.email}/keys/{one.id}",
        "keyAlgorithm": one.algorithm,
        "keyOrigin": one.origin,
        "keyType": f"{one.managed_by.upper()}_MANAGED",
        "validAfterTime": world.ago(one.created),
        "validBeforeTime": NEVER if one.expires is None else world.ago(-one.expires),
    }
    if one.disabled:
        record["disabled"] = True
    if one.disable_reason:
        record["disableReason"] = f"SERVICE_ACCOUNT_KEY_DISABLE_REASON_{one.disable_reason}"
    if one.exposed:
        status = "SERVICE_ACCOUNT_KEY_EXTENDED_STATUS_KEY_EXPOSED"
        record["extendedStatus"] = [{"key": status, "value": one.exposed}]
    return record


def role(one: Role, *, full: bool = True) -> Record:
    """https://cloud.google.com/iam/docs/reference/rest/v1/roles."""
    record: Record = {
        "name": one.id,
        "title": one.title or one.id.rpartition("/")[2],
        "stage": one.stage,
        "etag": "AA==",
    }
    if full and one.permissions:
        record["includedPermissions"] = sorted(one.permissions)
    return {**record, "deleted": True} if one.deleted else record


def pool_name(world: World, one: Pool) -> str:
    """The name of a pool, with its project's number; a workforce's pool lies in no project."""
    if one.place in world.projects:
        return f"{world.numbered(one.place)}/locations/global/workloadIdentityPools/{one.id}"
    return f"locations/global/workforcePools/{one.id}"


def pool(world: World, one: Pool) -> Record:
    """https://cloud.google.com/iam/docs/reference/rest/v1/projects.locations.workloadIdentityPools."""
    record: Record = {"name": pool_name(world, one), "displayName": one.name or one.id, "state": "ACTIVE"}
    if one.place not in world.projects:
        record["parent"] = one.place
    return {**record, "disabled": True} if one.disabled else record


def provider(world: World, one: Pool, id_: str) -> Record:
    """https://cloud.google.com/iam/docs/reference/rest/v1/projects.locations.workloadIdentityPools.providers."""
    return {"name": f"{pool_name(world, one)}/providers/{id_}", "state": "ACTIVE", **one.providers[id_]}


def api_key(world: World, one: ApiKey) -> Record:
    """https://cloud.google.com/api-keys/docs/reference/rest/v2/projects.locations.keys; never with the key itself."""
    record: Record = {
        "name": f"{world.numbered(one.project)}/locations/global/keys/{one.id}",
        "uid": one.id,
        "displayName": one.name or one.id,
        "createTime": world.ago(one.created),
        "updateTime": world.ago(one.created),
        "etag": 'W/"demo"',
    }
    more: Record = {"restrictions": dict(one.restrictions), "serviceAccountEmail": one.account}
    return {**record, **{name: value for name, value in more.items() if value}}


def constraint(world: World, one: Constraint) -> Record:
    """https://cloud.google.com/resource-manager/docs/reference/orgpolicy/rest/v2/organizations.policies."""
    return {
        "name": f"{world.numbered(one.place)}/policies/{one.name}",
        "spec": {"etag": _ETAG, "updateTime": world.ago(100), "rules": [dict(rule) for rule in one.rules]},
    }


def tag_binding(world: World, one: Tag) -> Record:
    """https://cloud.google.com/resource-manager/reference/rest/v3/tagBindings."""
    parent = world.full_name(one.place)
    return {
        "name": f"tagBindings/{quote(parent, safe='')}/tagValues/{one.number}",
        "parent": parent,
        "tagValue": f"tagValues/{one.number}",
        "tagValueNamespacedName": f"{world.estate.organization.partition('/')[2]}/{one.key}/{one.value}",
    }


def deny_policy(world: World, one: DenyPolicy, *, rules: bool) -> Record:
    """https://cloud.google.com/iam/docs/reference/rest/v2/policies; the list leaves the rules out."""
    attachment = quote(f"cloudresourcemanager.googleapis.com/{world.numbered(one.place)}", safe="")
    record: Record = {
        "name": f"policies/{attachment}/denypolicies/{one.id}",
        "uid": f"uid-{one.id}",
        "kind": "DenyPolicy",
        "displayName": one.name or one.id,
        "createTime": world.ago(120),
        "updateTime": world.ago(120),
    }
    return {**record, "rules": [dict(rule) for rule in one.rules]} if rules else record


def group(world: World, one: Group) -> Record:
    """https://cloud.google.com/identity/docs/reference/rest/v1/groups."""
    return {
        "name": one.id,
        "groupKey": {"id": one.email},
        "parent": f"customers/{world.estate.customer}",
        "displayName": one.name or one.email.partition("@")[0],
        "createTime": world.ago(900),
        "updateTime": world.ago(30),
        "labels": {"cloudidentity.googleapis.com/groups.discussion_forum": ""},
    }


def hmac_key(world: World, one: HmacKey) -> Record:
    """https://cloud.google.com/storage/docs/json_api/v1/projects/hmacKeys."""
    project_id = one.project.partition("/")[2]
    return {
        "kind": "storage#hmacKeyMetadata",
        "id": f"{project_id}/{one.id}",
        "accessId": one.id,
        "projectId": project_id,
        "serviceAccountEmail": one.account,
        "state": one.state,
        "timeCreated": world.ago(one.created),
        "updated": world.ago(one.created),
        "etag": "demo",
    }


def activity(world: World, owner: Account, one: Key | None = None) -> Record:
    """https://cloud.google.com/policy-intelligence/docs/activity-analyzer-service-account-authentication.

    Args:
        world: where.
        owner: the account.
        one: its key that the activity is of; None: the account's own.
    """
    kind = "serviceAccount" if one is None else "serviceAccountKey"
    used = owner.used if one is None else one.used
    name = f"//iam.googleapis.com/{owner.project}/serviceAccounts/{owner.email}"
    full = name if one is None else f"{name}/keys/{one.id}"
    subject = {
        "fullResourceName": full,
        "projectNumber": world.projects[owner.project].number,
        "serviceAccountId": owner.unique_id,
    }
    return {
        "fullResourceName": full,
        "activityType": f"{kind}LastAuthentication",
        "observationPeriod": {"startTime": world.ago(400), "endTime": world.ago(1)},
        "activity": {"lastAuthenticatedTime": world.ago(used or 0), kind: subject},
    }
