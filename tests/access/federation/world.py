"""Worlds of federation: tokens, what clouds trust, and whom each token becomes. worlds/README.md has the format."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import yaml

from nhi_scan.access.engine import Engine
from nhi_scan.inventory.build import Inventory, build
from nhi_scan.model.assertion import Assertion, Claim
from nhi_scan.model.records import Records

FOLDER = Path(__file__).parent / "worlds"
NOW = datetime(2026, 11, 22, tzinfo=UTC)
WORDS = {"rule", "see", "tokens", "entered", "perhaps", "residual", "in"}


def worlds() -> Iterator[tuple[str, dict[str, Any]]]:
    for path in sorted(FOLDER.glob("*.yaml")):
        common: dict[str, Any] = {}
        for given in yaml.safe_load_all(path.read_text()):
            if "rule" not in given:
                common = given  # what all worlds of the file have
                continue
            yield f"{path.stem}: {given['rule']}", {**common, **given}


def assertion(name: str, given: dict[str, Any]) -> Assertion:
    claims = {key: spec for key, spec in given.items() if key not in {"iss", "open", "asks"}}
    return Assertion(
        holder_id=name,
        provider="elsewhere",
        issuer=given.get("iss", ""),
        claims=tuple(_claim(key, spec) for key, spec in sorted(claims.items())),
        complete=not given.get("open", False),
        asks_for=tuple(given.get("asks", ())),
    )


def _claim(name: str, spec: Any) -> Claim:
    if isinstance(spec, dict):
        if "one_of" in spec:
            return Claim(name, tuple(spec["one_of"]), "one_of")
        but = tuple(spec.get("but", ()))
        return Claim(name, (spec["glob"],), "glob", but) if "glob" in spec else Claim(name, (), "any")
    return Claim(name, tuple(spec) if isinstance(spec, list) else (str(spec),))


def inventory(*records: Records) -> Inventory:
    return build(records)


def found(engine: Engine, tokens: dict[str, dict[str, Any]], names: dict[str, str]) -> dict[str, set[str]]:
    """Whom each token becomes, by state, as the worlds write it: `token as identity`."""
    answer: dict[str, set[str]] = {"entered": set(), "perhaps": set()}
    for name, given in tokens.items():
        entries = engine.entries(assertion(name, given))
        assert list(entries) == sorted(entries, key=lambda one: (one.identity_id, one.trust_id))
        for one in entries:
            assert one.state is not False
            assert bool(one.residual) == (one.state is None), f"{name}: {one}"
            answer["entered" if one.state else "perhaps"].add(f"{name} as {names[one.identity_id]}")
    answer["perhaps"] -= answer["entered"]
    return answer
