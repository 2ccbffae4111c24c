"""Age and use: what is known, what is not, and what must not be guessed."""

from typing import Any

import pytest

from nhi_scan.model.identity import NEVER_USED, USE_UNKNOWN, Credential, LastUsed


@pytest.mark.parametrize(
    ("used_days_ago", "expected"),
    [(0, 0), (0.99, 0), (1, 1), (89.99, 89), (90, 90), (-5, 0)],
)
def test_idle_days_are_whole_days(facts: Any, make: Any, used_days_ago: float, expected: int) -> None:
    tables = facts(identities=[make.user(last_authenticated=LastUsed.on(make.ago(used_days_ago)))])
    assert make.cell(tables, "identity.idle_days") == expected
    assert make.cell(tables, "identity.ever_used") is True


@pytest.mark.parametrize(("used", "ever"), [(NEVER_USED, False), (USE_UNKNOWN, None)])
def test_never_and_unknown_are_told_apart(facts: Any, make: Any, used: LastUsed, ever: Any) -> None:
    tables = facts(identities=[make.user(last_authenticated=used)], credentials=[make.key(last_used=used)])
    for subject in ("identity", "credential"):
        assert make.cell(tables, f"{subject}.idle_days") is None
        assert make.cell(tables, f"{subject}.ever_used") is ever


def test_the_latest_use_of_any_credential_counts(facts: Any, make: Any) -> None:
    tables = facts(
        identities=[make.user(last_authenticated=LastUsed.on(make.ago(200)))],
        credentials=[
            make.key(number=1, last_used=LastUsed.on(make.ago(20))),
            make.key(number=2, last_used=LastUsed.on(make.ago(120))),
        ],
    )
    assert make.cell(tables, "identity.idle_days") == 20


def test_an_active_ssh_key_makes_silence_uncertain(facts: Any, make: Any) -> None:
    user = make.user(last_authenticated=LastUsed.on(make.ago(300)))

    def ssh(status: Any) -> Credential:
        return make.key(id="APKA1", kind="ssh_public_key", status=status)  # type: ignore[no-any-return]

    assert make.cell(facts(identities=[user], credentials=[ssh("active")]), "identity.use_tracked") is None
    assert make.cell(facts(identities=[user], credentials=[ssh("inactive")]), "identity.use_tracked") is True
    assert make.cell(facts(identities=[user]), "identity.use_tracked") is True


def test_unknown_dates_stay_unknown(facts: Any, make: Any) -> None:
    tables = facts(identities=[make.user()], credentials=[make.key(status="unknown")])
    assert make.cell(tables, "identity.age_days") is None
    assert make.cell(tables, "credential.age_days") is None
    assert make.cell(tables, "credential.status") is None


def test_a_rotation_makes_a_key_young(facts: Any, make: Any) -> None:
    tables = facts(identities=[make.user()], credentials=[make.key(created_at=make.ago(900), rotated_at=make.ago(5))])
    assert make.cell(tables, "credential.age_days") == 5


@pytest.mark.parametrize(("days", "expected"), [(10, 10), (0.5, 0), (-0.5, -1), (-3, -3)])
def test_expiry_counts_down_through_zero(facts: Any, make: Any, days: float, expected: int) -> None:
    tables = facts(credentials=[make.key(kind="server_certificate", identity_id="", expires_at=make.ago(-days))])
    assert make.cell(tables, "credential.expires_in_days") == expected


def test_can_authenticate_needs_all_the_lists_before_it_says_no(facts: Any, make: Any) -> None:
    lists = ("iam-credential-report", "iam-service-specific-credentials", "iam-ssh-public-keys")
    user = make.user(has_console_password=False)
    dead = make.key(status="inactive")

    def answer(**lists: Any) -> Any:
        return make.cell(facts(**lists), "identity.can_authenticate")

    assert answer(identities=[user], credentials=[dead], coverage=make.covered(*lists)) is False
    assert answer(identities=[user], credentials=[dead], coverage=make.covered(*lists[:2])) is None
    assert answer(identities=[user], credentials=[dead]) is None
    assert answer(identities=[user], credentials=[make.key()]) is True
    assert answer(identities=[make.user(has_console_password=True)]) is True
    assert answer(identities=[make.role()]) is True


def test_active_keys_are_counted_where_the_report_is_there(facts: Any, make: Any) -> None:
    def count(**lists: Any) -> Any:
        return make.cell(facts(**lists), "identity.active_access_keys")

    user, report = make.user(), make.covered("iam-credential-report")
    assert count(identities=[user], coverage=report) == 0
    assert count(identities=[user]) is None
    assert count(identities=[user], credentials=[make.key(), make.key(number=2)]) == 2
    assert count(identities=[user], credentials=[make.key(), make.key(number=2, status="inactive")]) == 1
    assert count(identities=[user], credentials=[make.key(), make.key(number=2, status="unknown")]) is None
