"""Times the core alone on a snapshot: effective access and escalation for everyone, with guardrails put on top.

Run as `python -m tests.perf.measure SNAPSHOT`, so that its memory is its own; prints one JSON object.
"""

import gc
import json
import resource
import sys
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from nhi_scan.access.aws.privilege import judge
from nhi_scan.access.aws.summarise import summarise
from nhi_scan.inventory.build import build
from nhi_scan.model.policy import Guardrail, Policy
from nhi_scan.model.records import Records
from nhi_scan.model.scope import Scope
from nhi_scan.providers.aws.escalation import techniques
from nhi_scan.providers.aws.normalise import normalise
from nhi_scan.providers.aws.policy import parse_document
from nhi_scan.snapshot.store import Snapshot

NOW = datetime(2026, 11, 1, tzinfo=UTC)
KIND = "service_control_policy"
EVERYTHING = {"Effect": "Allow", "Action": "*", "Resource": "*"}
DENIES = [
    {"Effect": "Deny", "Action": ["organizations:LeaveOrganization", "account:*"], "Resource": "*"},
    {
        "Effect": "Deny",
        "NotAction": ["iam:*", "sts:*", "organizations:*", "support:*", "route53:*", "cloudfront:*"],
        "Resource": "*",
        "Condition": {"StringNotEquals": {"aws:RequestedRegion": ["eu-west-1", "us-east-1"]}},
    },
    {
        "Effect": "Deny",
        "Action": ["cloudtrail:StopLogging", "cloudtrail:DeleteTrail", "guardduty:Delete*"],
        "Resource": "*",
        "Condition": {"ArnNotLike": {"aws:PrincipalArn": "arn:aws:iam::*:role/security-*"}},
    },
]


def main(folder: Path) -> None:
    """Measure and print."""
    gc.disable()
    found: dict[str, Any] = {}
    records = normalise(Snapshot.open(folder))
    guard(records)
    inventory = build([records])
    catalogue = techniques()
    start = time.perf_counter()
    access = summarise(inventory, NOW)
    report = judge(inventory, access, catalogue)
    found["access and escalation, seconds"] = round(time.perf_counter() - start, 2)
    found["peak memory, MB"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    graph = report.escalation.graph
    found["identities"] = len(inventory.identities)
    found["distinct stacks"] = len(access.stacks)
    found["edges per principal"] = round(graph.edge_count / max(1, len(inventory.identities)), 2)
    somebody = next(iter(inventory.identities))
    place = "arn:aws:s3:::bucket-1/key"
    access.decide(somebody, "s3:GetObject", place)
    start = time.perf_counter()
    for _ in range(2000):
        access.decide(somebody, "s3:GetObject", place)
    found["point query, microseconds"] = round((time.perf_counter() - start) / 2000 * 1e6, 1)
    access.who_can("s3:GetObject", place)
    start = time.perf_counter()
    access.who_can("s3:GetObject", "arn:aws:s3:::bucket-2/key")
    found["who can, milliseconds"] = round((time.perf_counter() - start) * 1e3, 1)
    sys.stdout.write(json.dumps(found))


def guard(records: Records) -> None:
    """Put every account below a root with two service control policies."""
    root = Scope(id="r-perf", provider="aws", kind="root", name="root", guardrail_kinds=(KIND,))
    kept = [row for row in records.scopes if row.kind == "account"]
    records.scopes = [root] + [
        Scope(id=row.id, provider="aws", kind="account", name=row.name, parent_id=root.id, collected=True)
        for row in kept
    ]
    for name, statements in (("p-full", [EVERYTHING]), ("p-deny", DENIES)):
        parsed = parse_document({"Version": "2012-10-17", "Statement": statements})
        records.policies.append(
            Policy(
                id=name,
                provider="aws",
                kind="guardrail",
                name=name,
                scope_id=root.id,
                statements=parsed.statements,
                version=parsed.version,
            )
        )
        places = [scope.id for scope in records.scopes] if name == "p-full" else [root.id]
        records.guardrails += [Guardrail(policy_id=name, scope_id=place, kind=KIND) for place in places]


if __name__ == "__main__":
    main(Path(sys.argv[1]))
