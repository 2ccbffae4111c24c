"""GitHub's published OpenAPI description of its REST API, and what it says of a request and an answer.

npm's package `@octokit/openapi` holds it: `NHI_SCAN_GITHUB_OPENAPI` names its folder, or the file; else it is looked
for where `.ci/run` installs it. The description is OpenAPI 3.0: `nullable` stands beside a type
(https://spec.openapis.org/oas/v3.0.3).
"""

import json
import os
import tempfile
from collections.abc import Iterator, Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any

import pytest
from openapi_schema_validator import OAS30Validator
from referencing import Registry, Resource
from referencing.jsonschema import DRAFT4

_FILE = "api.github.com.json"
_PLACES = ("generated", "node_modules/@octokit/openapi/generated", ".")


def found() -> Path | None:
    """Return the file; None where it is nowhere."""
    named = os.environ.get("NHI_SCAN_GITHUB_OPENAPI", "")
    place = Path(named or Path(tempfile.gettempdir(), "nhi-scan-ci-tools"))
    if place.is_file():
        return place
    return next((place / folder / _FILE for folder in _PLACES if (place / folder / _FILE).is_file()), None)


class Description:
    """The description, indexed.

    Attributes:
        document: all of it.
    """

    def __init__(self, document: Mapping[str, Any]) -> None:
        self.document = document
        self._registry: Registry[Any] = Registry().with_resource(
            "urn:github", Resource(contents=document, specification=DRAFT4)
        )

    def operation(self, method: str, path: str) -> Mapping[str, Any]:
        """Return what is said of a method and path."""
        found_: Mapping[str, Any] = self.document["paths"][path][method.lower()]
        return found_

    def parameters(self, method: str, path: str) -> dict[str, str]:
        """Return the parameters of an operation: name -> where it goes, `path` or `query`."""
        told = self.operation(method, path).get("parameters", ())
        return {one["name"]: one["in"] for one in map(self._resolved, told)}

    def _resolved(self, value: Mapping[str, Any]) -> Mapping[str, Any]:
        while "$ref" in value:
            here: Any = self.document
            for name in value["$ref"].removeprefix("#/").split("/"):
                here = here[name]
            value = here
        return value

    def complaints(self, method: str, path: str, status: int, body: Any) -> Iterator[str]:
        """Hold an answer against what is said of it."""
        validator = self._validator(method, path, str(status))
        for error in validator.iter_errors(body):
            yield f"{method} {path}: {'/'.join(map(str, error.absolute_path))}: {error.message[:300]}"

    @lru_cache(maxsize=200)  # noqa: B019 - there is one description, for as long as the tests run
    def _validator(self, method: str, path: str, status: str) -> OAS30Validator:
        answer = self._resolved(self.operation(method, path)["responses"][status])
        pointer = _pointer("paths", path, method.lower(), "responses", status)
        if "$ref" in self.operation(method, path)["responses"][status]:
            pointer = self.operation(method, path)["responses"][status]["$ref"]
        assert "application/json" in answer["content"], path
        schema = {"$ref": f"urn:github{pointer}/content/application~1json/schema"}
        return OAS30Validator(schema, registry=self._registry)


def _pointer(*names: str) -> str:
    return "#/" + "/".join(name.replace("~", "~0").replace("/", "~1") for name in names)


@lru_cache(maxsize=1)
def description() -> Description:
    """Return the description; where there is none the test is skipped, which in CI is a failure."""
    file = found()
    if file is None:
        told = "GitHub's OpenAPI description is not there: NHI_SCAN_GITHUB_OPENAPI names the folder of @octokit/openapi"
        if os.environ.get("CI") == "true":
            pytest.fail(told)
        pytest.skip(told)
    return Description(_without_discriminators(json.loads(file.read_text("utf-8"))))


def _without_discriminators(value: Any) -> Any:
    """Leave out what only hints at one of several schemas: the validator takes it for a demand, of lists too."""
    if isinstance(value, dict):
        named = isinstance(value.get("discriminator"), dict) and ("oneOf" in value or "anyOf" in value)
        return {
            name: _without_discriminators(each)
            for name, each in value.items()
            if not (named and name == "discriminator")
        }
    return [_without_discriminators(each) for each in value] if isinstance(value, list) else value
