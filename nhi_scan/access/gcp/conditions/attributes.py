"""The attributes and the special methods of conditions, looked up in what is known.

https://cloud.google.com/iam/docs/conditions-attribute-reference
"""

from nhi_scan.access.gcp.conditions.claims import ASSERTION, Claims, claim
from nhi_scan.access.gcp.conditions.known import Known
from nhi_scan.access.gcp.conditions.values import UNKNOWN, Beginning, Value

TAGS = "resource.tags"
"""Under which name `reads` says that a condition asks for tags."""

TAG_METHODS = {"matchTag": 2, "matchTagId": 2, "hasTagKey": 1, "hasTagKeyId": 1}
"""Names of the methods of `resource` that ask for tags, and how many arguments each takes."""

API = "api.getAttribute"
_LISTS = ("request.auth.access_levels", "google.groups")
_BY_ID = "tagKeys/"


def attribute(name: str, known: Known) -> Value:
    """Look an attribute up by its dotted name."""
    found: Value = None
    if name == "resource.name":
        found = known.resource_name
        if found is None and known.resource_prefix:
            found = Beginning(known.resource_prefix)
    elif name == "resource.type":
        found = known.resource_type
    elif name == "resource.service":
        found = known.resource_service
    elif name == "request.time":
        found = known.now
    if found is not None:
        return found
    if known.token:
        return _of_token(name, known)
    said = known.extra.get(name)
    if said is None:
        return UNKNOWN
    return [part for part in said.split(",") if part] if name in _LISTS else said


def _of_token(name: str, known: Known) -> Value:
    if name in known.token:
        return known.token[name]
    root, _, path = name.partition(".")
    return claim(known.token[ASSERTION], path) if root == ASSERTION and path else UNKNOWN


def present(name: str, known: Known) -> Value:
    """`has(a.b)`: surely there where it is known; that it is not, only a whole token tells."""
    owner, _, key = name.rpartition(".")
    claims = attribute(owner, known) if known.token and owner.partition(".")[0] == ASSERTION else None
    if isinstance(claims, Claims):
        return claims.has(key)
    return UNKNOWN if attribute(name, known) is UNKNOWN else True


def api_attribute(name: Value, default: Value, known: Known) -> Value:
    """`api.getAttribute(name, default)`: what only the request itself shows.

    The default is for requests that do not have it. Which requests those are, nothing here can tell.
    """
    said = known.extra.get(name) if isinstance(name, str) else None
    if said is None:
        return UNKNOWN
    return [part for part in said.split(",") if part] if isinstance(default, list) else said


def tag(method: str, arguments: list[Value], known: Known) -> Value:
    """Answer one of the methods that ask for tags, those inherited included.

    Tags are known by namespaced key and short value. By permanent id (`tagKeys/1`, `tagValues/2`) they are known only
    where there is an id for each name; where there are no tags at all, none has that id.

    https://cloud.google.com/iam/docs/conditions-attribute-reference#resource-tags
    """
    tags = known.tags
    texts = [argument for argument in arguments if isinstance(argument, str)]
    if tags is None or len(texts) != TAG_METHODS[method]:
        return UNKNOWN
    if method.endswith("Id") and texts[0] not in tags and 2 * sum(key.startswith(_BY_ID) for key in tags) < len(tags):
        return UNKNOWN
    return texts[0] in tags if len(texts) == 1 else tags.get(texts[0]) == texts[1]
