"""Public access prevention: where Cloud Storage gives nothing to everybody, whatever its policies say.

Set on a bucket, or as an organization policy above it, it overrides what `allUsers` and `allAuthenticatedUsers` are
given on the bucket and on what is in it (https://cloud.google.com/storage/docs/public-access-prevention).
"""

from nhi_scan.access.combine import Truth
from nhi_scan.access.gcp.constraints import Constraints
from nhi_scan.access.gcp.identifiers import AUTHENTICATED, EVERYONE
from nhi_scan.access.gcp.places import Places
from nhi_scan.inventory.build import Inventory
from nhi_scan.model.policy import Binding

_CONSTRAINT = "storage.publicAccessPrevention"
_STORAGE = "//storage.googleapis.com/"


class Prevention:
    """Tells which bindings it overrides.

    Those on a bucket and on what is in it. What everybody is given on a project or above one is left as it is: it is
    about more than buckets.
    """

    def __init__(self, inventory: Inventory, places: Places) -> None:
        """Find the bindings."""
        self._resources = inventory.resources
        self._places = places
        self._constraints = Constraints(inventory)
        to_all = (one for name in (EVERYONE, AUTHENTICATED) for one in inventory.bindings_of.get(name, ()))
        self._overridden = frozenset([one.id for one in to_all if self.enforced(one.scope_id)])

    def overrides(self, binding: Binding) -> bool:
        """Say whether a binding surely gives nothing."""
        return binding.id in self._overridden

    def enforced(self, place: str) -> Truth:
        """Say whether a bucket, or what a place is in, cannot be public; None where nobody can tell."""
        if not place.startswith(_STORAGE):
            return None
        bucket = self._resources.get(_STORAGE + place.removeprefix(_STORAGE).partition("/")[0])
        if bucket is not None and bucket.public_access_blocked:
            return True
        project = self._places.project_of(place)
        return self._constraints.enforced(project, _CONSTRAINT) if project else None
