"""GitHub's JSON of what belongs to repositories and organizations: secrets, keys, runners, webhooks, branches, ..."""

import base64
import hashlib
from typing import Any

from nhi_scan.demo.github.estate import Repository, Row
from nhi_scan.demo.github.rows import Json, account, node
from nhi_scan.demo.github.world import World
from nhi_scan.demo.wording import between


def secret(world: World, row: Row) -> Json:
    """Return a secret, of which GitHub shows the name; with `visibility` it is an organization's."""
    of_all = (
        {"visibility": row["visibility"], "selected_repositories_url": world.endpoint} if "visibility" in row else {}
    )
    return {
        "name": row["name"],
        "created_at": world.date(row.get("created", 300)),
        "updated_at": world.date(row.get("updated", row.get("created", 300))),
        **of_all,
    }


def key(world: World, base: str, row: Row) -> Json:
    """Return a deploy key."""
    used = row.get("used")
    return {
        "id": row["id"],
        "key": f"ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAI{row['id']}",
        "url": f"{base}/keys/{row['id']}",
        "title": row["title"],
        "verified": row.get("verified", True),
        "created_at": world.date(row.get("created", 300)),
        "read_only": row.get("read_only", True),
        "added_by": row.get("added_by"),
        "last_used": None if used is None else world.date(used),
        "enabled": True,
    }


def runner(row: Row) -> Json:
    """Return a self-hosted runner."""
    labels = ["self-hosted", *row.get("labels", ())]
    return {
        "id": row["id"],
        "runner_group_id": row.get("group", 1),
        "name": row["name"],
        "os": row.get("os", "linux"),
        "status": "online",
        "busy": False,
        "ephemeral": row.get("ephemeral", False),
        "labels": [
            {"id": number, "name": name, "type": "custom" if number > 1 else "read-only"}
            for number, name in enumerate(labels, 1)
        ],
    }


def runner_group(world: World, row: Row) -> Json:
    """Return a group of self-hosted runners."""
    base = f"{world.endpoint}/orgs/{world.estate.login}/actions/runner-groups/{row['id']}"
    return {
        "id": row["id"],
        "name": row["name"],
        "visibility": row.get("visibility", "all"),
        "default": row["id"] == 1,
        "selected_repositories_url": f"{base}/repositories",
        "runners_url": f"{base}/runners",
        "inherited": False,
        "allows_public_repositories": row.get("allows_public_repositories", False),
        "workflow_restrictions_read_only": False,
        "restricted_to_workflows": bool(row.get("workflows")),
        "selected_workflows": list(row.get("workflows", ())),
    }


def webhook(world: World, base: str, row: Row, *, organization: bool) -> Json:
    """Return a webhook; its secret is there as asterisks."""
    config = {"url": row["url"], "content_type": "json", "insecure_ssl": "1" if row.get("insecure") else "0"}
    if row.get("secret", True):
        config["secret"] = "********"  # noqa: S105 - what GitHub shows of one
    url = f"{base}/hooks/{row['id']}"
    found: Json = {
        "type": "Organization" if organization else "Repository",
        "id": row["id"],
        "name": "web",
        "active": row.get("active", True),
        "events": list(row.get("events", ("push",))),
        "config": config,
        "updated_at": world.date(row.get("created", 300)),
        "created_at": world.date(row.get("created", 300)),
        "url": url,
        "ping_url": f"{url}/pings",
    }
    if not organization:
        found |= {"test_url": f"{url}/test", "last_response": {"code": 200, "status": "active", "message": "OK"}}
    return found


def environment(world: World, one: Repository, base: str, row: Row) -> Json:
    """Return an environment with what protects it."""
    number = _number(one, row)
    rules: list[Json] = []
    if row.get("wait"):
        rules.append({"type": "wait_timer", "wait_timer": row["wait"]})
    if row.get("reviewers"):
        reviewers = [{"type": "User", "reviewer": account(world, login)} for login in row["reviewers"]]
        rules.append({"type": "required_reviewers", "prevent_self_review": False, "reviewers": reviewers})
    branches = row.get("branches")
    if branches:
        rules.append({"type": "branch_policy"})
    protected = branches == "protected"
    policy = {"protected_branches": protected, "custom_branch_policies": not protected} if branches else None
    return {
        "id": number,
        "node_id": node("EN", number),
        "name": row["name"],
        "url": f"{base}/environments/{row['name']}",
        "html_url": f"{world.web}/deployments",
        "created_at": world.date(row.get("created", 400)),
        "updated_at": world.date(row.get("created", 400)),
        "can_admins_bypass": row.get("admins_bypass", True),
        "protection_rules": [
            {"id": number + index, "node_id": node("GA", number + index), **rule} for index, rule in enumerate(rules)
        ],
        "deployment_branch_policy": policy,
    }


def _number(one: Repository, row: Row) -> int:
    return between(f"{one.id} {row['name']}", 10**6, 10**8)


def branch_policies(one: Repository, row: Row) -> list[Json]:
    """Return the patterns of an environment that lists branches of its own."""
    branches = row.get("branches")
    names = branches if isinstance(branches, list | tuple) else ()
    number = _number(one, row)
    return [
        {"id": number + index, "node_id": node("DP", number + index), "name": name, "type": "branch"}
        for index, name in enumerate(names)
    ]


def branch(world: World, base: str, one: Repository) -> Json:
    """Return the default branch."""
    sha = blob_sha(one.name)
    commit = f"{base}/commits/{sha}"
    who = {"name": "Northwind", "email": "git@northwind.example", "date": world.date(one.pushed)}
    is_protected = one.protection is not None or bool(one.rules)
    return {
        "name": one.default_branch,
        "commit": {
            "sha": sha,
            "node_id": node("C", one.id),
            "url": commit,
            "html_url": f"{world.web}/{world.full_name(one)}/commit/{sha}",
            "comments_url": f"{commit}/comments",
            "author": account(world, "anna-kovac"),
            "committer": account(world, "anna-kovac"),
            "parents": [],
            "commit": {
                "author": who,
                "committer": who,
                "message": "Begin",
                "tree": {"sha": sha, "url": f"{base}/git/trees/{sha}"},
                "url": f"{base}/git/commits/{sha}",
                "comment_count": 0,
            },
        },
        "_links": {"self": f"{base}/branches/{one.default_branch}", "html": world.web},
        "protected": is_protected,
        "protection": {"enabled": one.protection is not None},
        "protection_url": f"{base}/branches/{one.default_branch}/protection",
    }


def protection(base: str, one: Repository) -> Json:
    """Return the classic protection of the default branch."""
    wanted = one.protection or {}
    url = f"{base}/branches/{one.default_branch}/protection"
    found: Json = {
        "url": url,
        "enforce_admins": {"url": f"{url}/enforce_admins", "enabled": wanted.get("admins", False)},
        "allow_force_pushes": {"enabled": wanted.get("force", False)},
        "allow_deletions": {"enabled": False},
    }
    if "reviews" in wanted:
        found["required_pull_request_reviews"] = {
            "url": f"{url}/required_pull_request_reviews",
            "dismiss_stale_reviews": False,
            "require_code_owner_reviews": False,
            "required_approving_review_count": wanted["reviews"],
        }
    return found


def rule(world: World, row: Row) -> Json:
    """Return a rule of a ruleset, as it holds for a branch."""
    of = {"ruleset_source_type": "Organization", "ruleset_source": world.estate.login, "ruleset_id": 42}
    return {**row, **of}


def ruleset(world: World) -> Json:
    """Return the ruleset that rules of default branches are of."""
    named = {"id": 42, "name": "default branches", "node_id": "RRS_42"}
    of = {"source_type": "Organization", "source": world.estate.login}
    return {**named, **of, "target": "branch", "enforcement": "active"}


def blob_sha(text: str) -> str:
    """Return what git calls a file of this content."""
    content = text.encode()
    return hashlib.sha1(f"blob {len(content)}\0".encode() + content, usedforsecurity=False).hexdigest()


def entry(world: World, base: str, path: str, text: str) -> Json:
    """Return a file in the listing of its folder; of a private repository the download holds a token."""
    sha = blob_sha(text)
    url = f"{base}/contents/{path}"
    git = f"{base}/git/blobs/{sha}"
    return {
        "name": path.rpartition("/")[2],
        "path": path,
        "sha": sha,
        "size": len(text.encode()),
        "type": "file",
        "url": url,
        "html_url": f"{world.web}/{path}",
        "git_url": git,
        "download_url": f"{world.web}/raw/{path}?token=canary-download-token",
        "_links": {"self": url, "git": git, "html": f"{world.web}/{path}"},
    }


def blob(base: str, sha: str, text: str) -> Json:
    """Return a file by its hash."""
    content = text.encode()
    wrapped: Any = base64.encodebytes(content).decode()
    return {
        "sha": sha,
        "node_id": f"B_{sha[:12]}",
        "size": len(content),
        "url": f"{base}/git/blobs/{sha}",
        "content": wrapped,
        "encoding": "base64",
    }
