"""Effective access on Google Cloud.

Ask one question of policies of your own, in a notebook or another tool:

    from nhi_scan.access.gcp import Known, Layers, Request, decide
    from nhi_scan.model.policy import Binding, Condition, Effect, Policy, Statement

    reader = Policy(id="roles/reader", provider="gcp", kind="role", name="reader", scope_id="",
                    statements=(Statement(effect=Effect.ALLOW, actions=("storage.objects.get",)),))
    bound = Binding(id="1", principal_id="user:ann@example.com", policy_id="roles/reader", scope_id="projects/app",
                    condition=Condition("CEL", "", ("resource.name.startsWith('projects/_/buckets/logs/')",)))
    answer = decide(
        Request(permission="storage.objects.get", chain=("organizations/1", "projects/app"),
                stands="user:ann@example.com".__eq__, known=Known()),
        Layers(bindings=(bound,), roles={"roles/reader": reader}),
    )
    answer.verdict     # Verdict.CONDITIONAL: of which objects, nobody has said
    answer.residual    # the condition, its binding, and that it must hold

`decide` is the definition. `Questions` finds the layers of a request in an inventory. `nhi_scan.access.gcp.summarise`
answers for every identity of an inventory at once, from above: it never misses what `decide` allows.
"""

from nhi_scan.access.gcp.ask import Questions
from nhi_scan.access.gcp.conditions import Known
from nhi_scan.access.gcp.evaluate import decide
from nhi_scan.access.gcp.layers import Attached, Layers
from nhi_scan.access.gcp.members import Members
from nhi_scan.access.gcp.places import Places
from nhi_scan.access.gcp.request import Request
from nhi_scan.access.gcp.scopes import scoped
from nhi_scan.model.access import Decision, Residual, StatementRef, Verdict

__all__ = [
    "Attached",
    "Decision",
    "Known",
    "Layers",
    "Members",
    "Places",
    "Questions",
    "Request",
    "Residual",
    "StatementRef",
    "Verdict",
    "decide",
    "scoped",
]
