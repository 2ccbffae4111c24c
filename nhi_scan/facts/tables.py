"""The tables that rules and exports read: one per subject, one row per thing, one column per fact."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime

import pandas as pd
from pandas.api.extensions import ExtensionArray

from nhi_scan.access.effective import EffectiveAccess
from nhi_scan.facts.about import About, describe
from nhi_scan.facts.catalogue import FACTS, RELATED, SUBJECTS
from nhi_scan.facts.columns import take, to_array
from nhi_scan.facts.estate import Estate
from nhi_scan.facts.registry import Cell, Fact
from nhi_scan.inventory.build import Inventory
from nhi_scan.model.access import Privilege
from nhi_scan.model.finding import SubjectKind


class FactTables(Mapping[SubjectKind, pd.DataFrame]):
    """A table per subject; index: subject id; columns: fact names without the subject."""

    def __init__(
        self,
        tables: Mapping[SubjectKind, pd.DataFrame],
        links: Mapping[SubjectKind, Sequence[int]],
        estate: Estate | None = None,
    ) -> None:
        self._tables = dict(tables)
        self._links = dict(links)  # subject -> row of its identity for each row, -1 for none
        self._joined: dict[tuple[SubjectKind, str], ExtensionArray] = {}
        self.estate = estate  # what evidence is taken from; None in a rule's case

    def __getitem__(self, subject: SubjectKind) -> pd.DataFrame:
        return self._tables[subject]

    def about(self, subject: SubjectKind, subject_id: str) -> About:
        """Name, provider, scope and identity of a subject, for its findings."""
        if self.estate is None:
            return About(subject_id, "", "", subject_id if subject == "identity" else "")
        return describe(self.estate, subject, subject_id)

    def __iter__(self) -> Iterator[SubjectKind]:
        return iter(self._tables)

    def __len__(self) -> int:
        return len(self._tables)

    def column(self, subject: SubjectKind, fact: Fact) -> ExtensionArray:
        """A fact as a column of a subject's table, joined through the identity where it is the identity's fact.

        Raises:
            KeyError: the fact belongs to neither; the rule loader lets none such through.
        """
        if fact.subject == subject:
            own: ExtensionArray = self._tables[subject][fact.name].array
            return own
        key = (subject, fact.full_name)
        if key not in self._joined:
            self._joined[key] = take(self._tables[fact.subject][fact.name].array, self._links[subject])
        return self._joined[key]


def derive(
    inventory: Inventory,
    access: EffectiveAccess,
    privileges: Mapping[str, Privilege],
    now: datetime,
) -> FactTables:
    """Compute every fact of every subject.

    Args:
        inventory: what there is.
        access: what identities may do.
        privileges: how much they can do in the end, by identity id.
        now: the moment that ages count from (aware, UTC).
    """
    estate = Estate(inventory, access, privileges, now)
    tables = {subject: _table(subject, estate.rows(subject), estate) for subject in SUBJECTS}
    return FactTables(tables, _links(estate), estate)


def of_case(subject: SubjectKind, facts: Mapping[str, Cell]) -> FactTables:
    """Build tables of one row from the facts of a rule's case; what it leaves out is unknown."""
    tables: dict[SubjectKind, pd.DataFrame] = {
        kind: pd.DataFrame(
            {f.name: to_array(f.kind, [facts.get(f.full_name)]) for f in FACTS.values() if f.subject == kind},
            index=pd.Index(["case"]),
        )
        for kind in (subject, *RELATED.get(subject, ()))
    }
    return FactTables(tables, {kind: [0] for kind in RELATED})


def _table(subject: SubjectKind, ids: list[str], estate: Estate) -> pd.DataFrame:
    columns = {
        fact.name: to_array(fact.kind, fact.column(estate)) for fact in FACTS.values() if fact.subject == subject
    }
    return pd.DataFrame(columns, index=pd.Index(ids, dtype=object, name="id"))


def _links(estate: Estate) -> dict[SubjectKind, list[int]]:
    """For each row of a subject, the row of the identity that it belongs to.

    A workload that runs as several identities (a task and its agent) is joined to the first that exists.
    """
    row_of = {identity.id: row for row, identity in enumerate(estate.identities)}
    return {
        "credential": [row_of.get(row.identity_id, -1) for row in estate.credentials],
        "trust": [row_of.get(row.identity_id, -1) for row in estate.trusts],
        "workload": [next((row_of[i] for i in row.runs_as if i in row_of), -1) for row in estate.workloads],
    }
