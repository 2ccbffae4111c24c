"""Evidence about who holds a role of Azure, owns an application or answers for an agent."""

from nhi_scan.facts import assignments
from nhi_scan.facts.about import describe
from nhi_scan.facts.entra import described
from nhi_scan.facts.estate import Estate
from nhi_scan.facts.wording import bound, some
from nhi_scan.model.finding import Evidence, SubjectKind


def owners(estate: Estate, subject: SubjectKind, subject_id: str) -> list[Evidence]:
    """Who owns the application in the directory or sponsors the agent, and what keeps them from answering."""
    identity = estate.inventory.identities.get(describe(estate, subject, subject_id).identity_id)
    if identity is None:
        return []
    sponsors = dict(identity.attributes).get("sponsors", "").split()
    named = [("owned", id_) for id_ in identity.owner_ids or ()] + [("sponsored", id_) for id_ in sponsors]
    return some(named, lambda pair: Evidence("fact", f"{pair[0]} by {described(estate, pair[1])}", pair[1]))


def holders(estate: Estate, subject: SubjectKind, subject_id: str) -> list[Evidence]:
    """Who has the role, and where."""
    rows = estate.inventory.bindings_to.get(subject_id, ()) if subject == "policy" else ()
    return some(rows, lambda row: bound(estate, row))


def subscription_owners(estate: Estate, subject: SubjectKind, subject_id: str) -> list[Evidence]:
    """Who owns a subscription of Azure at all times, by assignment."""
    rows = assignments.owners(estate, subject_id) if subject == "scope" else ()
    return some(rows, lambda row: bound(estate, row))
