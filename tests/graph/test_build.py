from nhi_scan.graph.build import build
from nhi_scan.inventory.build import build as build_inventory
from nhi_scan.model.identity import Group, Identity, Nature, Workload
from nhi_scan.model.policy import Binding, Condition, Policy, Trust
from nhi_scan.model.records import Records

USER, ROLE, GROUP = "arn:aws:iam::1:user/u", "arn:aws:iam::1:role/r", "arn:aws:iam::1:group/g"


def test_what_is_attached_to_what_becomes_edges() -> None:
    records = Records()
    for identity_id in (USER, ROLE):
        records.identities.append(
            Identity(
                id=identity_id,
                provider="aws",
                kind="iam_user",
                nature=Nature.UNKNOWN,
                nature_reason="a test says so",
                name="n",
                scope_id="1",
            )
        )
    records.groups.append(Group(id=GROUP, provider="aws", kind="iam_group", name="g", scope_id="1", member_ids=(USER,)))
    records.workloads.append(
        Workload(id="w", provider="aws", kind="lambda_function", name="w", scope_id="1", runs_as=(ROLE,))
    )
    records.trusts.append(
        Trust(
            id="t",
            identity_id=ROLE,
            subject="lambda.amazonaws.com",
            subject_kind="service",
            conditions=(Condition("StringEquals", "aws:SourceAccount", ("1",)),),
        )
    )
    records.bindings += [
        Binding(id="b", principal_id=USER, policy_id="p", scope_id="1"),
        Binding(id="c", principal_id=USER, policy_id="q", scope_id="1", purpose="bounds"),
    ]
    graph = build(build_inventory([records]))
    assert sorted((edge.source, edge.label, edge.target, edge.conditional) for edge in graph.edges()) == [
        (ROLE, "in", "1", False),
        (USER, "bounded_by", "q", False),
        (USER, "in", "1", False),
        (USER, "member_of", GROUP, False),
        (USER, "uses", "p", False),
        ("lambda.amazonaws.com", "trusted_by", ROLE, True),
        ("w", "runs_as", ROLE, False),
    ]


def test_a_role_is_an_edge_to_the_place_that_it_is_given_on() -> None:
    records = Records()
    records.policies.append(Policy(id="roles/x", provider="gcp", kind="role", name="x", scope_id=""))
    expiry = Condition("CEL", "", ("request.time < t",))
    records.bindings += [
        Binding(id="a", principal_id="group:g", policy_id="roles/x", scope_id="projects/p"),
        Binding(id="b", principal_id="user:u", policy_id="roles/x", scope_id="//storage/b", condition=expiry),
    ]
    graph = build(build_inventory([records]))

    assert sorted((edge.source, edge.label, edge.target, edge.conditional) for edge in graph.edges()) == [
        ("group:g", "roles/x", "projects/p", False),
        ("user:u", "roles/x", "//storage/b", True),
    ]
