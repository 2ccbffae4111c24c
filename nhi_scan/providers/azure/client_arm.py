"""Azure Resource Manager and Resource Graph: Microsoft's client libraries, and what they answered before they read it.

Records are kept as they came over the wire: a model of the SDK knows only the fields of its own version. The libraries
are given policies of ours, and not their own. Those would follow a redirect or a link to any host with the token in
hand, and would register a resource provider in a subscription where one is missing, which is a change
(https://learn.microsoft.com/azure/azure-resource-manager/management/resource-providers-and-types).
"""

import json
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from importlib import import_module
from inspect import signature
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode, urlsplit

from azure.core.pipeline.policies import (
    ContentDecodePolicy,
    CustomHookPolicy,
    ProxyPolicy,
    SansIOHTTPPolicy,
    UserAgentPolicy,
)
from azure.core.rest import HttpRequest
from azure.mgmt.core import ARMPipelineClient
from azure.mgmt.core.policies import ARMChallengeAuthenticationPolicy
from azure.mgmt.resourcegraph import ResourceGraphClient

from nhi_scan.providers import Call
from nhi_scan.providers.azure.answers import filled
from nhi_scan.providers.azure.arm_wire import (
    ERROR,
    Page,
    Part,
    answer_of,
    check_new,
    dicts,
    explained,
    next_of,
    page_of,
    part_of,
    resets,
)
from nhi_scan.providers.azure.calls.arm import BATCH_VERSION, GRAPH_VERSION, LIBRARIES, Library, query_of
from nhi_scan.providers.azure.faults import CallError, classify
from nhi_scan.providers.azure.settings import AzureSettings

if TYPE_CHECKING:
    from nhi_scan.providers.azure.client import Clients

BATCH = 20  # questions in one request; with more the answer is to be polled for
_OK = 200
_POSTS = ("/providers/Microsoft.ResourceGraph/resources", "/batch")  # which only read
_NO_SUBSCRIPTION = "00000000-0000-0000-0000-000000000000"  # the libraries want one also where none is asked about


class Arm:
    """Resource Manager under one identity. Safe for threads.

    Attributes:
        batches: whether several questions may go in one request; turned off where that is refused.

    Args:
        clients: credential, options, patience.
    """

    def __init__(self, clients: "Clients") -> None:
        self._clients = clients
        self._settings: AzureSettings = clients.settings
        self._own = threading.local()
        self.batches = True

    def pages(self, call: Call, parent: Mapping[str, Any]) -> Iterator[Page]:
        """Ask a row about something, and yield the answer page by page, as it came.

        Args:
            call: the row; `operation` is a path with `{name}` of the parent in it.
            parent: what it is about.

        Raises:
            CallError: no answer, or not all of it; the pages before it have been yielded.
            Stopped: the run is over.
        """
        library = LIBRARIES.get(call.operation)
        if library is None:
            url = self.url(call, parent)
            if url:
                yield from self.follow(self._settings.arm_url + url)
            return
        found = {name: filled(text, parent) for name, text in library.words.items()}
        if all(found.values()):
            words = {name: str(word).strip("/") for name, word in found.items()}
            options = {name.removeprefix("$"): value for name, value in call.params.items()}
            yield from self._listed(library, words.pop("subscription", _NO_SUBSCRIPTION), {**words, **options})

    def url(self, call: Call, parent: Mapping[str, Any]) -> str:
        """Write down a question as a path with its parameters; empty where the parent lacks what it is about."""
        path = filled(call.operation, parent)
        return f"{path}?{urlencode(query_of(call))}" if path else ""

    def follow(self, url: str) -> Iterator[Page]:
        """Ask an address and whatever it names as its next.

        Raises:
            CallError: no answer, not all of it, or an address that was there before or is not Resource Manager's.
            Stopped: the run is over.
        """
        seen = set[str]()
        while url:
            check_new(url, seen)
            page = self._clients.ask("arm", partial(self._get, url))
            yield page
            url = next_of(page)

    def _get(self, url: str) -> Page:
        return page_of(self._send(HttpRequest("GET", url, headers={"Accept": "application/json"})).text())

    def _send(self, request: HttpRequest) -> Any:
        response = self._pipeline().send_request(request)
        if response.status_code >= ERROR:
            response.raise_for_status()
        if response.status_code != _OK:
            status = response.status_code
            raise CallError("failed", f"HTTP {status}", "that is no answer", status=status)
        return response

    def _listed(self, library: Library, subscription: str, words: Mapping[str, Any]) -> Iterator[Page]:
        """Let a library list something, a page at a time: one that broke off would take itself for finished."""
        group, _, name = library.method.partition(".")
        listing = partial(getattr(getattr(self._library(library, subscription), group), name), **words)
        link, seen = "", set[str]()
        while True:
            page = self._clients.ask("arm", partial(_taken, listing, link))
            yield page
            link = next_of(page)
            if not link:
                return
            check_new(link, seen)

    def query(self, body: Mapping[str, Any]) -> Page:
        """Ask Resource Graph for one page, below its quota.

        It says with each answer how many more it gives and when it begins to count anew:
        https://learn.microsoft.com/azure/governance/resource-graph/concepts/guidance-for-throttled-requests

        Args:
            body: of the request; the library's own has no field for which role assignments are meant.

        Raises:
            CallError: no answer.
            Stopped: the run is over.
        """
        page, headers = self._clients.ask("arm-resource-graph", lambda: self._queried(body))
        if str(headers.get("x-ms-user-quota-remaining", "")).strip() == "0":
            spent = CallError("throttled", "QuotaSpent", "the quota of Resource Graph is spent", after=resets(headers))
            self._clients.wait(spent, 1)
        if str(headers.get("x-ms-tenant-subscription-limit-hit", "")).lower() == "true":
            page["resultTruncated"] = "true"
        return page

    def _queried(self, body: Mapping[str, Any]) -> tuple[Page, Mapping[str, str]]:
        caught: list[Any] = []
        try:
            self._graph().resources(
                json.dumps(body).encode(), api_version=GRAPH_VERSION, raw_response_hook=caught.append
            )
        except Exception as raised:
            error = classify(raised)
            raise (explained(error, caught[-1].http_response) if caught else error) from raised
        return page_of(caught[-1].http_response.text()), caught[-1].http_response.headers

    def batch(self, urls: Sequence[str]) -> list[Part]:
        """Ask up to twenty questions in one request.

        Microsoft does not document it, its portal and many tools use it: where it is refused, `batches` is turned off.

        Args:
            urls: paths with their parameters.

        Returns:
            One answer for each question, in their order.

        Raises:
            CallError: no answer, or not one for each.
            Stopped: the run is over.
        """
        names = [f"{number:08d}-0000-4000-8000-000000000000" for number in range(len(urls))]
        asked = [{"httpMethod": "GET", "name": name, "url": url} for name, url in zip(names, urls, strict=True)]
        url = f"{self._settings.arm_url}/batch?api-version={BATCH_VERSION}"
        page = self._clients.ask(
            "arm-batch", lambda: page_of(self._send(HttpRequest("POST", url, json={"requests": asked})).text())
        )
        found = {str(part.get("name")): part for part in dicts(page.get("responses"))}
        parts = [part_of(found[name]) for name in names if name in found]
        if len(parts) != len(names):
            raise CallError("failed", "OddAnswer", f"{len(parts)} of {len(names)} questions of a batch were answered")
        return parts

    def rest_of(self, part: Part) -> Iterator[Page]:
        """Yield the page that came in a batch, and those that it names as its next.

        Raises:
            CallError: it is an error, or not all of it came.
            Stopped: the run is over.
        """
        page = answer_of(part)
        yield page
        yield from self.follow(next_of(page))

    def _held(self, name: str, make: Callable[[], Any]) -> Any:
        """Return a client of this thread: the sessions below them are not made to be shared."""
        held: dict[str, Any] = self._own.__dict__.setdefault("clients", {})
        if name not in held:
            held[name] = make()
            self._clients.on_close(held[name].close)
        return held[name]

    def _pipeline(self) -> Any:
        return self._held("pipeline", lambda: ARMPipelineClient(self._settings.arm_url, **self._options()))

    def _graph(self) -> Any:
        return self._held("graph", lambda: ResourceGraphClient(self._clients.credential, **self._library_options()))

    def _library(self, library: Library, subscription: str) -> Any:
        def make() -> Any:
            client = getattr(import_module(library.module), library.client)
            of = {"subscription_id": subscription} if "subscription_id" in signature(client).parameters else {}
            return client(self._clients.credential, **of, **self._library_options())

        return self._held(f"{library.module} {subscription}", make)

    def _library_options(self) -> dict[str, Any]:
        scopes = [self._settings.place.arm_scope]
        return {"base_url": self._settings.arm_url, "credential_scopes": scopes, **self._options()}

    def _options(self) -> dict[str, Any]:
        options = dict(self._clients.sdk_options)
        policies = [
            UserAgentPolicy(user_agent=options["user_agent"], user_agent_overwrite=True),
            ProxyPolicy(),
            _AtHome(self._settings.arm_url),
            ARMChallengeAuthenticationPolicy(self._clients.credential, self._settings.place.arm_scope),
            CustomHookPolicy(),
            ContentDecodePolicy(),
        ]
        return {**options, "policies": policies}


class _AtHome(SansIOHTTPPolicy[Any, Any]):
    """Refuses whatever is not a question to Resource Manager: another host, or a request that changes something.

    Args:
        home: address of Resource Manager.
    """

    def __init__(self, home: str) -> None:
        super().__init__()
        self._home = _origin(home)

    def on_request(self, request: Any) -> None:
        """Look at a request before anything is sent, the token included.

        Raises:
            CallError: it goes astray.
        """
        asked = request.http_request
        if _origin(asked.url) != self._home:
            raise CallError(
                "failed", "ForeignLink", f"the next page is at another host, `{_origin(asked.url)[1][:80]}`"
            )
        if asked.method != "GET" and not (asked.method == "POST" and urlsplit(asked.url).path in _POSTS):
            raise CallError("failed", "NotAQuestion", f"`{asked.method}` would not only read")


def _origin(url: str) -> tuple[str, str]:
    parts = urlsplit(url)
    return parts.scheme.lower(), parts.netloc.lower()


def _taken(listing: Callable[..., Any], link: str) -> Page:
    """Take one page. That a library cannot read an answer is no reason not to keep it."""
    caught: list[Any] = []
    try:
        next(listing(raw_response_hook=caught.append).by_page(continuation_token=link or None))
    except Exception:
        if not caught or caught[-1].http_response.status_code != _OK:
            raise
    return page_of(caught[-1].http_response.text())
