"""Principal access boundary policies: https://cloud.google.com/iam/docs/principal-access-boundary-policies."""

from typing import Any

from nhi_scan.demo.gcp.asking import Answer, Asked, answers
from nhi_scan.demo.gcp.errors import not_found
from nhi_scan.demo.gcp.estate import Boundary, Json
from nhi_scan.demo.gcp.paging import Listing

_KIND = "PRINCIPAL_ACCESS_BOUNDARY"


@answers("iam.v3.principalAccessBoundaryPolicies.list")
def list_policies(asked: Asked) -> Answer:
    """List the organization's policies, with their rules."""
    scope = asked.permit("iam.principalaccessboundarypolicies.list", "parent")
    rows = asked.world.estate.boundaries if scope == asked.world.estate.organization else ()
    return Listing(key="principalAccessBoundaryPolicies", rows=rows, build=lambda one: policy(asked, one), usual=50)


@answers("iam.v3.principalAccessBoundaryPolicies.get")
def get_policy(asked: Asked) -> Answer:
    """Return one policy."""
    asked.permit("iam.principalaccessboundarypolicies.get", "name")
    return policy(asked, _named(asked))


@answers("iam.v3.principalAccessBoundaryPolicies.searchPolicyBindings")
def search_bindings(asked: Asked) -> Answer:
    """List the bindings of one policy, wherever they are made.

    The permission is the one of the method's own page; the guide to viewing these policies has another spelling.
    https://cloud.google.com/iam/docs/reference/rest/v3/organizations.locations.principalAccessBoundaryPolicies/searchPolicyBindings
    """
    asked.permit("iam.principalaccessboundarypolicies.searchPolicyBindings", "name")
    rows = [(_named(asked), one) for one in _named(asked).bindings]
    return Listing(key="policyBindings", rows=rows, build=lambda row: binding(asked, *row), usual=50)


@answers("iam.v3.policyBindings.list")
def list_bindings(asked: Asked) -> Answer:
    """List the bindings that are made right at a scope."""
    scope = asked.permit("iam.policybindings.list", "parent")
    rows = [(one, each) for one in asked.world.estate.boundaries for each in one.bindings if each["place"] == scope]
    return Listing(key="policyBindings", rows=rows, build=lambda row: binding(asked, *row), usual=50)


@answers("iam.v3.policyBindings.searchTargetPolicyBindings")
def search_target(asked: Asked) -> Answer:
    """List the bindings whose target is a principal set."""
    asked.permit("iam.policybindings.list", "parent")
    rows = [
        (one, each)
        for one in asked.world.estate.boundaries
        for each in one.bindings
        if each["principalSet"] == asked.one("target")
    ]
    return Listing(key="policyBindings", rows=rows, build=lambda row: binding(asked, *row), usual=50)


def _named(asked: Asked) -> Boundary:
    id_ = asked.one("name").rpartition("/")[2]
    found = [one for one in asked.world.estate.boundaries if one.id == id_]
    if not found:
        raise not_found(asked.one("name"))
    return found[0]


def _name(asked: Asked, one: Boundary) -> str:
    return f"{asked.world.estate.organization}/locations/global/principalAccessBoundaryPolicies/{one.id}"


def policy(asked: Asked, one: Boundary) -> dict[str, Any]:
    """Return a policy as JSON."""
    return {
        "name": _name(asked, one),
        "uid": f"uid-{one.id}",
        "etag": '"demo"',
        "displayName": one.name or one.id,
        "createTime": asked.world.ago(90),
        "updateTime": asked.world.ago(90),
        "details": {"rules": [dict(rule) for rule in one.rules], "enforcementVersion": one.version},
    }


def binding(asked: Asked, one: Boundary, given: Json) -> dict[str, Any]:
    """Return a binding of a policy as JSON."""
    place = asked.world.numbered(given["place"])
    record: dict[str, Any] = {
        "name": f"{place}/locations/global/policyBindings/{given['id']}",
        "uid": f"uid-{given['id']}",
        "etag": '"demo"',
        "displayName": given["id"],
        "target": {"principalSet": given["principalSet"]},
        "policyKind": _KIND,
        "policy": _name(asked, one),
        "policyUid": f"uid-{one.id}",
        "createTime": asked.world.ago(90),
        "updateTime": asked.world.ago(90),
    }
    return {**record, "condition": {"expression": given["condition"]}} if given.get("condition") else record
