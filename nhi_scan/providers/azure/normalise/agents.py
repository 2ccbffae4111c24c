"""Sponsors of agents, and the accounts of agents that must have one like a person's.

https://learn.microsoft.com/graph/api/resources/agentidentity, https://learn.microsoft.com/graph/api/resources/agentuser
"""

from nhi_scan.model.identity import Identity, Nature
from nhi_scan.providers.azure import kinds
from nhi_scan.providers.azure.normalise.owners import Owned
from nhi_scan.providers.azure.normalise.principals import Principals
from nhi_scan.providers.azure.normalise.scopes import Scopes
from nhi_scan.providers.azure.normalise.shapes import Pairs, flag, guid, pairs, type_name
from nhi_scan.providers.azure.normalise.source import PROVIDER, Source
from nhi_scan.snapshot.values import moment, text


class Sponsors:
    """Who answers for agents: users and groups, by the agent's or blueprint's object id."""

    def __init__(self, source: Source, scopes: Scopes, principals: Principals) -> None:
        self._source = source
        self._found: dict[str, dict[str, str]] = {}
        kind = kinds.AGENT_SPONSORS
        for scope_id, of, record in source.plain(kind):
            agent, sponsor = guid(of, "id"), guid(record, "id")
            if not agent or not sponsor:
                source.note(kind, scope_id, "sponsors of nobody, or without an id")
                continue
            self._found.setdefault(agent, {})[sponsor] = type_name(record)
            principals.see(sponsor, type_name(record), scopes.tenant_of(scope_id))

    def told(self, agent: str, tenant: str) -> Pairs:
        """The attribute `sponsors`; none where nobody could look."""
        known = self._found.get(agent)
        if known is None and self._source.coverage.covered(tenant, kinds.AGENT_SPONSORS) is not True:
            return ()
        return (("sponsors", " ".join(sorted(known or ()))),)

    def owned(self, agent: str, tenant: str) -> Owned:
        """Sponsors as who answers for an agent."""
        whole = self._source.coverage.covered(tenant, kinds.AGENT_SPONSORS) is True
        return Owned(ids=dict(self._found.get(agent, {})), whole=whole, source="entra:sponsor")


def read_agent_users(source: Source, scopes: Scopes, principals: Principals) -> None:
    """Accounts of agents."""
    kind, seen = kinds.AGENT_USERS, set[str]()
    for scope_id, _, record in source.plain(kind):
        id_, tenant = guid(record, "id"), scopes.tenant_of(scope_id)
        if not id_:
            source.note(kind, scope_id, "accounts of agents without an id")
            continue
        if id_ in seen:
            continue
        seen.add(id_)
        principals.known.add(id_)
        enabled = flag(record.get("accountEnabled"))
        parent = guid(record, "identityParentId") or guid(record, "agentIdentityId")
        source.records.identities.append(
            Identity(
                id=id_,
                provider=PROVIDER,
                kind="agent_user",
                nature=Nature.NON_HUMAN,
                nature_reason="the account of an agent",
                name=text(record, "userPrincipalName") or text(record, "displayName") or id_,
                scope_id=tenant,
                status="disabled" if enabled == "false" else "active",
                created_at=moment(record.get("createdDateTime")),
                description=text(record, "displayName"),
                attributes=pairs(("agent_identity_id", parent)),
            )
        )
