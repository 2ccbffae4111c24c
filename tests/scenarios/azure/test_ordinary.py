"""What is in order in most tenants raises no alarm, what is wrong in whatever shape raises its own, once."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from nhi_scan.demo.azure.gate import Conduct
from nhi_scan.demo.azure.load import Loaded, load

Scan = Callable[..., Any]

# What the licences of Entra tell: without them it is not known whether anything is used.
BY_LICENCE = {"application-credential-unused", "unused-service-principal"}


def world(name: str) -> Loaded:
    return load("northwind-azure", [yaml.safe_load(Path(__file__).with_name(f"{name}.yaml").read_text("utf-8"))])


WORLDS = {name: world(name) for name in ("ordinary", "planted")}


def pairs(loaded: Loaded) -> set[tuple[str, str]]:
    return {(one.rule, one.subject) for one in loaded.expected}


@pytest.mark.parametrize("name", WORLDS)
def test_exactly_what_is_wrong_is_found_and_each_of_it_once(scan: Scan, name: str) -> None:
    loaded = WORLDS[name]
    scanned = scan(loaded.estate, Conduct(), people=loaded.people)
    assert scanned.pairs == pairs(loaded)
    assert len(scanned.assessment.findings) == len(scanned.pairs)


@pytest.mark.parametrize("name", WORLDS)
def test_without_licences_what_they_tell_is_not_assessed(scan: Scan, name: str) -> None:
    loaded = WORLDS[name]
    scanned = scan(loaded.estate, Conduct(premium=False), people=loaded.people)
    assert scanned.pairs == {pair for pair in pairs(loaded) if pair[0] not in BY_LICENCE}
    assert "unused-service-principal" in {one.rule_id for one in scanned.assessment.not_assessed}
