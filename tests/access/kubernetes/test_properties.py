"""What is found fast is what the definition says, of random RBAC: of everybody, everywhere, in both directions."""

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nhi_scan.access.kubernetes.summarise import Access, summarise
from nhi_scan.inventory.build import build
from nhi_scan.model import kube_ids
from nhi_scan.model.access import Verdict
from nhi_scan.model.coverage import Coverage, CoverageStatus
from nhi_scan.providers.kubernetes import kinds
from nhi_scan.providers.kubernetes.normalise import normalise
from nhi_scan.snapshot.store import SnapshotWriter
from tests.access.kubernetes.random_rbac import NAMES, RBAC, RESOURCES, SPACES, URLS, VERBS, Rbac

CLUSTER = kube_ids.cluster("drawn")
NOW = datetime(2026, 1, 1, tzinfo=UTC)
TRUTHS = {Verdict.ALLOWED: True, Verdict.DENIED: False}
SEEDS = st.sampled_from(range(1, 5))
THINGS = tuple(
    f"{resource}.{group}{slash}{below}" if group else f"{resource}{slash}{below}"
    for resource, slash, below in (text.partition("/") for text in RESOURCES)
    for group in ("", "apps", "rbac.authorization.k8s.io", "example.org")
)
ACTIONS = st.one_of(
    st.builds("{} {}".format, st.sampled_from(VERBS), st.sampled_from(THINGS)),
    st.builds("get {}".format, st.sampled_from(URLS)),
)
WHERE = st.tuples(st.sampled_from((*SPACES, "")), st.sampled_from((*NAMES, "")))


@cache
def access(seed: int, *, lost: bool = False) -> Access:
    """The engine on random RBAC; `lost`: the roles of namespaces and the bindings in one were not collected."""
    rbac = Rbac(seed)
    by_kind: dict[str, list[dict[str, Any]]] = {}
    for path, thing in rbac.made:
        space = path.removeprefix(f"{RBAC}/namespaces/").partition("/")[0] if "/namespaces/" in path else ""
        inside = {"namespace": space} if space else {}
        row = {**thing, "metadata": {**thing["metadata"], **inside}}
        by_kind.setdefault(kinds.BY_KIND[thing["kind"]], []).append(row)
    with TemporaryDirectory() as folder:
        writer = SnapshotWriter.create(Path(folder) / "snapshot", NOW, "test")
        for kind, rows in by_kind.items():
            missing = lost and kind == kinds.ROLES
            writer.write("kubernetes", kinds.scope_dir(CLUSTER), kind, _lines(() if missing else rows))
            status = CoverageStatus.DENIED if missing else CoverageStatus.COMPLETE
            writer.cover(Coverage(provider="kubernetes", scope_id=CLUSTER, record_kind=kind, status=status))
        return summarise(build([normalise(writer.finish())]), NOW)


def _lines(rows: Iterable[dict[str, Any]]) -> Iterator[tuple[str, dict[str, str], dict[str, Any]]]:
    return (("", {}, row) for row in rows)


def _place(action: str, where: tuple[str, str]) -> str:
    space, name = where
    if name and not action.partition(" ")[2].startswith("/"):
        plural = action.partition(" ")[2].partition("/")[0].partition(".")[0]
        return kube_ids.object_id(CLUSTER, plural, name, space)
    return kube_ids.namespace(CLUSTER, space) if space else CLUSTER


@settings(max_examples=150)
@given(SEEDS, ACTIONS, WHERE, st.booleans())
def test_one_place_forwards_and_backwards(seed: int, action: str, where: tuple[str, str], lost: bool) -> None:
    found = access(seed, lost=lost)
    place = _place(action, where)
    backwards = dict(found.who_can(action, place))
    said = {}
    for id_ in found.inventory.identities:
        decision = found.decide(id_, action, place)
        if decision.verdict is not Verdict.DENIED:
            said[id_] = decision
        open_ = kube_ids.take_apart(id_).name.startswith("system:node:") and not decision.statements
        assert found.may(id_, action, place) is (False if open_ else TRUTHS.get(decision.verdict)), id_
        strict = found.decide(id_, action, place, strict=True).verdict
        assert (strict is Verdict.ALLOWED) is (decision.verdict is Verdict.ALLOWED)
        assert strict is not Verdict.CONDITIONAL
    assert backwards == said


@settings(max_examples=150)
@given(SEEDS, ACTIONS, st.booleans())
def test_anywhere(seed: int, action: str, lost: bool) -> None:
    found = access(seed, lost=lost)
    backwards = dict(found.who_can(action))
    holders = dict(found.holders(action))
    for id_ in found.inventory.identities:
        decision = found.decide(id_, action)
        assert backwards.get(id_, decision) == decision
        assert (id_ in backwards) is (decision.verdict is not Verdict.DENIED)
        summary = found.summary(id_)
        held = found.holdings(id_, action)
        sure = [one for one in held if one.state]
        assert (decision.verdict is Verdict.ALLOWED) is bool(sure)
        if summary.complete or found.catalogue.bit(action):  # nothing is sure of what no list has and not all was read
            assert (summary.verdict(action) is Verdict.ALLOWED) is bool(sure)
        assert summary.allows(action) or not any(one.state for one in held)
        assert summary.allows(action, everywhere=True) is any(one.place_id == CLUSTER and one.state for one in held)
        for one in held:
            assert found.may(id_, action, one.place_id) in (True, one.state)  # more may be held above it
            assert set(one.refs) <= set(found.statements(id_, action))
        meant = {id_, *found.groups_of(id_)}
        assert bool(sure) is any(holders.get(name) for name in meant)


@pytest.mark.parametrize("seed", range(1, 5))
def test_members_are_those_who_are_in_it(seed: int) -> None:
    found = access(seed)
    for group_id in found.inventory.groups:
        members = found.members(group_id)
        assert list(members) == [id_ for id_ in found.inventory.identities if group_id in found.groups_of(id_)]
