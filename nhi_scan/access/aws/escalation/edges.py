"""From techniques, permissions and targets to edges: who can become whom, and who can write their own permissions.

Everything that depends on the documents and the account alone is found once for all identities that share them.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from nhi_scan.access.aws.escalation.about import About
from nhi_scan.access.aws.escalation.assume import Assumable
from nhi_scan.access.aws.escalation.candidates import Candidates, Hits
from nhi_scan.access.aws.escalation.control import Control, administrative_policies
from nhi_scan.access.aws.escalation.existing import Existing
from nhi_scan.access.aws.escalation.judge import Judge
from nhi_scan.access.aws.escalation.serving import Serving
from nhi_scan.access.aws.escalation.signing_in import SigningIn
from nhi_scan.access.aws.escalation.subject import Subject
from nhi_scan.access.aws.escalation.targets import Targets
from nhi_scan.access.aws.escalation.technique import EscalationCatalogue, Need, Requirement, Technique
from nhi_scan.access.aws.summarise import Access
from nhi_scan.access.combine import Truth
from nhi_scan.model.identity import Identity

_OF_TARGET = frozenset({"target", "policy", "boundary", "provider", "workload"})
_TOWARDS_OTHERS = frozenset({"rights", "unbind", "restore"})  # what they yield is worth something with another one
_MANAGED_BY_SSM = "ssm:updateinstanceinformation"


@dataclass(slots=True, eq=False)
class Way:
    """A technique that one identity can use: on a set of targets, or on one that it may rewrite."""

    technique: Technique
    hits: Hits  # target -> conditional
    conditional: bool  # the technique itself depends on an open condition


class Engine:
    """Finds the ways of an inventory's identities."""

    def __init__(self, access: Access, catalogue: EscalationCatalogue) -> None:
        """Index what there is to escalate to."""
        self.access = access
        self.catalogue = catalogue
        self.targets = Targets(access.inventory)
        self.control = Control(access.catalogue)
        self.judge = Judge(access, catalogue, administrative_policies(access, self.control))
        self.assumable = Assumable(access, self.judge)
        self._about = About(access)
        self._needed = [(row, self.judge.actions.union(row.actions)) for row in catalogue.techniques]
        self._usable_by: dict[tuple[int, str, str], tuple[Technique, ...]] = {}
        self._held: dict[int, tuple[Technique, ...]] = {}
        self._around = {
            row.id: tuple(each for each in row.requires if not _OF_TARGET.intersection(each.on))
            for row in catalogue.techniques
        }
        self._actions = {row.id: row.actions for row in catalogue.techniques}
        self._shared: dict[tuple[Subject, str], tuple[Way, ...]] = {}
        self._ways: dict[tuple[object, ...], Way | None] = {}
        self._assuming: dict[int, tuple[Technique, ...]] = {}
        self._running: dict[tuple[str, tuple[str, ...]], Candidates] = {}
        self._serving = Serving(access.inventory, self.targets)
        self._signing_in = SigningIn(self.targets, self.judge)
        self._existing = Existing(self.targets, self.judge, self._about)
        self._requirements: dict[tuple[str, str], tuple[Requirement, ...]] = {}
        self._few: dict[Hits, Candidates] = {}
        self._met: dict[tuple[Hits, tuple[Need, ...]], Hits] = {}
        self._with_policy: dict[tuple[Hits, Candidates], Hits] = {}

    def subject(self, identity: Identity) -> Subject:
        """Return those who share an identity's account and whatever its documents say about escalation."""
        return self.judge.subject(identity, self.access.stack(identity.id))

    def held(self, subject: Subject) -> tuple[Technique, ...]:
        """Return the techniques of which every action may be allowed on something."""
        focus = subject.focus
        found = self._held.get(focus)
        if found is None:
            found = self._held[focus] = tuple(
                [technique for technique, needed in self._needed if needed & focus == needed]
            )
        return found

    def shared(self, subject: Subject, kind: str) -> tuple[Way, ...]:
        """Return how all of one kind who are one subject get at others."""
        shared = self._shared.get((subject, kind))
        if shared is None:
            shared = self._shared[subject, kind] = tuple(self._shared_ways(subject, kind))
        return shared

    def own(self, identity: Identity, subject: Subject) -> Iterable[Way]:
        """Return how just this identity gets at others, because their trust policies name it."""
        own = self.assumable.own(identity, subject)
        return self._by_assuming(subject, own) if own else ()

    def _shared_ways(self, subject: Subject, kind: str) -> Iterator[Way]:
        for technique in self._usable(subject, kind):
            way = self._way(technique, subject)
            if way is not None:
                yield way
        for hits in self.assumable.shared(subject):
            if hits:
                yield from self._by_assuming(subject, hits)

    def _usable(self, subject: Subject, kind: str) -> tuple[Technique, ...]:
        """Return the techniques that are held and for which the account has something at all."""
        key = (subject.focus, subject.account, kind)
        found = self._usable_by.get(key)
        if found is None:
            found = self._usable_by[key] = tuple(
                row
                for row in self.held(subject)
                if row.yields not in _TOWARDS_OTHERS and self._has(row, subject.account, kind)
            )
        return found

    def _has(self, technique: Technique, account: str, kind: str) -> bool:
        """Say whether an account has anything that a technique is used on, by this kind of identity."""
        if self.targets.exists(account, technique.exists) is False:
            return False
        if technique.target == "workload":
            return bool(self._workload_candidates(account, technique.workloads).ids)
        if technique.target == "service_role":
            return bool(self._serving.trusting(account, technique.services))
        if technique.target == "federated_role":
            return self._signing_in.possible(account)
        if technique.target == "group":
            return kind == "iam_user" and bool(self.targets.groups(account).ids)
        return technique.target in ("user", "role")

    def _by_assuming(self, subject: Subject, hits: Hits) -> Iterator[Way]:
        """Yield what can be done with roles that can be assumed."""
        techniques = self._assuming.get(subject.focus)
        if techniques is None:
            held = self.held(subject)
            techniques = self._assuming[subject.focus] = tuple([t for t in held if t.target == "assumable_role"])
        for technique in techniques:
            if not technique.requires:
                yield Way(technique, hits, conditional=False)
                continue
            both = hits.both(self._on_targets(technique, subject, self.targets.roles(subject.account)))
            if both:
                yield Way(technique, both, conditional=False)

    def _way(self, technique: Technique, subject: Subject) -> Way | None:
        """Judge a technique that is used on others: once for all to whom its actions are allowed on the same."""
        reach = self.judge.reach
        key = (technique.id, subject.account, *[reach(subject, action) for action in self._actions[technique.id]])
        if key not in self._ways:
            self._ways[key] = self._find_way(technique, subject)
        return self._ways[key]

    def _find_way(self, technique: Technique, subject: Subject) -> Way | None:
        there = self.targets.exists(subject.account, technique.exists)
        hits = self._targets(technique, subject)
        if not hits:
            return None
        possible = self.judge.somewhere(subject, self._around[technique.id])
        if possible and technique.exists:
            possible = self._existing.met(technique, subject, self._around[technique.id])
        return None if possible is False else Way(technique, hits, conditional=possible is None or there is None)

    def _targets(self, technique: Technique, subject: Subject) -> Hits:
        account = subject.account
        if technique.target == "user":
            hits = self._on_targets(technique, subject, self.targets.users(account))
        elif technique.target == "role":
            hits = self._on_targets(technique, subject, self.targets.roles(account))
        elif technique.target == "group":
            return self._on_targets(technique, subject, self.targets.groups(account))
        elif technique.target == "service_role":
            hits = self._passed(technique, subject)
        elif technique.target == "federated_role":
            hits = self._signing_in.hits(technique, subject)
        else:
            hits = self._on_workloads(technique, subject)
        return self._meeting(technique, hits)

    def _passed(self, technique: Technique, subject: Subject) -> Hits:
        """Return the roles that trust a service and may be passed to it.

        What may be passed mostly depends on no service, and is found once for all.
        """
        trusts = self._serving.trusting(subject.account, technique.services)
        passing = self.requirements(technique, subject)[0]
        roles = self.targets.roles(subject.account)
        if self.judge.reads_target(self.judge.reach(subject, "iam:passrole")):
            roles = self._few.setdefault(trusts, Candidates(trusts))  # because each is asked about by itself
        return trusts.both(self.judge.hits(subject, passing, roles, self._about))

    def _on_targets(self, technique: Technique, subject: Subject, candidates: Candidates) -> Hits:
        """Return the candidates on which every requirement about the target is met."""
        result: Hits | None = None
        for requirement in self.requirements(technique, subject):
            if "target" in requirement.on:
                hits = self.judge.hits(subject, requirement, candidates, self._about)
            elif "policy" in requirement.on:
                hits = self.having_policy(subject, requirement, candidates)
            else:
                continue
            result = hits if result is None else result.both(hits)
            if not result:
                return result
        return candidates.all_hits() if result is None else result

    def on_identities(self, technique: Technique, subject: Subject, candidates: Candidates) -> Hits:
        """Return the users or roles on which every requirement about the target is met."""
        return self._on_targets(technique, subject, candidates)

    def on_groups(self, technique: Technique, subject: Subject) -> Hits:
        """Return the groups on which a technique can be used."""
        return self._on_targets(technique, subject, self.targets.groups(subject.account))

    def having_policy(self, subject: Subject, requirement: Requirement, candidates: Candidates) -> Hits:
        """Return the candidates that have a customer-managed policy on which a requirement is met."""
        policies = self.judge.hits(subject, requirement, self.targets.policies(subject.account), self._about)
        known = self._with_policy.get((policies, candidates))
        if known is None:
            found: dict[str, bool] = {}
            for policy_id, conditional in policies.items():
                for row in self.access.inventory.bindings_to.get(policy_id, ()):
                    if row.purpose == "grants":
                        found[row.principal_id] = found.get(row.principal_id, True) and conditional
            known = self._with_policy[policies, candidates] = candidates.hits_among(found)
        return known

    def _on_workloads(self, technique: Technique, subject: Subject) -> Hits:
        """Return the roles as which workloads run that the technique takes over."""
        candidates = self._workload_candidates(subject.account, technique.workloads)
        workloads = self.targets.workloads(subject.account, technique.workloads)
        hits = candidates.all_hits()
        passed: Hits | None = None
        for requirement in self.requirements(technique, subject):
            if "workload" in requirement.on:
                hits = hits.both(self.judge.hits(subject, requirement, candidates, self._about))
            elif "target" in requirement.on:
                passed = self.judge.hits(subject, requirement, self.targets.roles(subject.account), self._about)
        found: dict[str, bool] = {}
        for workload_id, conditional in hits.items():
            for role_id in workloads[workload_id].runs_as:
                if passed is None or role_id in passed:
                    doubt = conditional or (passed is not None and passed[role_id])
                    found[role_id] = found.get(role_id, True) and doubt
        return Candidates(found).hits_among(found)

    def _workload_candidates(self, account: str, kinds: tuple[str, ...]) -> Candidates:
        found = self._running.get((account, kinds))
        if found is None:
            found = self._running[account, kinds] = Candidates(self.targets.workloads(account, kinds))
        return found

    def _meeting(self, technique: Technique, hits: Hits) -> Hits:
        """Keep the targets that are as the technique needs them."""
        if not technique.needs:
            return hits
        known = self._met.get((hits, technique.needs))
        if known is None:
            met = dict(self._checked(technique, hits))
            known = self._met[hits, technique.needs] = hits.candidates.hits_among(met)
        return known

    def _checked(self, technique: Technique, hits: Hits) -> Iterator[tuple[str, bool]]:
        for target, conditional in hits.items():
            identity = self.access.inventory.identities.get(target)
            if identity is None:
                continue
            answers = {self._meets(identity, need) for need in technique.needs}
            if False not in answers:
                yield target, conditional or None in answers

    def _meets(self, identity: Identity, need: str) -> Truth:
        if need == "managed_by_ssm":
            return self.access.summary(identity.id).allows(_MANAGED_BY_SSM)
        return self.targets.meets(identity, need)  # type: ignore[arg-type] # one of `Need`

    def requirements(self, technique: Technique, subject: Subject) -> tuple[Requirement, ...]:
        """Return what a technique requires, the passing of the role included."""
        key = (technique.id, subject.account)
        found = self._requirements.get(key)
        if found is None:
            found = technique.requires
            if technique.passes:
                found = (self._passing(technique, subject), *found)
            self._requirements[key] = found
        return found

    @staticmethod
    def _passing(technique: Technique, subject: Subject) -> Requirement:
        places = [place for row in technique.requires for place in row.on if place.startswith("arn:")]
        associated = places[0].format(partition=subject.partition, account=subject.account) if places else ""
        keys = (("", (associated,)), ("iam:passedtoservice", technique.services))
        return Requirement(action="iam:PassRole", on=("target",), keys=keys)
