"""The one seam to AWS: the only file that imports the SDK. Sessions, clients, and one method `call`.

boto3's clients are safe for threads, its sessions are not
(https://docs.aws.amazon.com/boto3/latest/guide/clients.html#multithreading-or-multiprocessing-with-clients): every use
of a session is locked. The JSON models of the services are loaded once for all sessions, so that an account more costs
its credentials and not a few hundred megabytes.
"""

import logging
import os
import socket
import threading
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import urlsplit

import boto3
import botocore.loaders
import botocore.session
from botocore.config import Config
from botocore.credentials import AssumeRoleCredentialFetcher, DeferredRefreshableCredentials
from botocore.exceptions import UnknownRegionError

from nhi_scan.providers.aws.details import speed_up, unfold
from nhi_scan.providers.aws.faults import CallError, classify
from nhi_scan.providers.aws.paging import Paging, without_tokens
from nhi_scan.providers.aws.settings import AwsSettings

_log = logging.getLogger(__name__)
_lock = threading.RLock()  # sessions, and the models they share, are used by one thread at a time
_loader = botocore.loaders.create_loader()
_CONNECTIONS = 16  # kept open by a client at most; as many threads as that can use it without opening new ones
_OWN_ENDPOINT = "AWS_ENDPOINT_URL"  # boto3's own variable: https://docs.aws.amazon.com/sdkref/latest/guide/feature-ss-endpoints.html
_GARBLED_TRIES = 3
_PAGES = 100_000  # more pages than any answer has


class Session:
    """Credentials for one account, from which clients are made.

    Args:
        settings: timeouts and retries.
        profile: a name in the shared configuration; None for the credentials that boto3 finds by itself.

    Raises:
        CallError: there is no such profile, or it cannot be read.
    """

    def __init__(self, settings: AwsSettings, profile: str | None = None) -> None:
        self._settings = settings
        self.profile = profile
        with _lock, _classified():
            core = botocore.session.Session(profile=profile)
            core.register_component("data_loader", _loader)
            self._session = boto3.Session(botocore_session=core)
            _loader.search_paths[:] = dict.fromkeys(_loader.search_paths)  # each boto3 session adds the same one
            self.region: str = self._session.region_name or "us-east-1"
            self._core = core

    def assuming(self, role_arn: str, external_id: str = "") -> "Session":
        """Give a session of another account, whose credentials renew themselves for as long as this one's last.

        Raises:
            CallError: the role cannot be assumed.
        """
        other = Session(self._settings, self.profile)
        other.region = self.region
        extra = {"RoleSessionName": "nhi-scan", **({"ExternalId": external_id} if external_id else {})}
        with _classified():
            fetcher = AssumeRoleCredentialFetcher(
                self._sts_for_fetcher, self._core.get_credentials(), role_arn, extra_args=extra
            )
            credentials = DeferredRefreshableCredentials(fetcher.fetch_credentials, "assume-role")
            credentials.get_frozen_credentials()
            other._core._credentials = credentials  # noqa: SLF001 - botocore has no public way to set refreshable ones
        return other

    def _sts_for_fetcher(self, service: str, **options: Any) -> Any:
        with _lock:
            return self._core.create_client(service, region_name=self.region, config=self._config(), **options)

    def _config(self) -> Config:
        settings = self._settings
        return Config(
            connect_timeout=settings.connect_timeout,
            read_timeout=settings.read_timeout,
            retries={"mode": "adaptive", "total_max_attempts": settings.max_attempts},
            max_pool_connections=_CONNECTIONS,
            user_agent_extra="nhi-scan",
            # A host such as `123456789012.localhost` does not exist where the endpoint is somebody's own.
            inject_host_prefix=_OWN_ENDPOINT not in os.environ,
        )

    def client(self, service: str, region: str) -> "Client":
        """Make a client; release it with `close` when its region is done.

        Raises:
            CallError: this SDK does not know the service, or the credentials cannot be found.
        """
        with _lock, _classified():
            raw = self._session.client(service, region_name=region, config=self._config())
            listed = self._core.get_available_regions(service, self._core.get_partition_for_region(region))
        speed_up(raw)
        if _OWN_ENDPOINT in os.environ:
            raw.meta.events.register("before-sign.s3-control", _without_account_in_host)
        # The SDK's list of regions is empty for new services and old by nature: the name service has the last word.
        if region not in listed and _has_no_address(raw.meta.endpoint_url):
            raw.close()
            raise CallError("unsupported", "NoEndpoint", f"`{service}` is not offered in `{region}`")
        return Client(raw)

    def default_regions(self) -> tuple[str, ...]:
        """Regions that the SDK knows in this session's partition, sorted."""
        with _lock, _classified():
            partition = self._core.get_partition_for_region(self.region)
            return tuple(sorted(self._core.get_available_regions("ec2", partition)))

    def partition(self) -> str:
        """`aws`, `aws-cn`, `aws-us-gov`, ... by the session's region; `aws` where that cannot be told."""
        with _lock:
            try:
                return str(self._core.get_partition_for_region(self.region))
            except UnknownRegionError:  # newer than this SDK: all new ones are in `aws`
                return "aws"


class _classified:  # noqa: N801 - reads as a word where it is used
    """Turns whatever the SDK raises into a `CallError`."""

    def __enter__(self) -> None:
        return None

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        if isinstance(error, Exception):
            raise classify(error) from error


class Client:
    """One service in one region, for one account. Safe for threads."""

    def __init__(self, raw: Any) -> None:
        self._raw = raw
        self._broken: CallError | None = None
        self._pagings: dict[str, Paging] = {}

    def call(self, operation: str, **params: Any) -> Iterator[dict[str, Any]]:
        """Ask, and yield the answer page by page, without paging tokens and metadata.

        Args:
            operation: the SDK's name of the method: `list_functions`.
            params: its parameters.

        Raises:
            CallError: no answer, in whatever shape the error came; the pages before it have been yielded.
        """
        if self._broken:
            raise self._broken
        method = getattr(self._raw, operation, None)
        if method is None:
            raise CallError("unsupported", "UnknownOperation", f"this SDK has no `{operation}`")
        paging = self._paging(operation)
        token: dict[str, Any] = {}
        seen: set[str] = set()
        for _ in range(_PAGES):
            page = self._page(method, {**params, **token})
            yield without_tokens(page, paging)
            token = paging.next_token(page)
            if not token:
                return
            if (mark := repr(sorted(token.items()))) in seen:
                raise CallError("failed", "PagingLoop", f"`{operation}` gave the same page token twice")
            seen.add(mark)
        raise CallError("failed", "PagingLoop", f"`{operation}` gave more than {_PAGES} pages")

    def _paging(self, operation: str) -> Paging:
        paging = self._pagings.get(operation)
        if paging is None:
            with _lock:
                meta = self._raw.meta
                model = meta.service_model.operation_model(meta.method_to_api_mapping[operation])
                members = tuple(model.input_shape.members) if model.input_shape else ()
                config: dict[str, Any] = {}
                if self._raw.can_paginate(operation):
                    config = self._raw.get_paginator(operation)._pagination_cfg  # noqa: SLF001 - the public paginator cannot be resumed after an error
            paging = self._pagings[operation] = Paging(config, members)
        return paging

    def _page(self, method: Callable[..., Any], params: dict[str, Any]) -> dict[str, Any]:
        for _ in range(_GARBLED_TRIES - 1):
            try:
                return self._page_once(method, params)
            except CallError as error:  # botocore retries what did not come, not what came damaged
                if not error.garbled:
                    raise
        return self._page_once(method, params)

    def _page_once(self, method: Callable[..., Any], params: dict[str, Any]) -> dict[str, Any]:
        try:
            answer = method(**params)
        except Exception as error:  # the SDK's errors share no base class; every one becomes coverage
            fault = classify(error)
            _log.debug("%s failed: %s", getattr(method, "__name__", "call"), fault)
            if fault.unreachable:
                self._broken = fault
            raise fault from error
        if not isinstance(answer, dict):
            raise CallError("failed", "OddAnswer", "the answer is no structure")
        return unfold(answer)

    def close(self) -> None:
        """Give the connections back."""
        self._raw.close()


def _without_account_in_host(request: Any, **_: Any) -> None:
    """Undo `http://123456789012.localhost`, which S3 Control makes of every endpoint and which has no address."""
    parts = urlsplit(request.url)
    first, _dot, rest = parts.netloc.partition(".")
    if first.isdigit() and len(first) == 12:
        request.url = parts._replace(netloc=rest).geturl()


def _has_no_address(url: str) -> bool:
    """Tell whether the name service knows no such host. Behind a proxy only the proxy could tell, so it does not."""
    if any(os.environ.get(name) for name in ("HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy")):
        return False
    try:
        socket.getaddrinfo(urlsplit(url).hostname, 443)
    except socket.gaierror as error:
        return error.errno == socket.EAI_NONAME
    except (OSError, UnicodeError):
        return False
    return False
