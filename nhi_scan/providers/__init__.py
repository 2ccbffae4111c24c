"""What a provider is to the rest of the program, and the table of those that are built in."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

ENTRY_POINTS = "nhi_scan.providers"  # a name -> `module:object` of a further provider

# Imported when asked for: no command pays for an SDK that it does not use.
BUILT_IN: Mapping[str, str] = {
    "aws": "nhi_scan.providers.aws.provider:PROVIDER",
    "azure": "nhi_scan.providers.azure.provider:PROVIDER",
    "gcp": "nhi_scan.providers.gcp.provider:PROVIDER",
    "github": "nhi_scan.providers.github.provider:PROVIDER",
    "kubernetes": "nhi_scan.providers.kubernetes.provider:PROVIDER",
}


def provider_names() -> tuple[str, ...]:
    """Names of all providers that can be loaded, sorted."""
    from importlib.metadata import entry_points  # noqa: PLC0415 - costs `--help` a tenth of its time

    return tuple(sorted({*BUILT_IN, *(point.name for point in entry_points(group=ENTRY_POINTS))}))


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """One read-only API call, as data. The collector's least-privilege policy is generated from these rows."""

    kind: str  # record kind it yields: `<service>-<noun>`, the name of its file in the snapshot
    service: str  # the SDK's service name: `iam`, `lambda`
    operation: str  # the SDK's method name: `list_functions`
    result: str  # JMESPath to the list (or object) of records in an answer; `@` for all of it; bytes are a CSV table
    permissions: tuple[str, ...]  # what the caller must be allowed: `lambda:ListFunctions`
    scope: Literal["account", "region", "organization", "sweep", "project"] = "region"
    for_each: str = ""  # record kind(s, by spaces) whose every record is a parameter source; empty: asked once
    params: Mapping[str, Any] = field(default_factory=dict)  # name -> constant, or `$.path` into the parent or its `of`
    keep: tuple[str, ...] = ()  # fields of the parent (or its `of`) copied beside each record, for joining
    absent: tuple[str, ...] = ()  # error codes that mean "there is none" (`NoSuchBucketPolicy`), not "could not look"
    when: Literal["always", "usage"] = "always"  # `usage`: only with --usage
    batch: int = 0  # >0: `$.path` parameters take lists of up to this many parents (describe_clusters)
    only_if: str = ""  # JMESPath on the parent that must be truthy for the call to be made
    drop: tuple[str, ...] = ()  # dotted paths removed before a record is written; `x.*` keeps a map's names
    until: str = ""  # JMESPath on an answer that is asked for again until it is truthy: reports and jobs take a while
    needs: str = ""  # record kind of which the account must have one, anywhere, or the row is skipped
    unless_known: str = ""  # `<kind> <path>`: no call where a parameter is among those values of that kind's records
    note: str = ""  # why the row is as it is
