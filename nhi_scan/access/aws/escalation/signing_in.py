"""Roles that one signs in to through an identity provider, by who may say what the provider is.

Whoever replaces the metadata of a SAML provider signs assertions with a key of its own, and says what is in them
(https://docs.aws.amazon.com/IAM/latest/APIReference/API_UpdateSAMLProvider.html).
"""

from collections import defaultdict

from nhi_scan.access.aws.escalation.candidates import Candidates, Hits
from nhi_scan.access.aws.escalation.judge import Judge
from nhi_scan.access.aws.escalation.subject import Subject
from nhi_scan.access.aws.escalation.targets import Targets
from nhi_scan.access.aws.escalation.technique import Technique
from nhi_scan.model.policy import Trust

_PROVIDER = ":saml-provider/"
_ASSERTED = "saml:"  # condition keys that the assertion says


class SigningIn:
    """The SAML providers of each account and the roles that trust them."""

    def __init__(self, targets: Targets, judge: Judge) -> None:
        """Index the trusts. Roles of Identity Center are kept: no page says that their provider cannot be replaced."""
        self._targets = targets
        self._judge = judge
        self._roles: dict[str, dict[str, dict[str, bool]]] = defaultdict(lambda: defaultdict(dict))
        self._providers: dict[str, Candidates] = {}
        for role_id, trusts in targets.inventory.trusts_of.items():
            role = targets.inventory.identities.get(role_id)
            for trust in trusts:
                if role is not None and trust.subject_kind == "federated" and _PROVIDER in trust.subject:
                    found = self._roles[role.scope_id][trust.subject]
                    found[role_id] = found.get(role_id, True) and _is_open(trust)

    def possible(self, account: str) -> bool:
        """Say whether an account has a role that trusts a SAML provider."""
        return account in self._roles

    def hits(self, technique: Technique, subject: Subject) -> Hits:
        """Return the roles that trust a provider about which a technique may be used."""
        roles = self._roles[subject.account]
        providers = self._providers.get(subject.account)
        if providers is None:
            providers = self._providers[subject.account] = Candidates(roles)
        found: dict[str, bool] = {}
        for provider, conditional in self._judge.hits(subject, technique.requires[0], providers, lambda _: {}).items():
            for role_id, open_ in roles[provider].items():
                found[role_id] = found.get(role_id, True) and (conditional or open_)
        return self._targets.roles(subject.account).hits_among(found)


def _is_open(trust: Trust) -> bool:
    return any(not condition.key.lower().startswith(_ASSERTED) for condition in trust.conditions)
