"""Facts about deploy keys, apps and tokens."""

from datetime import timedelta
from typing import Any

import pytest

from nhi_scan.model.identity import Credential
from nhi_scan.model.policy import Binding, Effect, Policy, Statement
from tests.facts.github.estate import APP, ORG, identity, scopes, told


@pytest.mark.parametrize(("word", "writes"), [("true", False), ("false", True), (None, None)])
def test_whether_a_deploy_key_writes(facts: Any, make: Any, word: str | None, writes: Any) -> None:
    key = identity(f"{APP}/keys/5", "deploy_key", attributes=told(read_only=word) if word else ())
    tables = facts(identities=[key], scopes=scopes())
    assert make.cell(tables, "identity.key_writes") is writes
    assert make.cell(tables, "identity.number") == "5"
    assert make.cell(tables, "identity.github_fix") == "gh repo deploy-key delete 5 --repo acme/app"


@pytest.mark.parametrize(
    ("place", "actions", "complete", "found"),
    [
        (ORG, ("contents=write", "issues=write", "metadata=read"), True, "contents"),
        (APP, ("contents=write",), True, ""),
        (APP, ("contents=write", "members=write"), True, "members"),
        (APP, ("organization_secrets=write",), True, "organization_secrets"),
        (ORG, ("contents=read",), True, ""),
        (ORG, (), False, None),
        (None, ("contents=write",), True, ""),
    ],
)
def test_what_an_app_writes_everywhere(
    facts: Any,
    make: Any,
    place: str | None,
    actions: tuple[str, ...],
    complete: bool,
    found: str | None,
) -> None:
    id_ = f"{ORG}/installations/9"
    policy = Policy(
        id=f"{id_}#permissions",
        provider="github",
        kind="role",
        name="permissions",
        scope_id=ORG,
        statements=(Statement(effect=Effect.ALLOW, actions=actions),) if actions else (),
        complete=complete,
    )
    bound = [Binding(id="b", principal_id=id_, policy_id=policy.id, scope_id=place)] if place else []
    tables = facts(identities=[identity(id_, "app", ORG)], policies=[policy], bindings=bound, scopes=scopes())
    assert make.cell(tables, "identity.organization_wide_writes") == found
    page = "https://github.com/organizations/acme/settings/installations/9"
    assert make.cell(tables, "identity.settings_page") == page


def test_permissions_of_an_app_that_nobody_saw(facts: Any, make: Any) -> None:
    tables = facts(identities=[identity(f"{ORG}/installations/9", "app", ORG)], scopes=scopes())
    assert make.cell(tables, "identity.organization_wide_writes") is None


@pytest.mark.parametrize(
    ("word", "ends", "never"), [("true", False, True), ("false", False, False), ("", True, False), ("", False, None)]
)
def test_whether_a_token_ends(facts: Any, make: Any, word: str, ends: bool, never: Any) -> None:
    id_ = f"{ORG}/personal-access-tokens/3"
    token = Credential(
        id=f"{id_}#token",
        provider="github",
        identity_id=id_,
        scope_id=ORG,
        kind="api_token",
        expires_at=make.now + timedelta(days=5) if ends else None,
        attributes=told(never_expires=word) if word else (),
    )
    tables = facts(identities=[identity(id_, "access_token", ORG)], credentials=[token], scopes=scopes())
    assert make.cell(tables, "credential.never_expires") is never
    assert make.cell(tables, "identity.github_fix").endswith("personal-access-tokens/3 -f action=revoke")
