"""What a record of an export is, told from what it holds and not from the name of its file.

`gcloud asset export` writes one asset a line, in a bucket with `snake_case` names
(https://cloud.google.com/asset-inventory/docs/export-asset-metadata); `gcloud ... --format=json` writes arrays in
`camelCase`; an answer of a REST interface is an object with one list in it.
"""

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from nhi_scan.model.record import record
from nhi_scan.model.service_accounts import project_in
from nhi_scan.providers.gcp import import_delegation
from nhi_scan.providers.gcp.kinds import ASSET_TYPES, asset_kind
from nhi_scan.snapshot.values import text, texts, within

Value = dict[str, Any]

POLICIES = "asset-iam-policies"
ORG_POLICIES = "asset-org-policies"
PREDEFINED = "iam-predefined-roles"
GROUPS = "cloudidentity-groups"
MEMBERSHIPS = "cloudidentity-memberships"

_TYPES = frozenset(ASSET_TYPES)
# Lists that answers of REST interfaces and some commands hold.
_LISTS = (
    "assets",
    "results",
    "roles",
    "accounts",
    "keys",
    "projects",
    "folders",
    "organizations",
    "policies",
    "activities",
    "recommendations",
    "insights",
    "workloadIdentityPools",
    "workloadIdentityPoolProviders",
    "workforcePools",
    "workforcePoolProviders",
    "principalAccessBoundaryPolicies",
    "policyBindings",
    "groups",
    "memberships",
    "items",
)
_BESIDE = frozenset({"nextPageToken", "readTime", "kind", "etag", "unreachable", "totalSize"})
_CAMEL = {
    "asset_type": "assetType",
    "iam_policy": "iamPolicy",
    "org_policy": "orgPolicy",
    "update_time": "updateTime",
    "boolean_policy": "booleanPolicy",
    "list_policy": "listPolicy",
    "restore_default": "restoreDefault",
    "all_values": "allValues",
    "allowed_values": "allowedValues",
    "denied_values": "deniedValues",
}


@record
class Found:
    """A record of an export, as the snapshot keeps it."""

    kind: str
    value: Value  # emptied once it is held as JSON
    json: bytes = b""
    name: str = ""
    scope: str = ""  # where only one scope was asked; empty: a sweep
    line: tuple[str, ...] = ()  # what it is in, from the nearest scope upwards, as far as it says
    of: Value | None = None
    asset_type: str = ""


def listed(value: Value) -> tuple[list[Any], bool] | None:
    """The records of an answer that is a page of a list; None for what is no page.

    Returns:
        The records, and whether the page says that another one follows.
    """
    names = [name for name in _LISTS if isinstance(value.get(name), list)]
    if len(names) != 1 or value.keys() - _BESIDE != {names[0]}:
        return None
    return value[names[0]], bool(value.get("nextPageToken"))


def classify(value: Value, place: str) -> list[Found] | None:
    """Tell what a record is.

    Args:
        value: the record.
        place: what the file's name says it is about: a scope, or `serviceAccount/` and an address; empty for nothing.

    Returns:
        What the snapshot keeps of it, perhaps nothing; None for what is no record that anybody knows.
    """
    if isinstance(value.get("resource"), str) and isinstance(value.get("policy"), dict):
        return [Found(kind=POLICIES, value=value, line=_searched(value))]
    if "assetType" in value or "asset_type" in value:
        return _asset(_camel(value))
    if isinstance(value.get("bindings"), list) and "name" not in value:
        return _policy(value, place)
    return next(([found] for read in _READERS if (found := read(value, text(value, "name"))) is not None), None)


def _camel(asset: Value) -> Value:
    return {
        _CAMEL.get(key, key): [_camel(one) if isinstance(one, dict) else one for one in word]
        if key in ("org_policy", "orgPolicy") and isinstance(word, list)
        else _camel(word)
        if key in ("list_policy", "boolean_policy") and isinstance(word, dict)
        else word
        for key, word in asset.items()
    }


def _asset(asset: Value) -> list[Found]:
    asset_type, line = text(asset, "assetType"), tuple(texts(asset.get("ancestors")))
    found = []
    if isinstance(asset.get("iamPolicy"), dict):
        policy = {
            "resource": text(asset, "name"),
            "assetType": asset_type,
            "project": next((one for one in line if one.startswith("projects/")), ""),
            "folders": [one for one in line if one.startswith("folders/")],
            "organization": next((one for one in line if one.startswith("organizations/")), ""),
            "policy": asset["iamPolicy"],
        }
        found.append(Found(kind=POLICIES, value=policy, line=line))
    if isinstance(asset.get("orgPolicy"), list):
        kept: dict[str, Any] = {name: asset[name] for name in ("name", "ancestors", "orgPolicy") if name in asset}
        found.append(Found(kind=ORG_POLICIES, value=kept, line=line))
    if isinstance(asset.get("resource"), dict) and asset_type in _TYPES:
        kind = asset_kind(asset_type)
        found.append(Found(kind=kind, value=asset, line=line, asset_type=asset_type))
    return found


def _searched(result: Mapping[str, Any]) -> tuple[str, ...]:
    folders = texts(result.get("folders"))
    above = folders if len(folders) == 1 else []  # the order of several is not documented
    return tuple(one for one in (text(result, "project"), *above, text(result, "organization")) if one)


def _policy(policy: Value, place: str) -> list[Found] | None:
    if not place:
        return None
    kind, _, email = place.partition("/")
    if kind != "serviceAccount":
        return [Found(kind="crm-iam-policies", value=policy, scope=place, of={"resource": place})]
    project = project_in(email)  # a default account of Compute Engine names none: it is one of those that are imported
    scope = f"projects/{project}" if project else ""
    name = f"{scope or 'projects/-'}/serviceAccounts/{email}"
    return [Found(kind="iam-service-account-policies", value=policy, scope=scope, of={"name": name})]


Reader = Callable[[Value, str], Found | None]


def _role(value: Value, name: str) -> Found | None:
    if name.startswith("roles/"):
        return Found(kind=PREDEFINED, value=value)
    scope, custom, _ = name.partition("/roles/")
    if not custom or not scope.startswith(("projects/", "organizations/")) or "/" in scope.partition("/")[2]:
        return None
    return Found(kind="iam-custom-roles", value=value, scope=scope)


def _account(value: Value, name: str) -> Found | None:
    if "email" not in value or "/serviceAccounts/" not in name:
        return None
    return Found(kind="iam-service-accounts", value=value, scope=name.partition("/serviceAccounts/")[0])


def _key(value: Value, name: str) -> Found | None:
    project, account, key = name.partition("/serviceAccounts/")
    if not account or "/keys/" not in key:
        return None
    return Found(kind="iam-service-account-keys", value=value, scope=project)


def _project(value: Value, _: str) -> Found | None:
    if not ("projectNumber" in value or text(value, "name").startswith("projects/")) or "projectId" not in value:
        return None
    above, parent = within(value, "parent"), text(value, "parent")
    if not parent and text(above, "type"):
        parent = f"{text(above, 'type')}s/{text(above, 'id')}"
    return Found(kind="crm-projects", value=value, line=tuple(one for one in (_own(value), parent) if one))


def _own(value: Value) -> str:
    return f"projects/{text(value, 'projectId')}"


def _scope(value: Value, name: str) -> Found | None:
    for plural in ("folders", "organizations"):
        if name.startswith(f"{plural}/") and name.count("/") == 1:
            parent = text(value, "parent")
            return Found(kind=f"crm-{plural}", value=value, line=(name, parent) if parent else (name,))
    return None


def _by_name(word: str, kind: str, unless: str = "", needs: Iterable[str] = ()) -> Reader:
    """A record whose own name tells what it is."""

    def read(value: Value, name: str) -> Found | None:
        fits = word in name and not (unless and unless in name) and all(field in value for field in needs)
        project = name.startswith("projects/") and kind not in _OF_ROOT
        scope = "/".join(name.split("/")[:2]) if project else ""
        return Found(kind=kind, value=value, scope=scope) if fits else None

    return read


_OF_ROOT = frozenset({"iam-pab-policies", "iam-pab-bindings", "iam-deny-policies"})


def _activity(value: Value, _: str) -> Found | None:
    kinds = {
        "serviceAccountLastAuthentication": "policyanalyzer-service-account-activities",
        "serviceAccountKeyLastAuthentication": "policyanalyzer-key-activities",
    }
    kind = kinds.get(text(value, "activityType"))
    if kind is None:
        return None
    project = text(value, "fullResourceName").partition("/projects/")[2].partition("/")[0]
    return Found(kind=kind, value=value, scope=f"projects/{project}" if project else "")


def _hmac(value: Value, _: str) -> Found | None:
    if "accessId" not in value or "serviceAccountEmail" not in value:
        return None
    project = text(value, "projectId")
    return Found(kind="storage-hmac-keys", value=value, scope=f"projects/{project}" if project else "")


def _membership(value: Value, name: str) -> Found | None:
    group, found, _ = name.partition("/memberships/")
    if not found or not group.startswith("groups/"):
        return None
    return Found(kind=MEMBERSHIPS, value=value, of={"group": group})


def _delegation(value: Value, _: str) -> Found | None:
    found = import_delegation.delegation(value)
    return None if found is None else Found(kind=import_delegation.KIND, value=found)


_READERS: tuple[Reader, ...] = (
    _key,
    _account,
    _role,
    _activity,
    _by_name("/denypolicies/", "iam-deny-policies"),
    _by_name("/principalAccessBoundaryPolicies/", "iam-pab-policies"),
    _by_name("/policyBindings/", "iam-pab-bindings"),
    _by_name("/providers/", "iam-workload-identity-pool-providers", unless="workforcePools/"),
    _by_name("/providers/", "iam-workforce-pool-providers"),
    _by_name("/workloadIdentityPools/", "iam-workload-identity-pools"),
    _by_name("/workforcePools/", "iam-workforce-pools"),
    _by_name("/recommendations/", "recommender-iam-recommendations"),
    _by_name("/insights/", "recommender-service-account-insights"),
    _by_name("/locations/global/keys/", "apikeys-keys"),
    _by_name("/policies/", "orgpolicy-policies", needs=("spec",)),
    _membership,
    _by_name("groups/", GROUPS, unless="/memberships/", needs=("groupKey",)),
    _hmac,
    _delegation,
    _project,
    _scope,
)
