"""When service accounts and their keys last authenticated.

Activity Analyzer lists accounts and keys with the day of their last authentication within an observation period; what
it lists without a day, and what it does not list, did not authenticate in that time
(https://cloud.google.com/policy-intelligence/docs/activity-analyzer-service-account-authentication). Failed calls
count, and so does the listing of a key by whoever verifies its signatures. Requests with an API key that is bound to
an account, and HMAC keys, do not count
(https://cloud.google.com/policy-intelligence/docs/service-account-usage-tools).
"""

from dataclasses import dataclass, field

from nhi_scan.model.identity import NEVER_USED, USE_UNKNOWN, LastUsed
from nhi_scan.providers.gcp.normalise.source import Source
from nhi_scan.snapshot.values import moment

ACCOUNTS = "policyanalyzer-service-account-activities"
KEYS = "policyanalyzer-key-activities"
INSIGHTS = "recommender-service-account-insights"


@dataclass(slots=True)
class _Seen:
    lastAuthenticatedTime: str | None = None  # noqa: N815 - Google's spelling


@dataclass(slots=True)
class _Activity:
    """`Activity`."""

    fullResourceName: str = ""  # noqa: N815 - Google's spelling
    activity: _Seen | None = None


@dataclass(slots=True)
class _Unused:
    email: str = ""
    serviceAccountId: str = ""  # noqa: N815 - Google's spelling
    lastAuthenticatedTime: str | None = None  # noqa: N815 - Google's spelling


@dataclass(slots=True)
class _Insight:
    """An insight of type `google.iam.serviceAccount.Insight`: an account that was not used for 90 days."""

    content: _Unused = field(default_factory=_Unused)


class Activity:
    """Answers when something was last used, by the last part of its name."""

    def __init__(self, source: Source) -> None:
        self._source = source
        self._accounts = self._read(ACCOUNTS)
        self._keys = self._read(KEYS)
        for _, insight in source.typed(INSIGHTS, _Insight):
            for name in (insight.content.email, insight.content.serviceAccountId):
                if name and name not in self._accounts:
                    self._accounts[name] = _use(insight.content.lastAuthenticatedTime)
        self._covered: dict[tuple[str, str], bool] = {}

    def _read(self, kind: str) -> dict[str, LastUsed]:
        found: dict[str, LastUsed] = {}
        for scope_id, record in self._source.typed(kind, _Activity):
            name = record.fullResourceName.rpartition("/")[2]
            if not name:
                self._source.note(kind, scope_id, "activities of nobody")
                continue
            found[name] = _later(
                found.get(name), _use(record.activity.lastAuthenticatedTime if record.activity else None)
            )
        return found

    def of_account(self, email: str, unique_id: str, project: str) -> LastUsed:
        """When a service account last authenticated."""
        found = self._accounts.get(email) or self._accounts.get(unique_id)
        return found or self._silence(project, ACCOUNTS)

    def of_key(self, key: str, project: str) -> LastUsed:
        """When a key was last used, by the last part of its name."""
        return self._keys.get(key) or self._silence(project, KEYS)

    def _silence(self, project: str, kind: str) -> LastUsed:
        known = self._covered.get((project, kind))
        if known is None:
            known = self._covered[project, kind] = self._source.coverage.covered(project, kind) is True
        return NEVER_USED if known else USE_UNKNOWN


def _use(written: str | None) -> LastUsed:
    if not written:
        return NEVER_USED
    at = moment(written)
    return LastUsed.on(at) if at else USE_UNKNOWN


def _later(one: LastUsed | None, other: LastUsed) -> LastUsed:
    if one is None or one.at is None or (other.at is not None and other.at > one.at):
        return other if one is None or other.at is not None else one
    return one
