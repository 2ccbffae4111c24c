"""Doors: roles with the outside issuers that their trust policies name, found by the tokens that they may take."""

from collections.abc import Callable, Hashable, Iterator, Mapping, Sequence
from functools import cached_property

from nhi_scan.access.alike import Alike, Answers
from nhi_scan.access.aws.claims import GOOGLE, Keys, besides
from nhi_scan.access.federation import Entry
from nhi_scan.access.subjects import BySubject
from nhi_scan.access.witnesses import Pattern
from nhi_scan.inventory.build import Inventory
from nhi_scan.model.assertion import Assertion, issuer_key
from nhi_scan.model.identity import Identity
from nhi_scan.model.policy import Policy, Trust
from nhi_scan.model.record import value

# Providers that every account has: https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_providers_oidc.html
BUILT_IN = frozenset({GOOGLE, "cognito-identity.amazonaws.com", "graph.facebook.com", "www.amazon.com"})


@value
class Door:
    """A role with one of the principals that its trust policy names."""

    trust: Trust
    role: Identity
    provider: str  # the principal: an ARN, or the name of a provider that every account has
    issuer: str  # as condition keys are prefixed


Doorway = tuple[Door, ...]
"""Doors that ask for the same: a token that one of them takes as another does."""
Enter = Callable[[Door, Assertion], Entry | None]
Given = tuple[Entry, ...]


class Doors:
    """Doors by issuer and subject. What they answer is remembered: many tokens are alike to a trust policy."""

    def __init__(self, inventory: Inventory) -> None:
        """Index the trusts of roles."""
        self._inventory = inventory
        # By what a role must let somebody do besides.
        self._answers: dict[tuple[str, ...], Answers[Doorway, Given]] = {}

    @property
    def issuers(self) -> frozenset[str]:
        """Keys of the issuers that somebody trusts."""
        return frozenset(self._doorways)

    def of(self, role: Identity, trust: Trust) -> Iterator[Door]:
        """Yield the doors of one trust."""
        if trust.subject_kind == "anyone":
            for arn, issuer in self._providers.get(role.scope_id, ()):
                yield Door(trust, role, arn, issuer)
        elif trust.subject_kind == "federated" and ":saml-provider/" not in trust.subject:
            head, _, issuer = trust.subject.rpartition(":oidc-provider/")
            # Tokens are taken only of providers of the role's own account.
            if (head and f"::{role.scope_id}" in head) or (not head and issuer in BUILT_IN):
                yield Door(trust, role, trust.subject, issuer)

    def policies(self, door: Door) -> tuple[Policy | None, tuple[tuple[Policy, ...], ...]]:
        """Return what decides: the role's trust policy, and by level what its organization says of its resources."""
        policy = self._inventory.policies.get(door.role.trust_policy_id or door.trust.policy_id)
        return policy, self._inventory.guardrails_for(door.role.scope_id, "resource_control_policy") or ()

    def ask(self, assertion: Assertion, enter: Enter) -> Iterator[Given]:
        """Yield what doors give that may take an assertion; `enter` is asked once for all that are alike."""
        doorways = self._doorways.get(issuer_key(assertion.issuer))
        shown: dict[str, tuple[Answers[Doorway, Given], Assertion, dict[int, Hashable]]] = {}

        def given(doorway: Doorway) -> Given:
            found = (enter(door, assertion) for door in doorway)
            return tuple([entry for entry in found if entry is not None])

        for doorway in doorways.find(assertion.claim("sub")) if doorways else ():
            issuer = doorway[0].issuer
            if not _same_issuer(issuer, assertion.issuer):
                continue
            if issuer not in shown:
                seen = Keys(issuer).shown(assertion)
                shown[issuer] = self._answers.setdefault(besides(seen), Answers(self._compared)), seen, {}
            answers, seen, keys = shown[issuer]
            entries = answers.of(doorway, seen, keys, given)
            if entries:
                yield entries

    @cached_property
    def _doorways(self) -> dict[str, BySubject[Doorway]]:
        """Doors that ask for the same, by issuer and subject."""
        alike: dict[Hashable, list[Door]] = {}
        for role_id, trusts in self._inventory.trusts_of.items():
            role = self._inventory.identities.get(role_id)
            if role is not None and role.provider == "aws" and role.kind == "iam_role" and role.status != "deleted":
                for trust in trusts:
                    for door in self.of(role, trust):
                        asked = Alike(self._compared((door,))).asked
                        alike.setdefault((door.issuer, _subjects(trust), asked), []).append(door)
        found: dict[str, BySubject[Doorway]] = {}
        for doors in alike.values():
            index = found.setdefault(issuer_key(doors[0].issuer), BySubject())
            index.add(tuple(doors), _subjects(doors[0].trust))
        return found

    def _compared(self, doorway: Doorway) -> Mapping[str, Sequence[Pattern] | None]:
        """What the doors of one doorway compare."""
        policy, rcps = self.policies(doorway[0])
        policies = [*([policy] if policy is not None else []), *(one for level in rcps for one in level)]
        return {**Keys(doorway[0].issuer).compared(policies), "aud": None}

    @cached_property
    def _providers(self) -> dict[str, list[tuple[str, str]]]:
        """Identity providers by account: their ARNs and issuers."""
        found: dict[str, list[tuple[str, str]]] = {}
        for one in self._inventory.resources.values():
            if one.kind == "oidc_provider":
                found.setdefault(one.scope_id, []).append((one.id, one.id.rpartition(":oidc-provider/")[2]))
        return found


def _subjects(trust: Trust) -> tuple[str, ...] | None:
    return next((patterns for name, patterns in trust.claim_patterns if name == "sub"), None)


def _same_issuer(written: str, issuer: str) -> bool:
    """A provider's address is a token's issuer, the slash at the end included: it tells two providers apart.

    https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_providers_create_oidc.html
    """
    return written.endswith("/") == issuer.endswith("/")
