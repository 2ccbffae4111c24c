"""How an action that can be moved is pinned, and that lists say where they stop."""

from typing import Any

from tests.facts.github.estate import identity, scopes, told


def test_the_commit_of_each_name_is_asked_for(facts: Any, make: Any) -> None:
    used = "some/tools/setup@feature/x other/action@v1 docker://alpine:3 acme/own@v1"
    row = identity(attributes=told(unpinned_third_party=used))
    assert make.cell(facts(identities=[row], scopes=scopes()), "identity.pin_fix").splitlines() == [
        "docker buildx imagetools inspect alpine:3",
        "gh api repos/other/action/commits/v1 --jq .sha",
        "gh api repos/some/tools/commits/feature%2Fx --jq .sha",
    ]


def test_what_is_left_out_is_counted(facts: Any, make: Any) -> None:
    names = [f"p{number:02}" for number in range(14)]
    many = told(
        permissions=" ".join(f"{name}=write" for name in names),
        unpinned_third_party=" ".join(f"x/{name}@v1" for name in names),
    )
    tables = facts(identities=[identity(attributes=many)], scopes=scopes())
    assert make.cell(tables, "identity.job_held") == f"a token that writes {', '.join(names[:8])}, 6 more"
    assert str(make.cell(tables, "identity.unpinned_third_party")).endswith("x/p07@v1, 6 more")
