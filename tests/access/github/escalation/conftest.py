"""What judges a world; the worlds themselves are made as for questions of access."""

from collections.abc import Callable, Mapping
from typing import Any

import pytest

from nhi_scan.access.github.privilege import Report, judge
from nhi_scan.access.github.summarise import Access
from nhi_scan.providers.github.escalation import techniques


@pytest.fixture(scope="session")
def judge_world(make_world: Any) -> Callable[[Mapping[str, Any]], tuple[Report, Access, Callable[[str], str]]]:
    """Return what judges a world: the report, effective access, and what turns names into ids."""

    def judged(world: Mapping[str, Any]) -> tuple[Report, Access, Callable[[str], str]]:
        inventory, access, id_of = make_world(world)
        return judge(inventory, access, techniques()), access, id_of

    return judged
