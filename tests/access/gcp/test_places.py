from collections.abc import Mapping
from typing import Any

import pytest

from nhi_scan.access.gcp.places import Places
from nhi_scan.inventory.build import Inventory, build
from nhi_scan.model.identity import Identity, Nature, Resource
from nhi_scan.model.policy import Binding
from nhi_scan.model.records import Records
from nhi_scan.model.scope import Scope, ScopeKind

APP = "serviceAccount:app@app.iam.gserviceaccount.com"
KINDS: dict[str, ScopeKind] = {"organizations": "organization", "folders": "folder", "projects": "project"}
BUCKET = "//storage.googleapis.com/data"
DATASET = "//bigquery.googleapis.com/projects/app/datasets/d"
ABOVE = ("organizations/1", "folders/2", "projects/app")
Tags = tuple[tuple[str, str], ...] | None


def scope(id_: str, parent: str | None, number: str = "", tags: Tags = ()) -> Scope:
    kind = KINDS.get(id_.partition("/")[0], "account")
    return Scope(id=id_, provider="gcp", kind=kind, name=id_, parent_id=parent, number=number, policy_tags=tags)


def resource(id_: str, home: str = "projects/app", tags: Tags = ()) -> Resource:
    return Resource(id=id_, provider="gcp", kind="bucket", name=id_, scope_id=home, policy_tags=tags)


def account(id_: str, home: str, unique_id: str | None = None) -> Identity:
    return Identity(
        id=id_,
        provider="gcp",
        kind="service_account",
        nature=Nature.NON_HUMAN,
        nature_reason="",
        name=id_,
        scope_id=home,
        unique_id=unique_id,
    )


def inventory(**more: list[Any]) -> Inventory:
    records = Records(
        scopes=[
            scope("organizations/1", ""),
            scope("folders/2", "organizations/1"),
            scope("projects/app", "folders/2", "42"),
        ],
        identities=[account(APP, "projects/app", "112233")],
        resources=[resource(BUCKET), resource(DATASET)],
        bindings=[
            Binding(id="t", principal_id=APP, policy_id="roles/x", scope_id=f"{DATASET}/tables/t"),
        ],
    )
    records.extend(Records(**more))
    return build([records])


PLACES = Places(inventory())


@pytest.mark.parametrize(
    ("written", "one"),
    [
        ("projects/app", "projects/app"),
        ("projects/42", "projects/app"),
        ("//cloudresourcemanager.googleapis.com/projects/42", "projects/app"),
        ("//cloudresourcemanager.googleapis.com/projects/app", "projects/app"),
        ("//cloudresourcemanager.googleapis.com/organizations/1", "organizations/1"),
        ("projects/77", "projects/77"),
        (APP, APP),
        ("app@app.iam.gserviceaccount.com", APP),
        ("112233", APP),
        ("projects/app/serviceAccounts/app@app.iam.gserviceaccount.com", APP),
        ("projects/-/serviceAccounts/112233", APP),
        ("//iam.googleapis.com/projects/42/serviceAccounts/112233", APP),
        (
            "//iam.googleapis.com/projects/42/serviceAccounts/112233/keys/abc",
            "//iam.googleapis.com/projects/app/serviceAccounts/app@app.iam.gserviceaccount.com/keys/abc",
        ),
        ("gs://data", BUCKET),
        ("gs://data/a/b", f"{BUCKET}/objects/a/b"),
        ("//storage.googleapis.com/projects/_/buckets/data", BUCKET),
        ("//storage.googleapis.com/projects/_/buckets/data/objects/a/b", f"{BUCKET}/objects/a/b"),
        ("//storage.googleapis.com/projects/_/buckets/data/managedFolders/f/", f"{BUCKET}/managedFolders/f/"),
        ("//bigquery.googleapis.com/projects/42/datasets/d/tables/t", f"{DATASET}/tables/t"),
        (
            "//pubsub.googleapis.com/projects/42/topics/projects/42",
            "//pubsub.googleapis.com/projects/app/topics/projects/42",
        ),
        ("nonsense", "nonsense"),
        ("", ""),
        ("//", "//"),
    ],
)
def test_a_place_has_one_name(written: str, one: str) -> None:
    assert PLACES.canonical(written) == one
    assert PLACES.canonical(one) == one
    assert PLACES.chain(written) == PLACES.chain(one)
    assert PLACES.chain(written)[-1] == one


@pytest.mark.parametrize(
    ("place", "chain"),
    [
        ("organizations/1", ("organizations/1",)),
        ("projects/42", ABOVE),
        (APP, (*ABOVE, APP)),
        ("gs://data/a", (*ABOVE, BUCKET, f"{BUCKET}/objects/a")),
        (f"{DATASET}/tables/t", (*ABOVE, DATASET, f"{DATASET}/tables/t")),
        (f"{DATASET}/tables/u", (*ABOVE, DATASET, f"{DATASET}/tables/u")),
        (f"{DATASET}2/tables/u", (*ABOVE, f"{DATASET}2/tables/u")),
        ("//iam.googleapis.com/projects/app/serviceAccounts/112233/keys/k", None),
        ("gs://other", ("//storage.googleapis.com/other",)),
        ("projects/far", ("projects/far",)),
        ("//run.googleapis.com/projects/far/locations/l/services/s", None),
        ("serviceAccount:new@app.iam.gserviceaccount.com", (*ABOVE, "serviceAccount:new@app.iam.gserviceaccount.com")),
        ("serviceAccount:app@appspot.gserviceaccount.com", (*ABOVE, "serviceAccount:app@appspot.gserviceaccount.com")),
        (
            "serviceAccount:42-compute@developer.gserviceaccount.com",
            (*ABOVE, "serviceAccount:42-compute@developer.gserviceaccount.com"),
        ),
        ("serviceAccount:a@elsewhere.example.com", ("serviceAccount:a@elsewhere.example.com",)),
    ],
)
def test_the_way_down_to_a_place(place: str, chain: tuple[str, ...] | None) -> None:
    found = PLACES.chain(place)
    if chain is not None:
        assert found == chain
    assert len(set(found)) == len(found)


def test_a_key_is_below_its_account() -> None:
    chain = PLACES.chain("//iam.googleapis.com/projects/app/serviceAccounts/112233/keys/k")
    assert chain[:4] == (*ABOVE, APP)
    assert PLACES.chain("//run.googleapis.com/projects/far/locations/l/services/s")[0] == "projects/far"


@pytest.mark.parametrize(
    ("place", "project"),
    [
        ("projects/42", "projects/app"),
        (APP, "projects/app"),
        ("gs://data/a", "projects/app"),
        ("folders/2", ""),
        ("gs://other", ""),
    ],
)
def test_the_project_of_a_place(place: str, project: str) -> None:
    assert PLACES.project_of(place) == project


def test_what_is_known() -> None:
    assert [PLACES.known(place) for place in ("projects/42", "112233", "gs://data", f"{DATASET}/tables/t")] == [
        True
    ] * 4
    assert not any(PLACES.known(place) for place in ("projects/far", "gs://data/a", f"{DATASET}/tables/u", ""))


def test_numbers_of_scopes() -> None:
    assert PLACES.number("projects/app") == "42"
    assert PLACES.number("organizations/1") == "1"
    assert PLACES.number("projects/77") == "77"
    assert not PLACES.number("projects/far")


def test_whether_all_that_is_above_is_known() -> None:
    places = Places(
        inventory(
            scopes=[scope("projects/lost", None), scope("projects/deep", "folders/9"), scope("projects/alone", "")]
        )
    )
    assert [places.complete(place) for place in ("projects/app", "gs://data/o", "projects/alone")] == [True] * 3
    assert not any(places.complete(place) for place in ("projects/lost", "projects/deep", "gs://other", "nonsense"))


@pytest.mark.parametrize(
    ("tags", "of_bucket", "of_object"),
    [
        (((), ()), {}, {}),
        (((("1/env", "prod"),), ()), {"1/env": "prod"}, {"1/env": "prod"}),
        (
            ((("1/env", "prod"), ("1/a", "b")), (("1/env", "dev"),)),
            {"1/env": "dev", "1/a": "b"},
            {"1/env": "dev", "1/a": "b"},
        ),
        ((None, (("1/env", "dev"),)), None, None),
        (((), None), None, None),
    ],
)
def test_tags_are_inherited(
    tags: tuple[Tags, Tags], of_bucket: Mapping[str, str] | None, of_object: Mapping[str, str] | None
) -> None:
    records = Records(
        scopes=[scope("organizations/1", "", tags=tags[0]), scope("projects/app", "organizations/1", "42")],
        resources=[resource(BUCKET, tags=tags[1])],
    )
    places = Places(build([records]))
    assert places.tags("gs://data") == of_bucket
    assert places.tags("gs://data/o") == of_object
    assert places.tags("gs://other") is None


def test_a_service_account_has_the_tags_of_its_project() -> None:
    assert PLACES.tags(APP) == {}
    assert PLACES.tags("//run.googleapis.com/projects/app/locations/l/services/never-seen") is None


def test_crafted_records_end() -> None:
    ring = [
        resource("//a.googleapis.com/x", "//b.googleapis.com/y"),
        resource("//b.googleapis.com/y", "//a.googleapis.com/x"),
    ]
    scopes = [scope("folders/7", "folders/8"), scope("folders/8", "folders/7")]
    places = Places(inventory(resources=[*ring, resource("//c/z", "//c/z")], scopes=scopes))
    assert places.chain("//a.googleapis.com/x") == ("//a.googleapis.com/x",)
    assert places.chain("//c/z")[-1] == "//c/z"
    assert set(places.chain("folders/7")) == {"folders/7", "folders/8"}
    assert len(places.chain("//x/" + "a/" * 5_000)) == 1
