"""Organization policies, API keys and HMAC keys.

https://cloud.google.com/resource-manager/docs/reference/orgpolicy/rest,
https://cloud.google.com/api-keys/docs/reference/rest, https://cloud.google.com/storage/docs/json_api/v1/projects/hmacKeys
"""

from nhi_scan.demo.gcp import records
from nhi_scan.demo.gcp.asking import Answer, Asked, answers
from nhi_scan.demo.gcp.paging import Listing


@answers(*(f"orgpolicy.{kind}.policies.list" for kind in ("organizations", "folders", "projects")))
def list_policies(asked: Asked) -> Answer:
    """List the organization policies that are set right at a scope."""
    scope = asked.permit("orgpolicy.policies.list", "parent")
    rows = [one for one in asked.world.estate.constraints if one.place == scope]
    return Listing(key="policies", rows=rows, build=lambda one: records.constraint(asked.world, one))


@answers("apikeys.projects.locations.keys.list")
def list_api_keys(asked: Asked) -> Answer:
    """List a project's API keys."""
    scope = asked.permit("apikeys.keys.list", "parent")
    rows = [one for one in asked.world.estate.api_keys if one.project == scope]
    return Listing(key="keys", rows=rows, build=lambda one: records.api_key(asked.world, one), most=300, usual=50)


@answers("storage.projects.hmacKeys.list")
def list_hmac_keys(asked: Asked) -> Answer:
    """List a project's HMAC keys."""
    scope = f"projects/{asked.one('projectId')}"
    scope = asked.world.scope(scope) or scope
    asked.gate.demand("storage.hmacKeys.list", scope, asked.service)
    rows = [one for one in asked.world.estate.hmac_keys if one.project == scope]
    rest = {"kind": "storage#hmacKeysMetadata"}
    return Listing(key="items", rows=rows, build=lambda one: records.hmac_key(asked.world, one), most=250, rest=rest)
