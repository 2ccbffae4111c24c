"""Which accounts are collected, with which credentials, in which regions."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from nhi_scan.model.coverage import Coverage, CoverageStatus
from nhi_scan.model.errors import UserError
from nhi_scan.providers.aws.client import Client, Session
from nhi_scan.providers.aws.faults import STATUS, CallError
from nhi_scan.providers.aws.settings import AwsSettings

PROVIDER = "aws"

# Enabled in every account of the partition `aws`, and cannot be disabled:
# https://docs.aws.amazon.com/accounts/latest/reference/manage-acct-regions.html
_ALWAYS_ENABLED = (
    "ap-northeast-1",
    "ap-northeast-2",
    "ap-northeast-3",
    "ap-south-1",
    "ap-southeast-1",
    "ap-southeast-2",
    "ca-central-1",
    "eu-central-1",
    "eu-north-1",
    "eu-west-1",
    "eu-west-2",
    "eu-west-3",
    "sa-east-1",
    "us-east-1",
    "us-east-2",
    "us-west-1",
    "us-west-2",
)


@dataclass(slots=True)
class Login:
    """Credentials that work, and whose they are."""

    session: Session  # replaced by a newer one where it expires
    account: str
    profile: str | None  # None for the credentials that boto3 finds by itself


@dataclass(slots=True)
class Target:
    """One account to collect. Its session is opened when its turn comes and dropped when it is done."""

    account: str
    login: Login
    role_arn: str = ""  # assumed from the login; empty: the login is of this account
    external_id: str = ""

    def open(self) -> Session:
        """Give a session of the account.

        Raises:
            CallError: the role cannot be assumed.
        """
        if not self.role_arn:
            return self.login.session
        try:
            return self.login.session.assuming(self.role_arn, self.external_id)
        except CallError:
            if self.account == self.login.account:
                return self.login.session  # the account that lists the others rarely has the role itself
            raise


@dataclass(slots=True)
class Estate:
    """What one run collects."""

    logins: tuple[Login, ...]
    targets: list[Target]
    coverage: list[Coverage] = field(default_factory=list)  # of accounts that are left out


@dataclass(frozen=True, slots=True)
class Regions:
    """The regions of one account that are asked."""

    names: tuple[str, ...]  # sorted
    unasked: str = ""  # one sentence where others may exist; empty where these are all


def connect(settings: AwsSettings) -> Estate:
    """Find the accounts to collect, each once, with the credentials to do it.

    Raises:
        UserError: no credentials work at all, or the organization does not list its accounts.
    """
    logins, coverage = _logins(settings)
    if settings.organization:
        estate = _organization(settings, logins[0])
    else:
        first = {login.account: login for login in reversed(logins)}  # two profiles of one account are one account
        estate = Estate(logins, [Target(account, first[account]) for account in sorted(first)])
    estate.coverage += coverage
    return estate


def _logins(settings: AwsSettings) -> tuple[tuple[Login, ...], list[Coverage]]:
    logins: list[Login] = []
    coverage: list[Coverage] = []
    reasons: list[str] = []
    for profile in settings.profiles or (None,):
        label = f"profile `{profile}`" if profile else "the current credentials"
        try:
            session = Session(settings, profile)
            logins.append(Login(session, _account_of(session), profile))
        except CallError as error:
            reasons.append(f"{label} do not work: {error.sentence}" if not profile else f"{label}: {error.sentence}")
            coverage.append(account_coverage(profile or "current", error.sentence, STATUS[error.kind]))
    if not logins:
        raise UserError("; ".join(reasons))
    return tuple(logins), coverage


def _account_of(session: Session) -> str:
    client = session.client("sts", session.region)
    try:
        answer = next(client.call("get_caller_identity"))
    finally:
        client.close()
    account = str(answer.get("Account", ""))
    if not (account.isdigit() and len(account) == 12):
        raise CallError("failed", "OddAnswer", f"`{account[:40]}` is no account number")
    return account


def account_coverage(scope: str, detail: str, status: CoverageStatus, permission: str = "") -> Coverage:
    """A row for an account of which nothing was collected."""
    return Coverage(
        provider=PROVIDER,
        scope_id=scope,
        record_kind="sts-caller-identity",
        status=status,
        detail=detail,
        permission=permission,
    )


def _organization(settings: AwsSettings, login: Login) -> Estate:
    """List the organization's accounts and the role to assume in each; suspended ones are skipped."""
    targets: list[Target] = []
    coverage: list[Coverage] = []
    client = login.session.client("organizations", login.session.region)
    partition = login.session.partition()
    try:
        for account in _accounts(client):
            number = str(account.get("Id", ""))
            # `State` is the newer field; `Status` goes in 2026:
            # https://docs.aws.amazon.com/organizations/latest/APIReference/API_Account.html
            state = str(account.get("State") or account.get("Status") or "ACTIVE")
            if state != "ACTIVE":
                detail = f"the account is {state.lower().replace('_', ' ')}"
                coverage.append(account_coverage(number, detail, CoverageStatus.SKIPPED))
                continue
            arn = f"arn:{partition}:iam::{number}:role/{settings.role_name.lstrip('/')}"
            targets.append(Target(number, login, arn, settings.external_id))
    except CallError as error:
        raise UserError(f"cannot list the organization's accounts: {error.sentence}") from error
    finally:
        client.close()
    return Estate((login,), sorted(targets, key=lambda target: target.account), coverage)


def _accounts(client: Client) -> Iterator[dict[str, Any]]:
    for page in client.call("list_accounts"):
        yield from page.get("Accounts") or ()


def regions_of(session: Session, wanted: Sequence[str]) -> Regions:
    """Find the regions of an account to ask.

    Args:
        session: of the account.
        wanted: those that the user named; none for all.
    """
    try:
        client = session.client("ec2", session.region)
        try:
            enabled = sorted(
                region["RegionName"]
                for page in client.call("describe_regions")
                for region in page.get("Regions") or ()
                if region.get("OptInStatus") != "not-opted-in"
            )
        finally:
            client.close()
    except CallError as error:
        fallback = _ALWAYS_ENABLED if session.partition() == "aws" else session.default_regions()
        asked = tuple(sorted(wanted)) or fallback
        return Regions(asked, f"enabled regions are not known ({error.sentence}): {len(asked)} were asked")
    if not wanted:
        return Regions(tuple(enabled))
    names = tuple(region for region in enabled if region in wanted)
    if names == tuple(enabled):
        return Regions(names)
    return Regions(names, f"asked for in {len(names)} of {len(enabled)} enabled regions")
