"""The identities and what hangs on them, as rows of numbers and strings that the page's script reads."""

from collections import defaultdict
from typing import Any

from nhi_scan.facts.members import PUBLIC
from nhi_scan.facts.naming import is_numbered
from nhi_scan.findings.assessment import Assessment
from nhi_scan.model.access import Privilege, Step
from nhi_scan.model.identity import Credential, Group, Identity, Owner, Workload
from nhi_scan.model.policy import Trust
from nhi_scan.model.scope import Scope
from nhi_scan.report.figures import PRIVILEGE_LEVELS
from nhi_scan.report.html import crossings
from nhi_scan.report.html.attributes import Attributes
from nhi_scan.report.html.columns import Table, flag, last_used, seconds
from nhi_scan.report.html.effective import AccessTables
from nhi_scan.report.html.selection import Selection, Tally
from nhi_scan.report.html.statements import Citations, conditions


class Estate:
    """Numbers scopes and identities and yields their rows. The order of each row is read in `scripts/data.js`.

    An identity's row begins with what a list shows of it. Those that the page holds everything of have more: the same
    order again, `_details`.
    """

    def __init__(self, assessment: Assessment, selection: Selection) -> None:
        self._assessment = assessment
        self._inventory = assessment.inventory
        self._selection = selection
        self._scopes: Table[str] = Table(self._scope)
        self._texts: Table[str] = Table()
        self._providers: Table[str] = Table()
        self._owners: Table[Owner] = Table(lambda one: [one.name, one.source, flag(one.gone)])
        self._tallies: Table[Tally] = Table(lambda one: [one.live, one.worst, one.questions])
        self._steps: Table[Step] = Table(self._step)
        self._attributes = Attributes()
        self._citations = Citations(self._inventory, self._texts.number, self._pointer)
        self._effective = AccessTables(assessment.access)
        self._groups_of: dict[str, list[int]] = defaultdict(list)  # by member
        for number, group in enumerate(self._inventory.groups.values()):
            for member in group.member_ids:
                self._groups_of[member].append(number)
        self.identity_numbers = {one: number for number, one in enumerate(self._inventory.identities)}
        for scope_id in self._inventory.scopes:
            self._scopes.number(scope_id)

    def scope(self, scope_id: str) -> int:
        """Return the number of a scope, known to the inventory or not."""
        return self._scopes.number(scope_id)

    def text(self, text: str) -> int:
        """Return the number of a text that many rows share."""
        return self._texts.number(text)

    def columns(self) -> dict[str, Any]:
        """Return every table of the estate. Call it last: rows of other tables may still add scopes and texts."""
        inventory, detailed = self._inventory, self._selection.detailed
        everyone = len(detailed) == len(inventory.identities)
        tables: dict[str, Any] = {
            "identities": [self._identity(one) for one in inventory.identities.values()],
            "credentials": [
                self._credential(one)
                for one in inventory.credentials.values()
                if everyone or one.identity_id in detailed
            ],
            "workloads": [
                self._workload(one)
                for one in inventory.workloads.values()
                if everyone or not detailed.isdisjoint(one.runs_as)
            ],
            "trusts": [
                self._trust(one)
                for one in inventory.trusts.values()
                if everyone or one.identity_id in detailed or one.subject in detailed
            ],
            "bridges": crossings.rows(
                self._assessment.access.bridges, self._selection, self._citations, self._texts.number, self._pointer
            ),
            "groups": [self._group(one) for one in inventory.groups.values()],
            "everyone": [
                [member, self._citations.given(given, "")]
                for member in PUBLIC
                for given in inventory.bindings_of.get(member, ())[:_MOST_OF_EVERYONE]
            ],
        }
        return (
            tables
            | self._effective.columns()
            | {
                "steps": self._steps.rows,
                "shapes": self._attributes.shapes,
                "policies": self._citations.policies.rows,
                "statements": self._citations.statements.rows,
                "bodies": self._citations.bodies.rows,
                "givings": self._citations.givings.rows,
                "scopes": self._scopes.rows,
                "texts": self._texts.rows,
                "things": self._things(),
                "owners": self._owners.rows,
                "providers": self._providers.rows,
                "tallies": self._tallies.rows,
            }
        )

    def _things(self) -> list[list[Any]]:
        """Return what a role is given on where its id says nothing to a person: `[text, kind, name]`."""
        inventory = self._inventory
        known = (inventory.resources, inventory.workloads, inventory.groups)
        things = [(number, table.get(text)) for number, text in enumerate(self._texts.rows) for table in known]
        return [[number, one.kind, one.name] for number, one in things if one is not None and is_numbered(one.provider)]

    def _scope(self, scope_id: str) -> list[Any]:
        scope: Scope | None = self._inventory.scopes.get(scope_id)
        if scope is None:
            return [scope_id]
        return [
            scope_id,
            scope.name,
            scope.kind,
            scope.parent_id,
            scope.status,
            int(scope.collected),
            int(scope.management),
            self._providers.number(scope.provider),
            scope.number,
            scope.constraints,
        ]

    def _pointer(self, identity_id: str) -> int | str:
        return self.identity_numbers.get(identity_id, identity_id)

    def _identity(self, one: Identity) -> list[Any]:
        privilege = self._assessment.privileges.get(one.id)
        tallies = self._selection.tallies
        tally = None if tallies is None else tallies.get(one.id, _NONE)
        row = [
            one.id,
            one.kind,
            one.nature.value,
            one.name,
            self.scope(one.scope_id),
            one.status,
            int(one.managed_by_provider),
            seconds(one.created_at),
            last_used(one.last_authenticated),
            None if one.owner is None else self._owners.number(one.owner),
            PRIVILEGE_LEVELS.index(privilege.level if privilege else "unknown"),
            self._providers.number(one.provider),
            None if tally is None else self._tallies.number(tally),
        ]
        return [*row, *self._details(one, privilege)] if one.id in self._selection.detailed else row

    def _details(self, one: Identity, privilege: Privilege | None) -> list[Any]:
        return [
            self.text(one.nature_reason),
            one.unique_id,
            one.path,
            flag(one.has_console_password),
            flag(one.mfa_enabled),
            one.description,
            one.tags,
            self._privilege(privilege),
            self._effective.number(one.id),
            [self._citations.given(given, one.scope_id) for given in self._inventory.bindings_of.get(one.id, ())],
            self._used_services(one.id),
            self._groups_of.get(one.id, []),
            self._attributes.row(one.attributes, f"{one.id} {one.unique_id or ''}"),
            None if one.owner_ids is None else [self._pointer(owner) for owner in one.owner_ids],
        ]

    def _privilege(self, privilege: Privilege | None) -> list[Any] | None:
        if privilege is None:
            return None
        return [
            int(privilege.conditional),
            self.text(privilege.reason),
            [self._steps.number(step) for step in privilege.path],
            self._citations.cite(privilege.statements),
        ]

    def _step(self, step: Step) -> list[Any]:
        return [
            step.technique,
            self._pointer(step.source_id),
            self._pointer(step.target_id),
            self._citations.cite(step.statements),
            int(step.conditional),
            self.text(step.detail),
        ]

    def _group(self, one: Group) -> list[Any]:
        return [
            one.id,
            one.name,
            one.kind,
            int(one.complete),
            len(one.member_ids),
            [self._citations.given(given, "") for given in self._inventory.bindings_of.get(one.id, ())],
            self._groups_of.get(one.id, []),
        ]

    def _used_services(self, identity_id: str) -> list[Any] | None:
        usage = self._inventory.usage_of.get(identity_id, ())
        if not usage:
            return None
        services = [one for one in usage if one.action is None]
        used = [
            [self._effective.services.number(one.service), seconds(one.last_used.at)]
            for one in services
            if one.last_used.at
        ]
        return [len(services), used]

    def _credential(self, one: Credential) -> list[Any]:
        return [
            one.id,
            self._pointer(one.identity_id),
            one.kind,
            one.name,
            one.status,
            seconds(one.created_at),
            seconds(one.expires_at),
            seconds(one.rotated_at),
            last_used(one.last_used),
            self.scope(one.scope_id),
            self._attributes.row(one.attributes, one.id),
        ]

    def _workload(self, one: Workload) -> list[Any]:
        return [
            one.id,
            one.kind,
            one.name,
            self.scope(one.scope_id),
            one.region,
            [self._pointer(identity) for identity in one.runs_as],
            flag(one.exposed),
            flag(one.active),
            one.environment_names,
            self._attributes.row(one.attributes, one.id),
        ]

    def _trust(self, one: Trust) -> list[Any]:
        return [
            self._pointer(one.identity_id),
            self._pointer(one.subject),
            one.subject_kind,
            one.mechanism,
            one.claim_patterns,
            conditions(one.conditions),
        ]


_MOST_OF_EVERYONE = 250
_NONE = Tally(live=0, worst=-1, questions=())
