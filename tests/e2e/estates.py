"""Estates that a person would meet: one to read, an empty one and large ones."""

from typing import Any

from nhi_scan.findings.assessment import Assessment
from nhi_scan.model.access import Privilege, StatementRef, Step
from nhi_scan.model.coverage import Coverage, CoverageStatus
from nhi_scan.model.finding import Confidence, Evidence, FindingState, NotAssessed
from nhi_scan.model.identity import Nature, Owner, Workload
from nhi_scan.model.ids import fingerprint
from nhi_scan.model.policy import Binding, Condition, Trust
from nhi_scan.model.records import Records
from tests.e2e.makers import (
    ACCOUNTS,
    allow,
    assess,
    at,
    complete,
    finding,
    inline_bindings,
    key,
    policy,
    role,
    rules,
    scopes,
    user,
)


def readable() -> Assessment:
    """Three accounts, some trouble of each kind, one permission missing: what a first scan looks like."""
    by_id = {rule.id: rule for rule in rules()}
    account = ACCOUNTS[0][0]
    deploy = role(1, account, "github-deploy", description="deploys the checkout service from GitHub Actions")
    admin = role(2, account, "terraform-admin", owner=Owner(name="platform@example.com", source="tag:owner"))
    ci = user(
        3, ACCOUNTS[1][0], "jenkins-legacy", owner=Owner(name="m.silva@example.com", source="tag:owner", gone=True)
    )
    human = user(
        4,
        account,
        "anna.berg",
        nature=Nature.HUMAN,
        nature_reason="it has a console password and MFA",
        has_console_password=True,
    )
    linked = role(5, account, "AWSServiceRoleForSupport", managed_by_provider=True)
    users = [user(number, ACCOUNTS[number % 3][0]) for number in range(10, 70)]
    keys = [key(number, one) for number, one in enumerate(users)] + [key(7, ci), key(8, ci, 2)]
    pass_role = policy(
        f"{deploy.id}#inline/deploy",
        "deploy",
        account,
        allow("iam:PassRole", "lambda:CreateFunction", "lambda:InvokeFunction", sid="Deploy"),
        allow(
            "s3:GetObject",
            "s3:PutObject",
            on=("arn:aws:s3:::checkout-artifacts/*",),
            conditions=(Condition("StringEquals", "aws:PrincipalOrgID", ("o-abcd1234",)),),
        ),
    )
    everything = policy("arn:aws:iam::aws:policy/AdministratorAccess", "AdministratorAccess", account, allow("*"))
    plain = [
        policy(f"{one.id}#inline/s3", "s3", one.scope_id, allow("s3:GetObject", "s3:List*", "kms:Decrypt"))
        for one in users
    ]
    github = Trust(
        id=f"{deploy.id}#trust/0/0",
        identity_id=deploy.id,
        subject="token.actions.githubusercontent.com",
        subject_kind="federated",
        claim_patterns=(("sub", ("repo:example/*",)),),
        mechanism="federate",
        conditions=(Condition("StringEquals", "token.actions.githubusercontent.com:aud", ("sts.amazonaws.com",)),),
    )
    service = Trust(
        id=f"{admin.id}#trust/0/0", identity_id=admin.id, subject="lambda.amazonaws.com", subject_kind="service"
    )
    back = Trust(id=f"{admin.id}#trust/1/0", identity_id=admin.id, subject=ci.id, subject_kind="identity")
    records = Records(
        scopes=scopes(),
        identities=[deploy, admin, ci, human, linked, *users],
        credentials=keys,
        workloads=[
            Workload(
                id="arn:aws:lambda:eu-west-1:111111111111:function:checkout",
                provider="aws",
                kind="lambda_function",
                name="checkout",
                scope_id=account,
                region="eu-west-1",
                runs_as=(admin.id,),
                exposed=True,
                active=True,
                environment_names=("STRIPE_API_KEY", "LOG_LEVEL"),
            ),
        ],
        policies=[pass_role, everything, *plain],
        bindings=[
            Binding(id="b1", principal_id=deploy.id, policy_id=pass_role.id, scope_id=account, inline=True),
            Binding(id="b2", principal_id=admin.id, policy_id=everything.id, scope_id=account),
            *inline_bindings(plain),
        ],
        trusts=[github, service, back],
        coverage=[
            *complete(),
            Coverage(
                provider="aws",
                scope_id=ACCOUNTS[1][0],
                record_kind="secretsmanager-secrets",
                status=CoverageStatus.DENIED,
                region="eu-west-1",
                detail="AccessDeniedException",
                permission="secretsmanager:ListSecrets",
            ),
            Coverage(
                provider="aws",
                scope_id=ACCOUNTS[1][0],
                record_kind="secretsmanager-secrets",
                status=CoverageStatus.DENIED,
                region="us-east-1",
                detail="AccessDeniedException",
                permission="secretsmanager:ListSecrets",
            ),
            Coverage(
                provider="aws",
                scope_id=ACCOUNTS[2][0],
                record_kind="iam-service-last-accessed",
                status=CoverageStatus.SKIPPED,
                detail="not asked for: add --usage",
            ),
        ],
    )
    step = Step(
        technique="pass-role-to-new-lambda",
        source_id=deploy.id,
        target_id=admin.id,
        statements=(StatementRef(pass_role.id, 0, "Deploy"),),
        detail="creates a function that runs as terraform-admin, then calls it",
    )
    privileges = [
        Privilege(
            identity_id=deploy.id,
            level="can_become_administrator",
            path=(step,),
            reason="reaches terraform-admin in one step",
        ),
        Privilege(
            identity_id=admin.id,
            level="administrator",
            statements=(StatementRef(everything.id, 0),),
            reason="allows every action on everything",
        ),
        Privilege(
            identity_id=ci.id,
            level="can_become_administrator",
            conditional=True,
            path=(Step(technique="assume-role", source_id=ci.id, target_id=admin.id, conditional=True),),
            reason="may assume terraform-admin",
        ),
        Privilege(identity_id=human.id, level="ordinary"),
        *(
            Privilege(identity_id=one.id, level="reaches_sensitive" if number % 9 == 0 else "ordinary")
            for number, one in enumerate(users)
        ),
    ]
    path = (
        Evidence("path", "github-deploy -> pass-role-to-new-lambda -> terraform-admin", admin.id),
        Evidence("statement", "deploy, statement Deploy: iam:PassRole on *", pass_role.id),
    )
    findings = [
        finding(
            by_id["administrator-equivalent"],
            admin,
            admin,
            state=FindingState.NEW,
            message="terraform-admin may do every action on every resource of payments-prod",
            remediation="Replace `AdministratorAccess` by what it used in the last 90 days:\n\n"
            "aws iam detach-role-policy --role-name terraform-admin "
            "--policy-arn arn:aws:iam::aws:policy/AdministratorAccess",
        ),
        finding(
            by_id["can-become-administrator"],
            deploy,
            deploy,
            evidence=path,
            message="github-deploy can become terraform-admin by creating a Lambda function that runs as it",
        ),
        finding(
            by_id["can-become-administrator"],
            ci,
            ci,
            confidence=Confidence.MEDIUM,
            message="jenkins-legacy can assume terraform-admin, if a condition holds that the snapshot cannot tell",
        ),
        finding(
            by_id["oidc-trust-without-subject"],
            github,
            deploy,
            state=FindingState.NEW,
            message="github-deploy trusts every repository of example on GitHub",
        ),
        finding(by_id["two-active-keys"], ci, ci),
        *(
            finding(by_id["unused-access-key"], one, users[number])
            for number, one in enumerate(keys[:60])
            if number % 4 == 0
        ),
        *(
            finding(by_id["stale-identity"], one, one, state=FindingState.NEW if number % 2 else FindingState.OPEN)
            for number, one in enumerate(users)
            if number % 5 == 0
        ),
        *(finding(by_id["no-owner"], one, one) for one in users if not one.owner),
        finding(
            by_id["old-access-key"],
            keys[1],
            users[1],
            state=FindingState.WAIVED,
            note="accepted until 2026-06-30 by a.lee (SEC-112): rotation is scheduled",
        ),
        finding(by_id["old-access-key"], keys[2], users[2], state=FindingState.RESOLVED),
    ]
    missing = [
        NotAssessed(
            rule_id="stale-identity",
            title=by_id["stale-identity"].title,
            subject_kind="identity",
            reason="identity.idle_days unknown: iam-credential-report denied",
            count=12,
            examples=(users[3].id, users[4].id),
        ),
    ]
    return assess(records, findings, privileges, missing)


def empty(**more: Any) -> Assessment:
    """Nothing found, everything read."""
    return assess(Records(scopes=scopes(), coverage=complete()), **more)


def large(identities: int, findings: int) -> Assessment:
    """Many of everything, with every identity's policies of its own."""
    ruleset = rules()
    people = [user(number, ACCOUNTS[number % 3][0]) for number in range(identities)]
    policies = [
        policy(
            f"{one.id}#inline/own",
            "own",
            one.scope_id,
            allow("s3:GetObject", "dynamodb:*", f"sqs:Send{number % 50}*", on=(f"arn:aws:s3:::bucket-{number}/*",)),
        )
        for number, one in enumerate(people)
    ]
    records = Records(
        scopes=scopes(),
        identities=people,
        credentials=[key(number, one) for number, one in enumerate(people)],
        policies=policies,
        bindings=inline_bindings(policies),
        coverage=complete(),
    )
    privileges = [
        Privilege(
            identity_id=one.id,
            level="can_become_administrator" if number % 3 == 0 else "ordinary",
            reason="reaches an administrator",
            path=(
                Step(
                    technique="assume-role",
                    source_id=one.id,
                    target_id=people[0].id,
                    statements=(StatementRef(policies[number].id, 0),),
                ),
            )
            if number % 3 == 0
            else (),
        )
        for number, one in enumerate(people)
    ]
    found = [
        finding(
            at(ruleset, number),
            people[number % identities],
            people[number % identities],
            fingerprint=fingerprint("large", str(number)),
        )
        for number in range(findings)
    ]
    return assess(records, found, privileges)
