"""The applications of a company in Entra, with a federated credential each: for a service account, or a repository."""

from collections.abc import Iterator
from typing import Any

from nhi_scan.providers.azure import kinds
from tests.perf.company import CLUSTERS, CREATED, GITHUB, TENANT, Company, Row

EMPTY = (
    kinds.APPLICATION_OWNERS, kinds.SERVICE_PRINCIPAL_OWNERS, kinds.APP_ROLE_ASSIGNMENTS, kinds.DELEGATED_GRANTS,
    kinds.DIRECTORY_ROLE_ASSIGNMENTS, kinds.GROUPS, kinds.GROUP_MEMBERS, kinds.USERS, kinds.ARG_ROLE_ASSIGNMENTS,
    kinds.ARG_ROLE_DEFINITIONS, kinds.ARG_RESOURCES, kinds.ARM_DENY_ASSIGNMENTS, kinds.ARM_USER_ASSIGNED_IDENTITIES,
)  # fmt: skip


class Azure:
    """Makes the records of the tenant."""

    def __init__(self, company: Company) -> None:
        """Take the layout."""
        self._company = company

    def kinds(self) -> Iterator[tuple[str, Iterator[Row]]]:
        """Yield the kinds of records."""
        yield kinds.ORGANIZATION, iter([("", {}, {"id": TENANT, "displayName": "perf", "verifiedDomains": []})])
        yield kinds.APPLICATIONS, self._applications()
        yield kinds.SERVICE_PRINCIPALS, self._principals()
        yield kinds.FEDERATED_CREDENTIALS, self._credentials()
        for kind in EMPTY:
            yield kind, iter(())

    def _applications(self) -> Iterator[Row]:
        for number in range(self._company.applications):
            record: dict[str, Any] = {
                "id": self._company.guid("application", number),
                "appId": self._company.guid("app", number),
                "displayName": f"app {number}",
                "signInAudience": "AzureADMyOrg",
                "createdDateTime": CREATED,
                "owners": [],
                "keyCredentials": [],
                "passwordCredentials": [],
                "appRoles": [],
            }
            yield "", {}, record

    def _principals(self) -> Iterator[Row]:
        for number in range(self._company.applications):
            record: dict[str, Any] = {
                "id": self._company.guid("principal", number),
                "appId": self._company.guid("app", number),
                "displayName": f"app {number}",
                "servicePrincipalType": "Application",
                "accountEnabled": True,
                "appOwnerOrganizationId": TENANT,
                "createdDateTime": CREATED,
                "alternativeNames": [],
                "appRoles": [],
                "keyCredentials": [],
                "passwordCredentials": [],
                "owners": [],
                "tags": [],
            }
            yield "", {}, record

    def _credentials(self) -> Iterator[Row]:
        for number in range(self._company.applications):
            of = {"id": self._company.guid("application", number), "appId": self._company.guid("app", number)}
            record = {
                "id": self._company.guid("federated", number),
                "name": "federated",
                "audiences": ["api://AzureADTokenExchange"],
                **self._trusted(number),
            }
            yield "", of, record

    def _trusted(self, number: int) -> dict[str, Any]:
        repository = self._company.repository(number)
        if number % 2 == 0:
            cluster = self._company.issuer(number % CLUSTERS)
            return {
                "issuer": f"https://{cluster}",
                "subject": self._company.subject(number % self._company.pods),
            }
        if number % 20 == 1:
            asked = f"claims['sub'] matches 'repo:{repository[:-2]}*:ref:refs/heads/*'"
            expression = {"value": asked, "languageVersion": 1}
            return {"issuer": f"https://{GITHUB}", "claimsMatchingExpression": expression}
        return {"issuer": f"https://{GITHUB}", "subject": f"repo:{repository}:environment:production"}
