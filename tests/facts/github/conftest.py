"""What asks for one fact of one job."""

from typing import Any

import pytest

from tests.facts.github.estate import identity, scopes, told


@pytest.fixture
def of_job(facts: Any, make: Any) -> Any:
    """A cell of a job with some attributes."""

    def cell(name: str, kind: str = "workflow_job", **values: str) -> Any:
        place = {"default_branch": "main"}
        tables = facts(identities=[identity(kind=kind, attributes=told(**values))], scopes=scopes(app=place))
        return make.cell(tables, f"identity.{name}")

    return cell
