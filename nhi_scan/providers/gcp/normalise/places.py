"""What allow policies hang on, besides scopes and service accounts: buckets, secrets, keys and whatever else."""

from nhi_scan.model.identity import Resource
from nhi_scan.providers.gcp.normalise.hierarchy import Hierarchy
from nhi_scan.providers.gcp.normalise.resource_kinds import kind_of, sensitivity_of
from nhi_scan.providers.gcp.normalise.source import PROVIDER, Source


class Places:
    """Remembers each place once, so that every binding's place is a record of the inventory."""

    def __init__(self, source: Source, hierarchy: Hierarchy) -> None:
        self._source = source
        self._hierarchy = hierarchy
        self._found: dict[str, Resource] = {}

    def add(self, place: str, asset_type: str, project: str) -> None:
        """Note a place.

        Args:
            place: its id; scopes and service accounts have records of their own.
            asset_type: as Cloud Asset Inventory names it; empty where that was not asked.
            project: id of the scope that it is in; empty where that is not known.
        """
        if not place.startswith("//"):
            self._hierarchy.line([place])  # a scope; one that nobody recorded is added
            return
        if place in self._found:
            return
        kind = kind_of(asset_type, place)
        self._found[place] = Resource(
            id=place,
            provider=PROVIDER,
            kind=kind,
            name=place.rpartition("/")[2],
            scope_id=project or self._hierarchy.project_in(place),
            sensitivity=sensitivity_of(kind),
        )

    def finish(self) -> None:
        """Add the places that nothing else has recorded."""
        known = {resource.id for resource in self._source.records.resources}
        self._source.records.resources += [one for id_, one in self._found.items() if id_ not in known]
