"""Facts of every cloud, told of clusters: owners, workloads, use."""

from datetime import timedelta
from typing import Any

import pytest

from nhi_scan.model.identity import NEVER_USED, Credential, LastUsed, Owner
from tests.facts.kubernetes.estate import (
    APP,
    RUNS,
    SHOP,
    account,
    workload,
)


def test_how_many_accounts_of_a_namespace_nobody_answers_for(cell: Any) -> None:
    owned = account("owned", owner=Owner(name="team", source="tag:owner"))
    own = account("managed", managed_by_provider=True)
    default = account("default", attributes={"default": "true"})
    accounts = [account(), owned, own, default]
    assert cell("scope.ownerless_count", identities=accounts, row=1) == 1
    assert cell("scope.ownerless_count", identities=[owned, own, default], row=1) == 0
    system = [account("coredns", "kube-system")]
    assert cell("scope.ownerless_count", identities=system, row=1) == 0
    assert cell("scope.ownerless_count", identities=accounts, without="k8s-serviceaccounts", row=1) is None


def test_how_many_workloads_run_as_it(cell: Any) -> None:
    assert cell("identity.workload_count", identities=[account()]) == 0
    assert cell("identity.workload_count", identities=[account()], workloads=[workload(APP)]) == 1
    for kind in (*RUNS, "statefulsets"):
        assert cell("identity.workload_count", identities=[account()], without=f"k8s-{kind}") is None


def test_only_an_audit_log_tells_whether_an_account_is_used(cell: Any, make: Any) -> None:
    seen = account("seen", last_authenticated=LastUsed.on(make.ago(10)))
    idle = account(last_authenticated=LastUsed.on(make.ago(110)))
    token = Credential(
        id=f"{SHOP}/secrets/t",
        provider="kubernetes",
        identity_id=APP,
        scope_id=SHOP,
        kind="service_account_token",
        status="active",
        created_at=make.ago(900),
        last_used=LastUsed.on(make.ago(400)),
    )
    # The date of one token says nothing of the tokens that pods have.
    assert cell("identity.use_tracked", identities=[account()], credentials=[token]) is None
    assert cell("identity.use_tracked", identities=[idle, seen]) is True
    # Not until today: the log ends when somebody was last seen.
    assert cell("identity.unused_for_days", identities=[idle, seen]) == 100
    assert cell("identity.unused_for_days", identities=[idle]) == 0
    used_by_token = {"last_used": LastUsed.on(make.ago(1))}
    fresh = Credential(**{**{name: getattr(token, name) for name in token.__dataclass_fields__}, **used_by_token})
    assert cell("identity.unused_for_days", identities=[idle, seen], credentials=[fresh]) == 0


@pytest.mark.parametrize(
    ("last_used", "days"), [(None, 0), (NEVER_USED, 900), (timedelta(days=40), 40), (timedelta(0), 0)]
)
def test_for_how_long_a_token_was_surely_not_used(cell: Any, make: Any, last_used: Any, days: int) -> None:
    said = {} if last_used is None else {"last_used": last_used}
    if isinstance(last_used, timedelta):
        said = {"last_used": LastUsed.on(make.now - last_used)}
    token = Credential(
        id=f"{SHOP}/secrets/t",
        provider="kubernetes",
        identity_id=APP,
        scope_id=SHOP,
        kind="service_account_token",
        status="active",
        created_at=make.ago(900),
        **said,
    )
    assert cell("credential.unused_for_days", identities=[account()], credentials=[token]) == days
