"""IAM v3 over REST: principal access boundary policies and their bindings.

No discovery document of v3 comes with google-api-python-client, so the paths stand here, as the reference has them
(https://cloud.google.com/iam/docs/reference/rest/v3/organizations.locations.principalAccessBoundaryPolicies), and
answers are held against the protobuf messages of google-cloud-iam.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from typing import Any

from google.protobuf import json_format

from nhi_scan.demo.gcp.schema import Schema

_SCOPE = r"((?:projects|folders|organizations)/[^/]+/locations/[^/]+)"
_ORGANIZATION = r"(organizations/[^/]+/locations/[^/]+)"
_INTEGER: Schema = {"type": "integer", "location": "query"}
_STRING: Schema = {"type": "string", "location": "query"}
_PAGES: Mapping[str, Schema] = {"pageSize": _INTEGER, "pageToken": _STRING}


@dataclass(frozen=True, slots=True, kw_only=True)
class MethodV3:
    """One method of IAM v3; it looks like `discovery.Method` from where it is used."""

    id: str
    pattern: str
    part: str
    message: str
    parameters: Mapping[str, Schema]

    def wrong_answer(self, answer: Any) -> list[str]:
        """Say how an answer differs from the message."""
        try:
            json_format.ParseDict(answer, _message(self.message)())
        except json_format.ParseError as error:
            return [str(error)]
        return []

    def wrong_body(self, body: Any) -> list[str]:
        """Say how a request's body differs: none of these methods takes one."""
        return ["$: this method takes no body"] if body else []


METHODS = (
    MethodV3(
        id="iam.v3.principalAccessBoundaryPolicies.list",
        pattern=f"v3/{_ORGANIZATION}/principalAccessBoundaryPolicies",
        part="parent",
        message="ListPrincipalAccessBoundaryPoliciesResponse",
        parameters=_PAGES,
    ),
    MethodV3(
        id="iam.v3.principalAccessBoundaryPolicies.get",
        pattern=f"v3/({_ORGANIZATION[1:-1]}/principalAccessBoundaryPolicies/[^/:]+)",
        part="name",
        message="PrincipalAccessBoundaryPolicy",
        parameters={},
    ),
    MethodV3(
        id="iam.v3.principalAccessBoundaryPolicies.searchPolicyBindings",
        pattern=f"v3/({_ORGANIZATION[1:-1]}/principalAccessBoundaryPolicies/[^/:]+):searchPolicyBindings",
        part="name",
        message="SearchPrincipalAccessBoundaryPolicyBindingsResponse",
        parameters=_PAGES,
    ),
    MethodV3(
        id="iam.v3.policyBindings.list",
        pattern=f"v3/{_SCOPE}/policyBindings",
        part="parent",
        message="ListPolicyBindingsResponse",
        parameters={**_PAGES, "filter": _STRING},
    ),
    MethodV3(
        id="iam.v3.policyBindings.searchTargetPolicyBindings",
        pattern=f"v3/{_SCOPE}/policyBindings:searchTargetPolicyBindings",
        part="parent",
        message="SearchTargetPolicyBindingsResponse",
        parameters={**_PAGES, "target": _STRING},
    ),
)


def find(service: str, http: str, path: str) -> tuple[MethodV3, dict[str, str]] | None:
    """Find the method of IAM v3 that a request asks for."""
    if service == "iam.googleapis.com" and http == "GET" and path.startswith("v3/"):
        for method in METHODS:
            match = re.fullmatch(method.pattern, path)
            if match:
                return method, {method.part: match[1]}
    return None


@cache
def _message(name: str) -> Any:
    """Return a protobuf message class of google.cloud.iam_v3."""
    return getattr(import_module("google.cloud.iam_v3"), name).pb()
