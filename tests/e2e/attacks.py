"""An estate in which every string that a cloud may send is an attack on the page."""

from nhi_scan.findings.assessment import Assessment
from nhi_scan.model.access import Privilege, StatementRef, Step
from nhi_scan.model.coverage import Coverage, CoverageStatus
from nhi_scan.model.finding import Evidence, NotAssessed, Reference
from nhi_scan.model.identity import Credential, Group, Owner, Workload
from nhi_scan.model.policy import Binding, Condition, Policy, Trust
from nhi_scan.model.records import Records
from nhi_scan.model.scope import Scope
from tests.e2e.makers import (
    ACCOUNTS,
    allow,
    assess,
    at,
    finding,
    policy,
    role,
    rules,
)

HOSTILE = (
    "</script><script>window.pwned=1</script>",
    "<img src=x onerror=window.pwned=1>",
    "<!--<script>",
    "javascript:window.pwned=1",
    "data:text/html,<script>window.pwned=1</script>",
    'https://evil.example/" onmouseover="window.pwned=1',
    "'><svg onload=window.pwned=1>",
    "{{ 7*7 }}{% raw %}${7*7}",
    "</style><style>*{display:none}",
    "x;}body{background:url(https://evil.example/)}",
    "safe\u202egnp.exe\u202c",
    "zero\u200bwidth\ufeff and \u00ad soft",
    "nul\x00 esc\x1b[31m bell\x07",
    "line\u2028separator\u2029and\r\nnewline",
    "lone\ud800surrogate\udfff",
    "__proto__",
    "constructor",
    "W" * 4000,
    "\u05d0\u05d1\u05d2 right to left",
    "&lt;b&gt;&amp;&#x3c;script&#x3e;",
    '=HYPERLINK("https://evil.example")',
    "https://example.com/a?b=<c>&d",
)


def hostile() -> Assessment:
    """Every string that a cloud may send is an attack on the page."""
    account, attacks = ACCOUNTS[0][0], HOSTILE
    people = [
        role(
            number,
            account,
            f"{attack}",
            id=f"arn:aws:iam::{account}:role/{number}{attack}",
            description=attack,
            nature_reason=attack,
            owner=Owner(name=attack, source=f"tag:{attack}"),
            tags=((attack, attack), ("__proto__", "constructor")),
            path=f"/{attack}/",
        )
        for number, attack in enumerate(attacks)
    ]
    records = Records(
        scopes=[Scope(id=account, provider="aws", kind="account", name=attacks[0], collected=True)],
        identities=people,
        credentials=[
            Credential(
                id=f"{one.id}#{attack}",
                provider="aws",
                identity_id=one.id,
                scope_id=account,
                kind="api_token",
                name=attack,
                attributes=((attack, attack),),
            )
            for one, attack in zip(people, attacks, strict=True)
        ],
        workloads=[
            Workload(
                id=f"w{number}{attack}",
                provider="aws",
                kind=attack,
                name=attack,
                scope_id=account,
                region=attack,
                runs_as=(people[number].id,),
                environment_names=(attack,),
                attributes=((attack, attack),),
            )
            for number, attack in enumerate(attacks)
        ],
        groups=[
            Group(
                id=f"group:{number}{attack}",
                provider="gcp",
                kind=attack,
                name=attack,
                scope_id=attack,
                member_ids=(
                    people[number].id,
                    f"group:{(number + 1) % len(attacks)}{attacks[(number + 1) % len(attacks)]}",
                ),
                complete=False,
            )
            for number, attack in enumerate(attacks)
        ],
        policies=[
            policy(
                f"{one.id}#inline/{attack}",
                attack,
                account,
                allow(f"s3:{attack}", on=(attack,), sid=attack, conditions=(Condition(attack, attack, (attack,)),)),
            )
            for one, attack in zip(people, attacks, strict=True)
        ],
        trusts=[
            Trust(
                id=f"{one.id}#trust/0/0",
                identity_id=one.id,
                subject=attack,
                subject_kind="federated",
                claim_patterns=((attack, (attack,)),),
                conditions=(Condition(attack, attack, (attack,)),),
            )
            for one, attack in zip(people, attacks, strict=True)
        ],
        coverage=[
            Coverage(
                provider="aws",
                scope_id=account,
                record_kind=attack,
                status=CoverageStatus.DENIED,
                region=attack,
                detail=attack,
                permission=attack,
            )
            for attack in attacks
        ],
    )
    records.bindings = [
        Binding(
            id=f"b{number}",
            principal_id=one.id,
            policy_id=records.policies[number].id,
            scope_id=account,
            source="group",
            via=attacks[number],
        )
        for number, one in enumerate(people)
    ]
    records.policies += [
        Policy(id=f"roles/{attack}", provider="gcp", kind="role", name=attack, scope_id=attack) for attack in attacks
    ]
    records.bindings += [
        Binding(
            id=f"{attack}#{number}",
            principal_id=f"group:{number}{attack}" if number % 2 else attack,
            policy_id=f"roles/{attack}",
            scope_id=attack,
            condition=Condition("CEL", "", (attack,)),
        )
        for number, attack in enumerate(attacks)
    ]
    ruleset = rules()
    findings = [
        finding(
            at(ruleset, number * 7),
            one,
            one,
            subject_name=attack,
            message=attack,
            remediation=f"aws {attack}\n\n`{attack}`",
            note=attack,
            evidence=(Evidence("tag", attack, attack),),
            references=(Reference("url", attack, attack), Reference(attack, attack, attack)),
            title=attack,
        )
        for number, (one, attack) in enumerate(zip(people, attacks, strict=True))
    ]
    privileges = [
        Privilege(
            identity_id=one.id,
            level="can_become_administrator",
            reason=attack,
            path=(
                Step(
                    technique=attack,
                    source_id=one.id,
                    target_id=attack,
                    detail=attack,
                    statements=(
                        StatementRef(records.policies[number].id, 0, attack),
                        StatementRef(f"roles/{attack}", 0, layer="allow", binding_id=f"{attack}#{number}"),
                    ),
                ),
            ),
        )
        for number, (one, attack) in enumerate(zip(people, attacks, strict=True))
    ]
    missing = [
        NotAssessed(
            rule_id=ruleset[0].id, title=attack, subject_kind="identity", reason=attack, count=1, examples=(attack,)
        )
        for attack in attacks
    ]
    return assess(records, findings, privileges, missing, tool_version=attacks[0])
