"""GitHub's JSON of an organization, its people, apps and repositories, with all that its description demands."""

from collections.abc import Mapping
from typing import Any

from nhi_scan.demo.github.estate import Repository, Row
from nhi_scan.demo.github.world import World
from nhi_scan.demo.wording import between

Json = dict[str, Any]

_OF_USER = (
    "events",
    "followers",
    "following",
    "gists",
    "organizations",
    "received_events",
    "repos",
    "starred",
    "subscriptions",
)
_OF_REPOSITORY = (
    "archive",
    "assignees",
    "blobs",
    "branches",
    "collaborators",
    "comments",
    "commits",
    "compare",
    "contents",
    "contributors",
    "deployments",
    "downloads",
    "events",
    "forks",
    "git_commits",
    "git_refs",
    "git_tags",
    "hooks",
    "issue_comment",
    "issue_events",
    "issues",
    "keys",
    "labels",
    "languages",
    "merges",
    "milestones",
    "notifications",
    "pulls",
    "releases",
    "stargazers",
    "statuses",
    "subscribers",
    "subscription",
    "tags",
    "teams",
    "trees",
)


def node(kind: str, number: int) -> str:
    """Return a node id."""
    return f"{kind}_kwDO{number}"


def account(world: World, login: str, type_: str = "User") -> Json:
    """Return a person or organization as it stands in other rows."""
    number = world.estate.id if login == world.estate.login else between(login, 10**6, 10**8)
    base = f"{world.endpoint}/users/{login}"
    return {
        "login": login,
        "id": number,
        "node_id": node("U", number),
        "avatar_url": f"{world.web}/avatars/{number}",
        "gravatar_id": "",
        "url": base,
        "html_url": f"{world.web}/{login}",
        **{f"{name}_url": f"{base}/{name}" for name in _OF_USER},
        "type": type_,
        "site_admin": False,
    }


def owner(world: World) -> Json:
    """Return who owns the repositories."""
    return account(world, world.estate.login, "User" if world.estate.person else "Organization")


def person(world: World) -> Json:
    """Return a person's own page."""
    nothing = dict.fromkeys(("bio", "blog", "company", "email", "hireable", "location"))
    return {
        **owner(world),
        **nothing,
        "name": world.estate.name,
        "followers": 0,
        "following": 0,
        "public_gists": 0,
        "public_repos": len(world.repositories()),
        "created_at": world.date(3000),
        "updated_at": world.date(3),
    }


def organization(world: World, *, settings: bool) -> Json:
    """Return the organization's own row; settings only to who may read its administration."""
    estate = world.estate
    base = f"{world.endpoint}/orgs/{estate.login}"
    return {
        "login": estate.login,
        "id": estate.id,
        "node_id": node("O", estate.id),
        "url": base,
        **{f"{name}_url": f"{base}/{name}" for name in ("repos", "events", "hooks", "issues")},
        "members_url": f"{base}/members{{/member}}",
        "public_members_url": f"{base}/public_members{{/member}}",
        "avatar_url": f"{world.web}/avatars/{estate.id}",
        "description": None,
        "name": estate.name,
        "has_organization_projects": True,
        "has_repository_projects": True,
        "public_repos": sum(one.visibility == "public" for one in world.repositories()),
        "public_gists": 0,
        "followers": 0,
        "following": 0,
        "html_url": f"{world.web}/{estate.login}",
        "type": "Organization",
        "created_at": world.date(3000),
        "updated_at": world.date(3),
        "archived_at": None,
        **(dict(estate.settings) if settings else {}),
    }


def repository(world: World, one: Repository) -> Json:
    """Return a repository as listings and its own page show it."""
    full_name = world.full_name(one)
    base = f"{world.endpoint}/repos/{full_name}"
    counts = ("forks", "open_issues", "stargazers", "watchers")
    return {
        "id": one.id,
        "node_id": node("R", one.id),
        "name": world.name(one),
        "full_name": full_name,
        "owner": owner(world),
        "private": one.visibility != "public",
        "visibility": one.visibility,
        "html_url": f"{world.web}/{full_name}",
        "description": None,
        "fork": False,
        "url": base,
        **{f"{name}_url": f"{base}/{name}" for name in _OF_REPOSITORY},
        "clone_url": f"{world.web}/{full_name}.git",
        "git_url": f"git://github.com/{full_name}.git",
        "ssh_url": f"git@github.com:{full_name}.git",
        "svn_url": f"{world.web}/{full_name}",
        "mirror_url": None,
        "homepage": None,
        "language": None,
        "license": None,
        **{f"{name}_count": 0 for name in counts},
        **{name: 0 for name in counts if name != "stargazers"},
        "network_count": 0,
        "subscribers_count": 0,
        "size": 0 if one.empty else 1024,
        "default_branch": one.default_branch,
        "is_template": False,
        "topics": list(one.topics),
        "has_issues": True,
        "has_projects": False,
        "has_wiki": False,
        "has_pages": False,
        "has_downloads": True,
        "has_discussions": False,
        "archived": one.archived,
        "disabled": False,
        "allow_forking": one.visibility == "public",
        "web_commit_signoff_required": False,
        "created_at": world.date(one.created),
        "updated_at": world.date(one.pushed),
        "pushed_at": world.date(one.pushed),
        "temp_clone_token": "canary-temp-clone-token",
        "custom_properties": dict(one.properties),
    }


def app(world: World, slug: str, number: int, permissions: Mapping[str, str]) -> Json:
    """Return an app's own page."""
    return {
        "id": number,
        "slug": slug,
        "node_id": node("A", number),
        "client_id": f"Iv23li{number}",
        "owner": owner(world),
        "name": slug,
        "description": None,
        "external_url": f"{world.web}/apps/{slug}",
        "html_url": f"{world.web}/apps/{slug}",
        "created_at": world.date(800),
        "updated_at": world.date(100),
        "permissions": dict(permissions),
        "events": [],
    }


def installation(world: World, row: Row) -> Json:
    """Return an installation of an app in the organization."""
    number = row["id"]
    ended = row.get("suspended")
    # The description asks for what an enterprise's account has too, though its examples have none of it.
    whole = {"name": world.estate.name, "slug": world.estate.login}
    dated = {"created_at": world.date(3000), "updated_at": world.date(3)}
    return {
        "id": number,
        "account": {**owner(world), **whole, **dated},
        "repository_selection": row.get("repository_selection", "all"),
        "access_tokens_url": f"{world.endpoint}/app/installations/{number}/access_tokens",
        "repositories_url": f"{world.endpoint}/installation/repositories",
        "html_url": f"{world.web}/organizations/{world.estate.login}/settings/installations/{number}",
        "app_id": row["app_id"],
        "client_id": f"Iv23li{row['app_id']}",
        "app_slug": row["app_slug"],
        "target_id": world.estate.id,
        "target_type": "User" if world.estate.person else "Organization",
        "permissions": dict(row.get("permissions", {})),
        "events": list(row.get("events", ())),
        "created_at": world.date(row.get("created", 400)),
        "updated_at": world.date(row.get("updated", 100)),
        "single_file_name": None,
        "has_multiple_single_files": False,
        "single_file_paths": [],
        "suspended_by": None if ended is None else account(world, "anna-kovac"),
        "suspended_at": None if ended is None else world.date(ended),
    }


def grant(world: World, row: Row) -> Json:
    """Return a fine-grained personal access token that the organization approved."""
    expires, used = row.get("expires"), row.get("used")
    base = f"{world.endpoint}/organizations/{world.estate.id}/personal-access-tokens/{row['id']}"
    return {
        "id": row["id"],
        "owner": account(world, row["owner"]),
        "repository_selection": row.get("repository_selection", "all"),
        "repositories_url": f"{base}/repositories",
        "permissions": dict(row.get("permissions", {})),
        "access_granted_at": world.date(row.get("granted", 100)),
        "token_id": row["id"] + 500,
        "token_name": row["name"],
        "token_expired": expires is not None and expires < 0,
        "token_expires_at": None if expires is None else world.date(-expires),
        "token_last_used_at": None if used is None else world.date(used),
    }
