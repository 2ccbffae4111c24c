"""Secrets planted in every place that an organization can have one: not one byte of them is in the snapshot."""

import gzip
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from nhi_scan.demo.gcp.discovery import schema_of
from nhi_scan.demo.gcp.estate import Estate, Pool, Thing
from nhi_scan.demo.gcp.gate import Conduct, Fault
from nhi_scan.providers.gcp.calls.drops import DROPS

CANARY = "c4n4ry"
PLANTED = f"NAME={CANARY}"  # as a variable is written where variables are a list of texts
ADDRESS = f"https://user:{CANARY}@host.example/path?token={CANARY}"
GLOBAL = ("appengine", "compute", "container", "deploymentmanager", "pubsub", "sqladmin")
NAMES = {
    "run.googleapis.com/Job": "GoogleCloudRunV2Job",
    "run.googleapis.com/Service": "GoogleCloudRunV2Service",
    "sqladmin.googleapis.com/Instance": "DatabaseInstance",
}
Schemas = Mapping[str, Mapping[str, Any]]


def _schema_name(asset_type: str) -> str:
    noun = asset_type.partition("/")[2]
    return NAMES.get(asset_type) or (f"GoogleCloudAiplatformV1{noun}" if asset_type.startswith("aiplatform") else noun)


def _resolved(schema: Mapping[str, Any], schemas: Schemas) -> Mapping[str, Any]:
    return schemas[schema["$ref"]] if "$ref" in schema else schema


def _secret(schema: Mapping[str, Any], schemas: Schemas) -> Any:
    """A value that is secret all through."""
    schema = _resolved(schema, schemas)
    if schema.get("type") == "array":
        return [_secret(schema["items"], schemas)]
    if "properties" in schema:
        texts = {name: one for name, one in schema["properties"].items() if one.get("type") == "string"}
        return {name: PLANTED for name, one in texts.items() if "enum" not in one and "format" not in one}
    if "additionalProperties" in schema:
        return {"NAME": _secret(schema["additionalProperties"], schemas)}
    return PLANTED


def _planted(path: list[str], schema: Mapping[str, Any], schemas: Schemas) -> Any:
    """The smallest value that has a secret at a path; of another version's path, as far as this one goes."""
    schema = _resolved(schema, schemas)
    if schema.get("type") == "array":
        return [_planted(path, schema["items"], schemas)]
    if not path or path == ["*"]:
        return _secret(schema, schemas)
    name = path[0].removesuffix("?")
    if name not in schema.get("properties", {}):
        return {}
    inner = ADDRESS if path[0].endswith("?") else _planted(path[1:], schema["properties"][name], schemas)
    return {name: inner}


def _merged(one: Any, other: Any) -> Any:
    if isinstance(one, dict) and isinstance(other, dict):
        return {name: _merged(one.get(name), other.get(name)) for name in {**one, **other}}
    if isinstance(one, list) and isinstance(other, list):
        return [_merged(one[0], other[0])]
    return one if other is None else other


def _thing(asset_type: str) -> Thing:
    service, _, noun = asset_type.partition("/")
    found = schema_of(service, _schema_name(asset_type))
    assert found is not None, asset_type
    schema, schemas = found
    location = "global" if service.partition(".")[0] in GLOBAL else "us-central1"
    name = f"projects/shop/locations/{location}/{noun.lower()}s/one"
    data: Any = {}
    for path in DROPS[asset_type]:
        data = _merged(data, _planted(path.split("."), schema, schemas))
    assert CANARY in str(data), asset_type
    return Thing(
        type=asset_type,
        name=f"//{service}/{name}",
        project="projects/shop",
        location=location,
        schema=_schema_name(asset_type),
        data={**data, "name": name} if "name" in schema["properties"] else data,
        # The API that lists functions shows those of the first generation as it shows its own.
        api={"name": name} if noun == "CloudFunction" else None,
    )


@pytest.fixture(scope="module")
def poisoned(estate: Estate) -> Estate:
    secret = {"clientSecret": {"value": {"plainText": CANARY}}, "issuerUri": "https://login.example"}
    okta = {"oidc": secret, "attributeMapping": {"google.subject": "assertion.sub"}}
    pools = [*estate.pools, Pool(place="organizations/1", id="staff", providers={"okta": okta})]
    return replace(estate, pools=pools, things=[*estate.things, *(_thing(one) for one in DROPS)])


def _texts(folder: Path) -> Iterator[tuple[str, bytes]]:
    for path in sorted(folder.rglob("*")):
        if path.is_file():
            text = path.read_bytes()
            yield path.name, gzip.decompress(text) if path.suffix == ".gz" else text


WAYS: Mapping[str, tuple[Conduct, dict[str, Any]]] = {
    "sweep": (Conduct(), {"usage": True}),
    "project": (Conduct(), {"usage": True, "projects": ["shop"]}),
    "killed": (Conduct(faults=(Fault(method="cloudasset.assets.list", kind="INTERNAL", after=1, times=99),)), {}),
}


@pytest.mark.parametrize("way", WAYS)
def test_no_secret_reaches_the_disk(gather: Any, poisoned: Estate, tmp_path: Path, way: str) -> None:
    conduct, section = WAYS[way]
    collected = gather(conduct, of=poisoned, max_attempts=1, **section)

    texts = dict(_texts(tmp_path))
    assert len(texts) > 10
    assert [name for name, text in texts.items() if CANARY.encode() in text] == []
    kinds = {kind for folder in collected.snapshot.scopes("gcp") for kind in collected.snapshot.kinds("gcp", folder)}
    assert len(kinds) >= (20 if way != "killed" else 1)


def test_every_type_with_something_to_drop_was_there(gather: Any, poisoned: Estate) -> None:
    collected = gather(of=poisoned)

    assert collected.gaps() == {}
    for asset_type in DROPS:
        kind = f"asset-{asset_type.partition('.')[0]}-"
        assert any(row.record_kind.startswith(kind) and row.records for row in collected.snapshot.manifest.coverage)
    (provider,) = [
        record
        for record in collected.records("organizations-1", "iam-workforce-pool-providers")
        if "/staff/" in record["name"]
    ]
    assert provider["oidc"]["issuerUri"] == "https://login.example"
