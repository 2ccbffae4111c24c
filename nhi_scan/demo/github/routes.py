"""Paths about an organization that the server answers, each with the permission that GitHub demands for it.

https://docs.github.com/rest/authentication/permissions-required-for-github-apps: written down here apart from the
collector's own table, which is held against it.
"""

from typing import Any

from nhi_scan.demo.github import details, rows
from nhi_scan.demo.github.errors import ApiError, not_found
from nhi_scan.demo.github.exchange import Listing, Route, Scene
from nhi_scan.demo.github.listings import chosen, found, hooks, secrets, workflow
from nhi_scan.demo.github.routes_repository import OF_REPOSITORY


def _org(scene: Scene) -> Any:
    if scene.world.estate.person:
        raise not_found()
    return rows.organization(scene.world, settings=scene.settings)


def _user(scene: Scene) -> Any:
    return rows.person(scene.world) if scene.world.estate.person else rows.owner(scene.world)


def _repositories(scene: Scene) -> Listing:
    return Listing(rows=[rows.repository(scene.world, one) for one in scene.world.repositories()])


def _public(scene: Scene) -> Listing:
    found = [one for one in scene.world.repositories() if one.visibility == "public"]
    return Listing(rows=[rows.repository(scene.world, one) for one in found])


def _installed(scene: Scene) -> Listing:
    return Listing(rows=[rows.repository(scene.world, one) for one in scene.seen], name="repositories")


def _properties(scene: Scene) -> Listing:
    world = scene.world
    return Listing(
        rows=[
            {
                "repository_id": one.id,
                "repository_name": world.name(one),
                "repository_full_name": world.full_name(one),
                "properties": [{"property_name": key, "value": value} for key, value in sorted(one.properties.items())],
            }
            for one in world.repositories()
        ]
    )


def _org_actions(scene: Scene) -> Any:
    actions = scene.world.estate.actions
    return {
        "enabled_repositories": actions.get("enabled_repositories", "all"),
        "allowed_actions": actions.get("allowed_actions", "all"),
        "sha_pinning_required": actions.get("sha_pinning_required", False),
    }


def _org_selected(scene: Scene) -> Any:
    actions = scene.world.estate.actions
    if actions.get("allowed_actions") != "selected":
        raise ApiError(409, "Conflict")
    return {"github_owned_allowed": True, "verified_allowed": False, "patterns_allowed": list(actions["patterns"])}


def _orgs(scene: Scene) -> Listing:
    world = scene.world
    whole = rows.organization(world, settings=False)
    names = ("login", "id", "node_id", "url", "repos_url", "events_url", "hooks_url", "issues_url", "members_url")
    kept = (*names, "public_members_url", "avatar_url", "description")
    return Listing(rows=[] if world.estate.person else [{name: whole[name] for name in kept}])


def _limit(scene: Scene) -> Any:
    reset = int(scene.world.now.timestamp()) + 3600
    rate = {"limit": 5000, "used": 1, "remaining": 4999, "reset": reset}
    return {"resources": {"core": rate, "search": rate}, "rate": rate}


_ORG = "organization_administration=read"
_RUNNERS = "organization_self_hosted_runners=read"
_TOKENS = "organization_personal_access_tokens=read"

OF_ORGANIZATION: tuple[Route, ...] = (
    Route(template="/rate_limit", permission="", answer=_limit),
    Route(template="/user/orgs", permission="", answer=_orgs, app=False),
    Route(template="/users/{username}", permission="", answer=_user),
    Route(template="/users/{username}/repos", permission="metadata=read", answer=_public),
    Route(template="/installation/repositories", permission="metadata=read", answer=_installed, person=False),
    Route(template="/orgs/{org}", permission="", answer=_org),
    Route(template="/orgs/{org}/repos", permission="metadata=read", answer=_repositories),
    Route(
        template="/orgs/{org}/properties/values", permission="organization_custom_properties=read", answer=_properties
    ),
    Route(template="/orgs/{org}/actions/permissions", permission=_ORG, answer=_org_actions),
    Route(template="/orgs/{org}/actions/permissions/selected-actions", permission=_ORG, answer=_org_selected),
    Route(
        template="/orgs/{org}/actions/permissions/workflow",
        permission=_ORG,
        answer=lambda scene: workflow(scene.world.estate.workflow, {}),
    ),
    Route(
        template="/orgs/{org}/actions/permissions/fork-pr-contributor-approval",
        permission=_ORG,
        answer=lambda scene: {"approval_policy": scene.world.estate.fork_approval},
    ),
    Route(
        template="/orgs/{org}/actions/oidc/customization/sub",
        permission=_ORG,
        answer=lambda scene: dict(scene.world.estate.oidc),
    ),
    Route(
        template="/orgs/{org}/actions/secrets",
        permission="organization_secrets=read",
        answer=lambda scene: secrets(scene, scene.world.estate.secrets),
    ),
    Route(
        template="/orgs/{org}/actions/secrets/{secret_name}/repositories",
        permission="organization_secrets=read",
        answer=lambda scene: chosen(
            scene,
            found(scene.world.estate.secrets, "name", scene.words["secret_name"]).get("repositories"),
            "repositories",
        ),
    ),
    Route(
        template="/orgs/{org}/dependabot/secrets",
        permission="organization_dependabot_secrets=read",
        answer=lambda scene: secrets(scene, scene.world.estate.dependabot_secrets),
    ),
    Route(
        template="/orgs/{org}/installations",
        permission=_ORG,
        answer=lambda scene: Listing(
            rows=[rows.installation(scene.world, row) for row in scene.world.estate.installations],
            name="installations",
        ),
    ),
    Route(
        template="/orgs/{org}/personal-access-tokens",
        permission=_TOKENS,
        answer=lambda scene: Listing(rows=[rows.grant(scene.world, row) for row in scene.world.estate.grants]),
        person=False,
    ),
    Route(
        template="/orgs/{org}/personal-access-tokens/{pat_id}/repositories",
        permission=_TOKENS,
        answer=lambda scene: chosen(
            scene, found(scene.world.estate.grants, "id", scene.words["pat_id"]).get("repositories"), ""
        ),
        person=False,
    ),
    Route(
        template="/orgs/{org}/actions/runner-groups",
        permission=_RUNNERS,
        answer=lambda scene: Listing(
            rows=[details.runner_group(scene.world, row) for row in scene.world.estate.runner_groups],
            name="runner_groups",
        ),
    ),
    Route(
        template="/orgs/{org}/actions/runner-groups/{runner_group_id}/repositories",
        permission=_RUNNERS,
        answer=lambda scene: chosen(
            scene,
            found(scene.world.estate.runner_groups, "id", scene.words["runner_group_id"]).get("repositories"),
            "repositories",
        ),
    ),
    Route(
        template="/orgs/{org}/actions/runners",
        permission=_RUNNERS,
        answer=lambda scene: Listing(rows=[details.runner(row) for row in scene.world.estate.runners], name="runners"),
    ),
    Route(
        template="/orgs/{org}/hooks",
        permission="organization_hooks=read",
        answer=lambda scene: hooks(scene, scene.world.estate.webhooks),
    ),
)
ROUTES: tuple[Route, ...] = (*OF_ORGANIZATION, *OF_REPOSITORY)
