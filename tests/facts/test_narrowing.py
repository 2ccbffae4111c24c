"""What lets exactly one token of another cloud in: the command, with its subject and its issuer."""

import json
import shlex
from dataclasses import replace
from typing import Any

from nhi_scan.access.federation import Bridge
from nhi_scan.facts.narrowing import narrowing
from nhi_scan.model.identity import Identity, Nature
from nhi_scan.model.policy import Trust
from nhi_scan.model.scope import Scope
from tests.facts.crossings import ISSUER, SCOPES, account, arn, complete, trusting

SUBJECT = "system:serviceaccount:batch:nightly"
POOL = "iam.googleapis.com/projects/7/locations/global/workloadIdentityPools/clusters"


def of(provider: Any, kind: Any, id_: str, **fields: Any) -> Identity:
    return Identity(
        id=id_,
        provider=provider,
        kind=kind,
        nature=Nature.NON_HUMAN,
        nature_reason="",
        name=id_,
        scope_id="x",
        **fields,
    )


def crossing(target: str, trust: str) -> Bridge:
    return Bridge(source_id=account("nightly").id, target_id=target, conditional=False, declared=True, trust_id=trust)


def test_a_role_trusts_one_account_of_the_cluster(facts: Any, make: Any) -> None:
    lists = trusting(make, "app", "system:serviceaccount:*:*")
    lists["identities"].append(account("nightly"))
    estate = facts(**lists, scopes=SCOPES, coverage=complete("111122223333", "iam-oidc-providers")).estate
    (trust,) = lists["trusts"]
    said, command = narrowing(estate, crossing(arn("app"), trust.id)).splitlines()
    assert said == "This token alone, in place of the whole trust policy:"
    words = shlex.split(command)
    assert words[:5] == ["aws", "iam", "update-assume-role-policy", "--role-name", "app"]
    (statement,) = json.loads(words[-1])["Statement"]
    assert statement["Principal"] == {"Federated": trust.subject}
    assert statement["Condition"]["StringEquals"] == {f"{ISSUER}:aud": "sts.amazonaws.com", f"{ISSUER}:sub": SUBJECT}


def test_what_else_a_role_trusts_is_not_forgotten(facts: Any, make: Any) -> None:
    lists = trusting(make, "app", "system:serviceaccount:*:*")
    lists["identities"].append(account("nightly"))
    first = lists["trusts"][0]
    lists["trusts"].append(Trust(id="z", identity_id=arn("app"), subject="111122223333", subject_kind="account"))
    found = narrowing(facts(**lists, scopes=SCOPES).estate, crossing(arn("app"), first.id))
    assert "add the statements for whom else it trusts" in found


def test_a_federated_credential_takes_one_token(facts: Any) -> None:
    application = of("azure", "service_principal", "sp", unique_id="client")
    managed = of("azure", "managed_identity", "mi", attributes=(("resource_id", "/subscriptions/s/id"),))
    estate = facts(identities=[application, managed, account("nightly")], scopes=SCOPES).estate
    words = shlex.split(narrowing(estate, crossing("sp", "sp#federated/wide")).splitlines()[1])
    assert words[:7] == ["az", "ad", "app", "federated-credential", "update", "--id", "client"]
    assert json.loads(words[-1])["subject"] == SUBJECT
    assert json.loads(words[-1])["issuer"] == f"https://{ISSUER}"
    words = shlex.split(narrowing(estate, crossing("mi", "mi#federated/wide")).splitlines()[1])
    assert words[words.index("--ids") + 1] == "/subscriptions/s/id/federatedIdentityCredentials/wide"
    assert words[words.index("--subject") + 1] == SUBJECT


def test_an_account_of_google_takes_one_subject_in_place_of_a_pool(facts: Any) -> None:
    google = of("gcp", "service_account", "serviceAccount:a@p.iam.gserviceaccount.com")
    wide = f"principalSet://{POOL}/*"
    trust = Trust(id="t", identity_id=google.id, subject=wide, subject_kind="federated", mechanism="federate")
    estate = facts(identities=[google, account("nightly")], trusts=[trust], scopes=SCOPES).estate
    _, add, remove = narrowing(estate, crossing(google.id, "t")).splitlines()
    assert f"--member=principal://{POOL}/subject/{SUBJECT}" in shlex.split(add)
    assert f"--member={wide}" in shlex.split(remove)


def test_where_subjects_are_made_of_other_claims_nothing_is_made_up(facts: Any) -> None:
    application = of("azure", "service_principal", "sp", unique_id="client")
    job = of("github", "workflow_job", "github.com/acme/app/.github/workflows/ci.yml#build")
    places = [
        Scope(id="github.com/acme", provider="github", kind="organization", name="acme", parent_id=""),
        Scope(
            id="x",
            provider="github",
            kind="repository",
            name="app",
            parent_id="github.com/acme",
            attributes=(("default_branch", "main"), ("oidc_sub_keys", "repository_id")),
        ),
    ]
    bridge = Bridge(source_id=job.id, target_id="sp", conditional=False, declared=True, trust_id="sp#federated/wide")
    assert narrowing(facts(identities=[application, job], scopes=places).estate, bridge) == ""
    usual = [places[0], replace(places[1], attributes=(("default_branch", "main"),))]
    found = narrowing(facts(identities=[application, job], scopes=usual).estate, bridge)
    assert "repo:acme/app:ref:refs/heads/main" in found
