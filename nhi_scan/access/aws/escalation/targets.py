"""What there is to escalate to: identities, groups, policies and workloads of each account, indexed."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from itertools import chain

from nhi_scan.access.aws.escalation.candidates import Candidates
from nhi_scan.access.aws.escalation.technique import Need
from nhi_scan.access.aws.special import is_protected
from nhi_scan.access.combine import Truth
from nhi_scan.access.match import may_match
from nhi_scan.inventory.build import Inventory
from nhi_scan.model.identity import Identity, Workload

_KEYS_PER_USER = 2  # https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html
_COVERED_BY = {
    "cloudformation_stack": "cloudformation-stacks",
    "codebuild_project": "codebuild-projects",
    "ec2_instance": "ec2-instances",
    "ecs_cluster": "ecs-clusters",
    "ecs_service": "ecs-services",
    "ecs_task_definition": "ecs-task-definitions",
    "eks_cluster": "eks-clusters",
    "glue_job": "glue-jobs",
    "lambda_function": "lambda-functions",
    "schedule": "scheduler-schedules",
    "state_machine": "stepfunctions-state-machines",
    "batch_compute_environment": "batch-compute-environments",
    "codepipeline_pipeline": "codepipeline-pipelines",
}
_SHOWN_BY = {"ecs_cluster": ("ecs_service",)}  # what cannot be without it
_ORGANIZATION_KINDS = frozenset({"permission_set"})


class Targets:
    """Indexes of an inventory by account."""

    def __init__(self, inventory: Inventory) -> None:
        """Index users, roles, groups and workloads."""
        self.inventory = inventory
        self._lists: dict[tuple[str, ...], Candidates] = {}
        users: dict[str, list[str]] = defaultdict(list)
        roles: dict[str, list[str]] = defaultdict(list)
        for identity in inventory.identities.values():
            if identity.kind == "iam_user":
                users[identity.scope_id].append(identity.id)
            elif identity.kind == "iam_role" and not is_protected(identity.id):
                roles[identity.scope_id].append(identity.id)
        self._users, self._roles = users, roles
        self._groups: dict[str, list[str]] = defaultdict(list)
        self.groups_of: dict[str, list[str]] = defaultdict(list)
        for group in inventory.groups.values():
            self._groups[group.scope_id].append(group.id)
            for member in group.member_ids:
                self.groups_of[member].append(group.id)
        self._workloads: dict[tuple[str, str], list[Workload]] = defaultdict(list)
        for workload in inventory.workloads.values():
            self._workloads[workload.scope_id, workload.kind].append(workload)
        self._policies: dict[str, list[str]] = defaultdict(list)
        for policy in inventory.policies.values():
            if policy.kind in ("identity", "boundary") and not policy.managed_by_provider and "#" not in policy.id:
                self._policies[policy.scope_id].append(policy.id)
        self._recorded: dict[tuple[str, str], int] = defaultdict(int)
        for row in inventory.coverage:
            self._recorded[row.scope_id, row.record_kind] += row.records
        self._resource_kinds = {(row.scope_id, row.kind) for row in inventory.resources.values()}
        self.with_profile = {
            role_id
            for resource in inventory.resources.values()
            if resource.kind == "instance_profile"
            for role_id in dict(resource.attributes).get("role_ids", "").split()
        }

    def users(self, account: str) -> Candidates:
        """Return the users of an account."""
        return self._candidates(("user", account), self._users.get(account, ()))

    def roles(self, account: str) -> Candidates:
        """Return the roles of an account that can be changed: those that belong to a service cannot."""
        return self._candidates(("role", account), self._roles.get(account, ()))

    def identities(self, account: str) -> Candidates:
        """Return the users and the roles of an account that can be changed."""
        return self._candidates(("any", account), chain(self._users.get(account, ()), self._roles.get(account, ())))

    def groups(self, account: str) -> Candidates:
        """Return the groups of an account."""
        return self._candidates(("group", account), self._groups.get(account, ()))

    def policies(self, account: str) -> Candidates:
        """Return the customer-managed policies of an account."""
        return self._candidates(("policy", account), self._policies.get(account, ()))

    def workloads(self, account: str, kinds: Sequence[str]) -> dict[str, Workload]:
        """Return the workloads of some kinds that run as something and are not known to be gone, by id."""
        found = (workload for kind in kinds for workload in self._workloads.get((account, kind), ()))
        return {workload.id: workload for workload in found if workload.runs_as}

    def like(self, account: str, kind: str, pattern: str) -> Candidates:
        """Return an account's workloads of one kind, whether or not they run as something, that a pattern may name."""
        ids = (row.id for row in self._workloads.get((account, kind), ()))
        return self._candidates((kind, pattern), (each for each in ids if may_match(pattern, each)))

    def listed(self, account: str, kind: str) -> bool:
        """Say whether all that an account has of a kind is in the inventory."""
        return self.inventory.covered(account, _COVERED_BY.get(kind, kind)) is True

    def _candidates(self, key: tuple[str, ...], ids: Iterable[str]) -> Candidates:
        found = self._lists.get(key)
        if found is None:
            found = self._lists[key] = Candidates(ids)
        return found

    def attached(self, identity_id: str) -> list[str]:
        """Return the customer-managed policies that an identity has, also through groups."""
        policies = self.inventory.policies
        return [
            row.policy_id
            for row in self.inventory.bindings_of.get(identity_id, ())
            if row.purpose == "grants" and not row.inline and not policies[row.policy_id].managed_by_provider
        ]

    def boundary(self, identity_id: str) -> str | None:
        """Return the customer-managed policy that is an identity's permissions boundary."""
        rows = self.inventory.bindings_of.get(identity_id, ())
        return next(
            (row.policy_id for row in rows if row.purpose == "bounds" and ":iam::aws:" not in row.policy_id), None
        )

    def has_unread_boundary(self, identity_id: str) -> bool:
        """Say whether an identity has a permissions boundary that the snapshot does not have: it may leave nothing."""
        rows = (row for row in self.inventory.bindings_of.get(identity_id, ()) if row.purpose == "bounds")
        found = (self.inventory.policies.get(row.policy_id) for row in rows)
        return any(policy is None or not policy.complete for policy in found)

    def exists(self, account: str, kinds: Sequence[str]) -> Truth:
        """Say whether an account has something of one of these kinds; None where nobody looked."""
        if not kinds:
            return True
        shown = [*kinds, *(other for kind in kinds for other in _SHOWN_BY.get(kind, ()))]
        if any(self._workloads.get((account, kind)) or (account, kind) in self._resource_kinds for kind in shown):
            return True
        if any(kind in _ORGANIZATION_KINDS for kind in kinds):
            return self._organization_has(account, kinds)
        record_kinds = [_COVERED_BY.get(kind, kind) for kind in kinds]
        if any(self._recorded.get((account, kind)) for kind in record_kinds):
            return True
        looked = [self.inventory.covered(account, kind) for kind in record_kinds]
        return False if all(each is True for each in looked) else None

    def _organization_has(self, account: str, kinds: Sequence[str]) -> bool:
        """Identity Center is run from the management account."""
        scope = self.inventory.scopes.get(account)
        there = any(kind in kinds for _, kind in self._resource_kinds)
        return there and scope is not None and scope.management

    def meets(self, identity: Identity, need: Need) -> Truth:
        """Say whether a target is as a technique needs it; None where nobody looked."""
        if need == "room_for_key":
            keys = [row for row in self.inventory.credentials_of.get(identity.id, ()) if row.kind == "access_key"]
            return len(keys) < _KEYS_PER_USER
        if need == "password":
            return identity.has_console_password is True
        if need == "no_password":
            return None if identity.has_console_password is None else not identity.has_console_password
        if need == "instance_profile":
            return identity.id in self.with_profile
        return True  # `managed_by_ssm` is judged by the role's permissions
