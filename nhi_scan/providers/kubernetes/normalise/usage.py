"""What was used when, as the audit log tells; see `nhi_scan.providers.kubernetes.audit`.

An account that is not in a log may still be in use: an audit policy may leave requests out
(https://kubernetes.io/docs/tasks/debug/debug-cluster/audit/#audit-policy). So absence from a log says nothing.
"""

from datetime import datetime

from nhi_scan.model import kube_actions, kube_ids
from nhi_scan.model.identity import USE_UNKNOWN, LastUsed, Usage
from nhi_scan.providers.kubernetes import kinds
from nhi_scan.providers.kubernetes.normalise.source import Source
from nhi_scan.snapshot.values import moment, text

_CORE = "core"  # what the group without a name is called where a name is needed
_URL = "url"  # the service that requests for what is no resource are counted under


class Usages:
    """The records of audit logs, added up by identity."""

    def __init__(self, source: Source) -> None:
        self._last: dict[str, datetime] = {}
        # (identity, service, action) -> last, first of the log
        self._used: dict[tuple[str, str, str], tuple[datetime, datetime | None]] = {}
        for scope_id, _, record in source.plain(kinds.AUDIT_USERS):
            user, verb, at = text(record, "user"), text(record, "verb"), moment(record.get("last"))
            if not user or not verb or at is None:
                source.note(kinds.AUDIT_USERS, scope_id, "records without a user, a verb or a time")
                continue
            id_ = kube_ids.user(kube_ids.cluster_of(scope_id) or scope_id, user)
            if record.get("authenticated") is not False:
                self._last[id_] = max(at, self._last.get(id_, at))
            if record.get("allowed") is False:
                continue
            url, group, resource = text(record, "url"), text(record, "group"), text(record, "resource")
            if url:
                key = id_, _URL, kube_actions.url_action(verb, url)
            elif resource:
                key = id_, group or _CORE, kube_actions.action(verb, group, resource, text(record, "subresource"))
            else:
                continue
            known = self._used.get(key)
            self._used[key] = (max(at, known[0]) if known else at, moment(record.get("since")))
        for id_, service, action in sorted(self._used):
            used, since = self._used[id_, service, action]
            source.records.usage.append(
                Usage(identity_id=id_, service=service, action=action, last_used=LastUsed.on(used), tracked_since=since)
            )

    def of(self, identity_id: str) -> LastUsed:
        """When an identity last sent a request that the log has."""
        at = self._last.get(identity_id)
        return USE_UNKNOWN if at is None else LastUsed.on(at)
