"""What asks for one fact of a cluster."""

from typing import Any

import pytest

from nhi_scan.model.scope import Scope
from tests.facts.kubernetes.estate import CLUSTER, NAMES, RUNS, SHOP, covered


@pytest.fixture
def cell(facts: Any, make: Any) -> Any:
    """A cell of the first row of what a small cluster is."""

    def of(name: str, **lists: Any) -> Any:
        lacking = lists.pop("without", "")
        spaces = sorted({one.scope_id for one in lists.get("identities", ())} - {CLUSTER} | {SHOP})
        scopes = [
            Scope(id=CLUSTER, provider="kubernetes", kind="cluster", name="prod"),
            *(
                Scope(id=one, provider="kubernetes", kind="namespace", name=one.rpartition("/")[2], parent_id=CLUSTER)
                for one in spaces
            ),
        ]
        kinds = [*NAMES, *(f"k8s-{kind}" for kind in (*RUNS, "statefulsets"))]
        row = lists.pop("row", 0)
        given = {"scopes": scopes, "coverage": covered(*kinds, without=lacking), **lists}
        return make.cell(facts(**given), name, row)

    return of
