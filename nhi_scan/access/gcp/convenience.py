"""`projectOwner:p`, `projectEditor:p`, `projectViewer:p`: whoever has a basic role on a project.

https://cloud.google.com/storage/docs/access-control/iam#convenience-values,
https://cloud.google.com/bigquery/docs/access-control-basic-roles
"""

from collections.abc import Callable, Mapping
from collections.abc import Set as AbstractSet
from typing import NamedTuple

from nhi_scan.access.gcp.places import Places
from nhi_scan.inventory.build import Inventory

CONVENIENCE = {"projectOwner": "roles/owner", "projectEditor": "roles/editor", "projectViewer": "roles/viewer"}


class Held(NamedTuple):
    """Convenience values, by how surely they stand for somebody."""

    sure: set[str]
    maybe: set[str]


class Convenience:
    """Who stands behind the convenience values that policies name. All names are canonical."""

    def __init__(
        self, inventory: Inventory, places: Places, written: Mapping[str, object], canonical: Callable[[str], str]
    ) -> None:
        """Look up who has the basic roles that are asked for; `canonical` gives a principal its one name."""
        self._sure: dict[str, set[str]] = {}  # member -> values
        self._maybe: dict[str, set[str]] = {}
        wanted: dict[tuple[str, str], list[tuple[str, bool]]] = {}
        for value in written:
            kind, _, project = value.partition(":")
            role = CONVENIENCE.get(kind)
            if role is not None:
                *above, own = places.chain(f"projects/{project}")
                wanted.setdefault((role, own), []).append((value, True))
                for place in above:
                    wanted.setdefault((role, place), []).append((value, False))
        for role in sorted({role for role, _ in wanted}):
            for binding in inventory.bindings_to.get(role, ()):
                # Google's pages speak of the role on the project: nothing says what one from above counts for.
                for value, here in wanted.get((role, binding.scope_id), ()):
                    into = self._sure if here and binding.condition is None else self._maybe
                    into.setdefault(canonical(binding.principal_id), set()).add(value)

    def held(self, sure: AbstractSet[str], maybe: AbstractSet[str]) -> Held:
        """Return the values that stand for somebody who goes by these names."""
        certain = {value for name in sure & self._sure.keys() for value in self._sure[name]}
        open_ = {value for name in (sure | maybe) & self._maybe.keys() for value in self._maybe[name]}
        open_ |= {value for name in maybe & self._sure.keys() for value in self._sure[name]}
        return Held(certain, open_ - certain)
