"""The structure of an estate as a graph: who is in which group, who is trusted by whom, what runs as whom.

What *effective access* adds to it (escalation) is built in `access/aws/escalation`, on the same kind of graph.
"""

from nhi_scan.graph.graph import Graph, GraphBuilder
from nhi_scan.inventory.build import Inventory


def build(inventory: Inventory) -> Graph:
    """Build the graph of what is attached to what, before any policy is evaluated.

    Edges: `member_of` (identity to group), `runs_as` (workload to identity), `trusted_by` (the subject of a trust to
    the identity that it may become), `uses` (identity to policy), `bounded_by`, `in` (identity to scope). A role says
    nothing without the place that it is given on, so it is the name of the edge from who has it to that place.
    """
    builder = GraphBuilder()
    for identity in inventory.identities.values():
        source = builder.node(identity.id)
        if identity.scope_id:
            builder.edge(source, builder.node(identity.scope_id, "scope"), "in")
    for group in inventory.groups.values():
        for member in group.member_ids:
            builder.edge(builder.node(member), builder.node(group.id, "group"), "member_of")
    for workload in inventory.workloads.values():
        for identity_id in workload.runs_as:
            builder.edge(builder.node(workload.id, "workload"), builder.node(identity_id), "runs_as")
    for trust in inventory.trusts.values():
        kind = "identity" if trust.subject_kind == "identity" else trust.subject_kind
        subject = builder.node(trust.subject, kind)
        builder.edge(
            subject, builder.node(trust.identity_id), "trusted_by", conditional=bool(trust.conditions), note=trust.id
        )
    for binding in inventory.bindings.values():
        if inventory.policies[binding.policy_id].kind == "role":
            place = builder.node(binding.scope_id, "scope" if binding.scope_id in inventory.scopes else "resource")
            conditional = binding.condition is not None
            source = builder.node(binding.principal_id)
            builder.edge(source, place, binding.policy_id, conditional=conditional, note=binding.id)
            continue
        label = "bounded_by" if binding.purpose == "bounds" else "uses"
        policy = builder.node(binding.policy_id, "policy")
        builder.edge(builder.node(binding.principal_id), policy, label, note=binding.id)
    return builder.build()
