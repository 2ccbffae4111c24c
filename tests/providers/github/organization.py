"""An organization that every test of the collector speaks to: one of each thing, canaries where no scan may look."""

from nhi_scan.demo.github.estate import APP_ID, APP_SLUG, INSTALLATION, Estate, Repository
from nhi_scan.providers.github.permissions import wanted

SHOP, SITE, OLD, NEW = 7001, 7002, 7003, 7004
WORKFLOW = "on: push\njobs:\n  test:\n    runs-on: ubuntu-24.04\n    steps: [{run: make}]\n"

OWN = {"id": INSTALLATION, "app_id": APP_ID, "app_slug": APP_SLUG, "permissions": wanted()}
BOT = {
    "id": 5,
    "app_id": 77,
    "app_slug": "bot",
    "repository_selection": "selected",
    "permissions": {"contents": "write"},
    "suspended": 3,
}
RULE = {"type": "deletion"}


def small() -> Estate:
    """Return the organization."""
    return Estate(
        login="Northwind",
        id=900,
        name="Northwind",
        settings={"default_repository_permission": "read", "two_factor_requirement_enabled": True},
        actions={"allowed_actions": "selected", "patterns": ["northwind/*"]},
        secrets=[
            {"name": "EVERYWHERE", "visibility": "all"},
            {"name": "SOME", "visibility": "selected", "repositories": ["shop"]},
        ],
        dependabot_secrets=[{"name": "REGISTRY", "visibility": "private"}],
        installations=[OWN, {**BOT, "repository_selection": "all"}],
        grants=[
            {
                "id": 41,
                "owner": "anna-kovac",
                "name": "notes",
                "repository_selection": "subset",
                "repositories": ["shop"],
            },
            {"id": 42, "owner": "anna-kovac", "name": "all", "expires": 30, "used": 2},
        ],
        runner_groups=[
            {"id": 1, "name": "Default"},
            {"id": 2, "name": "prod", "visibility": "selected", "repositories": ["shop"]},
        ],
        runners=[{"id": 61, "name": "build-1", "labels": ["linux"]}],
        webhooks=[{"id": 71, "url": "https://canary-user:canary-password@hook.example/canary-path?key=canary-query"}],
        repositories=[
            Repository(
                name="shop",
                id=SHOP,
                properties={"owner": "commerce"},
                environments=[
                    {
                        "name": "prod/eu",
                        "branches": ["main"],
                        "reviewers": ["anna-kovac"],
                        "wait": 5,
                        "secrets": [{"name": "DB"}],
                    },
                    {"name": "dev"},
                ],
                secrets=[{"name": "KEY"}],
                dependabot_secrets=[{"name": "REGISTRY"}],
                keys=[{"id": 81, "title": "mirror"}, {"id": 82, "title": "push", "read_only": False, "used": 3}],
                runners=[{"id": 62, "name": "own"}],
                webhooks=[{"id": 72, "url": "https://chat.example/canary-hook", "secret": False, "insecure": True}],
                protection={"reviews": 1},
                rules=[RULE],
                files={
                    ".github/workflows/test.yml": WORKFLOW,
                    ".github/workflows/zähler.yaml": "on: push # ✓\n",
                    ".github/workflows/readme.md": "canary-readme",
                    "src/canary.yml": "canary-source",
                },
            ),
            Repository(name="site", id=SITE, visibility="public", files={".github/workflows/test.yml": WORKFLOW}),
            Repository(name="old", id=OLD, archived=True, pushed=900),
            Repository(name="new", id=NEW, empty=True),
        ],
    )
