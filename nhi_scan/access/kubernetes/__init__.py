"""Effective access on Kubernetes: what RBAC gives.

Ask one question of roles of your own, in a notebook or another tool:

    from nhi_scan.access.kubernetes import Asked, Grant, Known, decide
    from nhi_scan.model.kube_actions import parse, patterns
    from nhi_scan.model.policy import Binding, Effect, Policy, Statement

    rule = {"verbs": ["get"], "apiGroups": [""], "resources": ["secrets"], "resourceNames": ["token"]}
    role = Policy(id="k8s:c/clusterroles/reader", provider="kubernetes", kind="role", name="reader", scope_id="k8s:c",
                  statements=(Statement(effect=Effect.ALLOW, actions=patterns(rule), resources=("token",)),))
    bound = Binding(id="1", principal_id="k8s:c/users/ann", policy_id=role.id, scope_id="k8s:c/namespaces/shop")
    answer = decide(Asked(parse("get secrets"), "shop", "token"), Known(grants=(Grant(bound, role, "shop"),)))
    answer.verdict     # Verdict.ALLOWED
    answer.statements  # the rule, and the binding that gives it

`decide` is the definition. `nhi_scan.access.kubernetes.summarise` answers for every identity of an inventory at once.
Other authorizers (webhooks, ABAC, a cloud's own permissions on its clusters) are no part of it: denied means that RBAC
does not allow it. Of the node authorizer it says where it may allow something.
"""

from nhi_scan.access.kubernetes.evaluate import Grant, Known, decide
from nhi_scan.access.kubernetes.request import Asked
from nhi_scan.model.access import Decision, Residual, StatementRef, Verdict

__all__ = ["Asked", "Decision", "Grant", "Known", "Residual", "StatementRef", "Verdict", "decide"]
