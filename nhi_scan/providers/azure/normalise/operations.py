"""The names of all operations of Azure's resource providers, as the role `azure/provideroperations` that nobody has.

https://learn.microsoft.com/rest/api/authorization/provider-operations-metadata: which of them act on data is only told
here.
"""

from collections.abc import Iterator

from nhi_scan.model.policy import Effect, Policy, Statement
from nhi_scan.providers.azure import kinds
from nhi_scan.providers.azure.normalise.scopes import Scopes
from nhi_scan.providers.azure.normalise.shapes import Record, flag, properties
from nhi_scan.providers.azure.normalise.source import PROVIDER, Source
from nhi_scan.snapshot.values import objects, text

ID = "azure/provideroperations"


def read_operations(source: Source, scopes: Scopes) -> None:
    """All operations, each once however it is spelled."""
    kind = kinds.ARM_PROVIDER_OPERATIONS
    planes: dict[bool, dict[str, str]] = {False: {}, True: {}}
    whole = True
    for scope_id, _, record in source.plain(kind):
        own = properties(record)
        if not text(record, "name") and not objects(own, "operations"):
            source.note(kind, scope_id, "providers without a name")
            whole = False
        for one in _operations(own):
            name = text(one, "name")
            if name:
                known = planes[flag(one.get("isDataAction")) == "true"]
                known[name.lower()] = min(known.get(name.lower(), name), name)
    statements = tuple(
        Statement(effect=Effect.ALLOW, actions=tuple(names[key] for key in sorted(names)), index=index, plane=plane)
        for index, (plane, names) in enumerate((("control", planes[False]), ("data", planes[True])))
    )
    if planes[False] or planes[True]:
        source.records.policies.append(
            Policy(
                id=ID,
                provider=PROVIDER,
                kind="role",
                name="Operations of resource providers",
                scope_id=scopes.tenant,
                managed_by_provider=True,
                statements=statements,
                version="",
                attachable=False,
                complete=whole and source.coverage.covered(scopes.tenant, kind) is not False,
            )
        )


def _operations(own: Record) -> Iterator[Record]:
    yield from objects(own, "operations")
    for one in objects(own, "resourceTypes"):
        yield from objects(one, "operations")
