"""The repositories of a company: a workflow each, with a job that tests, one that deploys and one that releases."""

from collections.abc import Iterator

from nhi_scan.providers.github import kinds
from tests.perf.company import CREATED, OWNER, Company, Row

EMPTY = (
    kinds.INSTALLATIONS, kinds.DEPLOY_KEYS, kinds.ORG_SECRETS, kinds.REPO_SECRETS, kinds.RUNNERS, kinds.WEBHOOKS,
    kinds.BRANCH_RULES, kinds.BRANCH_PROTECTION, kinds.ENVIRONMENT_BRANCH_POLICIES, kinds.RULESETS,
)  # fmt: skip
WORKFLOW = """\
on:
  push:
    branches: [main]
  pull_request:
permissions:
  contents: read
jobs:
  test:
    runs-on: ubuntu-latest
    steps:
      - uses: actions/checkout@v4
      - run: make test
  deploy:
    runs-on: ubuntu-latest
    permissions:
      id-token: write
    steps:
      - uses: aws-actions/configure-aws-credentials@v4
        with:
          role-to-assume: {role}
  release:
    runs-on: ubuntu-latest
    environment: production
    permissions:
      id-token: write
    steps:
      - uses: azure/login@v2
        with:
          client-id: {app}
"""


class GitHub:
    """Makes the records of the organization."""

    def __init__(self, company: Company) -> None:
        """Take the layout."""
        self._company = company

    def kinds(self) -> Iterator[tuple[str, Iterator[Row]]]:
        """Yield the kinds of records."""
        organization = {"login": OWNER, "id": 1, "default_repository_permission": "read"}
        yield kinds.ORGANIZATIONS, iter([("", {}, organization)])
        yield kinds.REPOSITORIES, self._repositories()
        yield kinds.BRANCHES, ((*self._of(number), {"name": "main", "protected": False}) for number in self._all)
        named = {"use_default": True, "use_immutable_subject": False}
        yield kinds.REPO_OIDC, ((*self._of(number), named) for number in self._all)
        yield kinds.ENVIRONMENTS, self._environments()
        yield kinds.WORKFLOW_FILES, self._files()
        for kind in EMPTY:
            yield kind, iter(())

    @property
    def _all(self) -> range:
        return range(self._company.repositories)

    def _of(self, number: int) -> tuple[str, dict[str, object]]:
        return "", {"full_name": self._company.repository(number), "repository_id": 1000 + number}

    def _repositories(self) -> Iterator[Row]:
        for number in self._all:
            name = self._company.repository(number)
            record = {
                "id": 1000 + number,
                "name": name.partition("/")[2],
                "full_name": name,
                "owner": {"login": OWNER, "id": 1, "type": "Organization"},
                "visibility": "private",
                "private": True,
                "archived": False,
                "fork": False,
                "default_branch": "main",
                "created_at": CREATED,
            }
            yield "", {}, record

    def _environments(self) -> Iterator[Row]:
        reviewed = [{"type": "required_reviewers", "reviewers": [{"type": "User"}]}]
        for number in self._all:
            rules = reviewed if number % 2 else []
            yield *self._of(number), {"name": "production", "created_at": CREATED, "protection_rules": rules}

    def _files(self) -> Iterator[Row]:
        company = self._company
        for number in self._all:
            role = company.role(company.roles * 422 // 1000 + number)
            text = WORKFLOW.format(role=role, app=company.guid("app", number % company.applications))
            record = {"path": ".github/workflows/ci.yml", "sha": f"{number:040x}", "size": len(text), "text": text}
            yield *self._of(number), record
