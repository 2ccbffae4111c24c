"""Sets of a pool that go by what only a token shows: a group, an attribute, a cluster.

Whether somebody is in such a set is for each sign-in to show. It is written here as the condition that a pool's own
attribute conditions would be: `attribute.ref == "main"`, `"admins" in google.groups`
(https://cloud.google.com/iam/docs/workload-identity-federation#mapping).
"""

import json
import re
from functools import lru_cache

from nhi_scan.access.gcp.identifiers import canonical, pool_of
from nhi_scan.model.policy import Condition

_SET = re.compile(r"/(?:(group)|(attribute\.[A-Za-z0-9_]+|kubernetes\.cluster))/(.+)\Z", re.DOTALL)
_SETS = ("/group/", "/attribute.", "/kubernetes.")


def shown_by_token(name: str) -> bool:
    """Say whether a canonical name is that of a set in which somebody is by what only their token shows."""
    pool = pool_of(name)
    return bool(pool) and name.removeprefix(pool).startswith(_SETS)


def attribute_of(name: str) -> tuple[str, str]:
    """Part a set's canonical name into the attribute, with the pool, and its value; empty where it goes by none.

    An attribute has one value, so that nobody is in the sets of two. Groups are a list, and somebody may be in many.
    """
    pool = pool_of(name)
    attribute, _, value = name.removeprefix(pool).removeprefix("/").partition("/")
    return (f"{pool}/{attribute}", value) if pool and attribute.startswith("attribute.") else ("", "")


@lru_cache(maxsize=1 << 16)
def condition_of(principal: str) -> Condition | None:
    """Return what a token must show to be in a set, as CEL; None where the principal is no such set.

    Args:
        principal: as a policy writes it.
    """
    name = canonical(principal)
    found = _SET.match(name.removeprefix(pool_of(name))) if shown_by_token(name) else None
    if found is None:
        return None
    value = json.dumps(found[3], ensure_ascii=False)
    return Condition("CEL", "", (f"{value} in google.groups" if found[1] else f"{found[2]} == {value}",))
