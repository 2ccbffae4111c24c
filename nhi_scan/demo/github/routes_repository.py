"""Paths about a repository that the server answers, each with the permission that GitHub demands for it."""

from typing import Any
from urllib.parse import unquote

from nhi_scan.demo.github import details, rows
from nhi_scan.demo.github.errors import not_found
from nhi_scan.demo.github.estate import Row
from nhi_scan.demo.github.exchange import Listing, Route, Scene
from nhi_scan.demo.github.listings import found, hooks, secrets, workflow

_ENTRIES = 1000


def _environments(scene: Scene) -> Listing:
    found = [details.environment(scene.world, scene.one, scene.base, row) for row in scene.one.environments]
    return Listing(rows=found, name="environments")


def _environment(scene: Scene) -> Row:
    return found(scene.one.environments, "name", scene.words["environment_name"])


def _fork_approval(scene: Scene) -> Any:
    if scene.one.visibility != "public":
        raise not_found()
    return {"approval_policy": scene.one.fork_approval}


def _branch(scene: Scene) -> Any:
    if scene.one.empty or unquote(scene.words["branch"]) != scene.one.default_branch:
        raise not_found("Branch not found")
    return details.branch(scene.world, scene.base, scene.one)


def _protection(scene: Scene) -> Any:
    _branch(scene)
    if scene.one.protection is None:
        raise not_found("Branch not protected")
    return details.protection(scene.base, scene.one)


def _contents(scene: Scene) -> Any:
    if scene.one.empty:
        raise not_found("This repository is empty.")
    folder = unquote(scene.words["path"]).strip("/")
    found = {path: text for path, text in scene.one.files.items() if path.rpartition("/")[0] == folder}
    if not found:
        raise not_found()
    listed = [details.entry(scene.world, scene.base, path, found[path]) for path in sorted(found)]
    return listed[:_ENTRIES]


def _blob(scene: Scene) -> Any:
    sha = scene.words["file_sha"]
    for text in scene.one.files.values():
        if details.blob_sha(text) == sha:
            return details.blob(scene.base, sha, text)
    raise not_found()


OF_REPOSITORY: tuple[Route, ...] = (
    Route(
        template="/repos/{owner}/{repo}",
        permission="metadata=read",
        answer=lambda scene: rows.repository(scene.world, scene.one),
    ),
    Route(
        template="/repos/{owner}/{repo}/actions/permissions",
        permission="administration=read",
        answer=lambda scene: {
            "enabled": scene.one.actions.get("enabled", True),
            "allowed_actions": scene.one.actions.get("allowed_actions", "all"),
            "sha_pinning_required": scene.one.actions.get("sha_pinning_required", False),
        },
    ),
    Route(
        template="/repos/{owner}/{repo}/actions/permissions/workflow",
        permission="administration=read",
        answer=lambda scene: workflow(scene.one.workflow, scene.world.estate.workflow),
    ),
    Route(
        template="/repos/{owner}/{repo}/actions/permissions/fork-pr-contributor-approval",
        permission="administration=read",
        answer=_fork_approval,
    ),
    Route(
        template="/repos/{owner}/{repo}/actions/oidc/customization/sub",
        permission="actions=read",
        answer=lambda scene: dict(scene.one.oidc),
    ),
    Route(template="/repos/{owner}/{repo}/environments", permission="actions=read", answer=_environments),
    Route(
        template="/repos/{owner}/{repo}/environments/{environment_name}/deployment-branch-policies",
        permission="actions=read",
        answer=lambda scene: Listing(
            rows=details.branch_policies(scene.one, _environment(scene)), name="branch_policies"
        ),
    ),
    Route(
        template="/repos/{owner}/{repo}/environments/{environment_name}/secrets",
        permission="environments=read",
        answer=lambda scene: secrets(scene, _environment(scene).get("secrets", ())),
    ),
    Route(
        template="/repos/{owner}/{repo}/actions/secrets",
        permission="secrets=read",
        answer=lambda scene: secrets(scene, scene.one.secrets),
    ),
    Route(
        template="/repos/{owner}/{repo}/dependabot/secrets",
        permission="dependabot_secrets=read",
        answer=lambda scene: secrets(scene, scene.one.dependabot_secrets),
    ),
    Route(
        template="/repos/{owner}/{repo}/keys",
        permission="administration=read",
        answer=lambda scene: Listing(rows=[details.key(scene.world, scene.base, row) for row in scene.one.keys]),
    ),
    Route(
        template="/repos/{owner}/{repo}/actions/runners",
        permission="administration=read",
        answer=lambda scene: Listing(rows=[details.runner(row) for row in scene.one.runners], name="runners"),
    ),
    Route(
        template="/repos/{owner}/{repo}/hooks",
        permission="repository_hooks=read",
        answer=lambda scene: hooks(scene, scene.one.webhooks),
    ),
    Route(template="/repos/{owner}/{repo}/branches/{branch}", permission="contents=read", answer=_branch),
    Route(
        template="/repos/{owner}/{repo}/branches/{branch}/protection",
        permission="administration=read",
        answer=_protection,
    ),
    Route(
        template="/repos/{owner}/{repo}/rules/branches/{branch}",
        permission="metadata=read",
        answer=lambda scene: Listing(rows=[details.rule(scene.world, row) for row in scene.one.rules]),
    ),
    Route(
        template="/repos/{owner}/{repo}/rulesets",
        permission="metadata=read",
        answer=lambda scene: Listing(rows=[details.ruleset(scene.world)] if scene.one.rules else []),
    ),
    Route(template="/repos/{owner}/{repo}/contents/{path}", permission="contents=read", answer=_contents),
    Route(template="/repos/{owner}/{repo}/git/blobs/{file_sha}", permission="contents=read", answer=_blob),
)
