"""Where questions are asked: one account (or organization) in one region, with its clients while they are needed."""

import threading
from collections.abc import Iterator
from typing import Any

from nhi_scan.providers.aws.client import Client, Session
from nhi_scan.providers.aws.faults import CallError
from nhi_scan.providers.aws.plan import GLOBAL
from nhi_scan.providers.aws.sessions import Target
from nhi_scan.providers.aws.settings import AwsSettings

_RENEWALS = 3  # of one account's credentials, in one run, beyond those that the SDK renews by itself


class Stopped(Exception):  # noqa: N818 - no error: the run is being ended
    """The run is over; what is under way ends at its next page."""


class Account:
    """An account's credentials for as long as it is being collected. Safe for threads.

    Args:
        target: which account, and how to get in.
        settings: of the run.

    Raises:
        CallError: its role cannot be assumed.
    """

    def __init__(self, target: Target, settings: AwsSettings) -> None:
        self._target = target
        self._settings = settings
        self._lock = threading.Lock()
        self._renewals = 0
        self.session = target.open()
        self.expired: CallError | None = None

    def renew(self, used: Session, reason: CallError) -> None:
        """Log in again after credentials expired earlier than they said, once for all threads that notice.

        Raises:
            CallError: there are no newer ones; every later call fails with the same.
        """
        with self._lock:
            if self.expired:
                raise self.expired
            if self.session is not used:
                return
            try:
                self._renewals += 1
                if self._renewals > _RENEWALS:
                    raise reason
                self._target.login.session = Session(self._settings, self._target.login.profile)
                self.session = self._target.open()
            except CallError:
                self.expired = reason
                raise reason from None

    def give_up(self, reason: CallError) -> None:
        """Note that new credentials are expired as well."""
        with self._lock:
            self.expired = reason


class Place:
    """One scope in one region.

    Args:
        account: whose credentials are used.
        scope: the account's number or the organization's id, under which records are kept.
        region: where to ask; empty for what is not regional.
        stop: set when the run ends early.
    """

    def __init__(self, account: Account, scope: str, region: str, stop: threading.Event) -> None:
        self.account = account
        self.scope = scope
        self.region = region
        self.stop = stop
        self._lock = threading.Lock()
        self._clients: dict[str, tuple[Session, Client]] = {}
        self._unusable: dict[str, CallError] = {}

    @property
    def part(self) -> str:
        """Name of the parts of record files that are written here."""
        return self.region or GLOBAL

    def pages(self, service: str, operation: str, params: dict[str, Any]) -> Iterator[dict[str, Any]]:
        """Ask, and yield the answer page by page; expired credentials are renewed on the way.

        Raises:
            CallError: no answer, or not all of it.
            Stopped: the run is over.
        """
        given = 0
        for last in (False, True):
            session, client = self._client(service)
            try:
                for number, page in enumerate(client.call(operation, **params)):
                    if self.stop.is_set():
                        raise Stopped
                    if number >= given:  # pages from before a renewal are not given twice
                        given += 1
                        yield page
            except CallError as error:
                if error.kind != "expired":
                    raise
                if last:
                    self.account.give_up(error)
                    raise
                self.account.renew(session, error)
            else:
                return

    def _client(self, service: str) -> tuple[Session, Client]:
        with self._lock:
            if self.account.expired:
                raise self.account.expired
            if service in self._unusable:
                raise self._unusable[service]
            session = self.account.session
            held = self._clients.get(service)
            if held is None or held[0] is not session:
                try:
                    held = (session, session.client(service, self.region or session.region))
                except CallError as error:
                    if error.kind != "expired":
                        self._unusable[service] = error
                    raise
                self._clients[service] = held
            return held

    def release(self, service: str) -> None:
        """Give a service's client back: it is not needed here any more."""
        with self._lock:
            held = self._clients.pop(service, None)
            self._unusable.pop(service, None)
        if held:
            held[1].close()

    def close(self) -> None:
        """Give all clients back."""
        for service in list(self._clients):
            self.release(service)
