"""An organization of GitHub for facts to look at."""

from typing import Any

from nhi_scan.model.identity import Identity, Nature
from nhi_scan.model.scope import Scope

ORG = "github.com/acme"
APP = f"{ORG}/app"
JOB = f"{APP}/.github/workflows/ci.yml#build"


def told(**values: str) -> tuple[tuple[str, str], ...]:
    return tuple(sorted(values.items()))


def identity(id_: str = JOB, kind: Any = "workflow_job", scope: str = APP, **fields: Any) -> Identity:
    name = fields.pop("name", "app/ci.yml: build")
    return Identity(
        id=id_,
        provider="github",
        kind=kind,
        nature=Nature.NON_HUMAN,
        nature_reason="a test says so",
        name=name,
        scope_id=scope,
        **fields,
    )


def scopes(org: dict[str, str] | None = None, **repos: dict[str, str]) -> list[Scope]:
    found = [
        Scope(id=ORG, provider="github", kind="organization", name="Acme", parent_id="", attributes=told(**org or {}))
    ]
    for name, values in (repos or {"app": {}}).items():
        found.append(
            Scope(
                id=f"{ORG}/{name}",
                provider="github",
                kind="repository",
                name=name,
                parent_id=ORG,
                attributes=told(**values),
            )
        )
    return found
