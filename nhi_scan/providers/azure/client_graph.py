"""Microsoft Graph over azure-core: pages by links, batches of twenty, throttling.

https://learn.microsoft.com/graph/paging, https://learn.microsoft.com/graph/json-batching,
https://learn.microsoft.com/graph/throttling
"""

import json
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from typing import Any
from urllib.parse import urlsplit

from azure.core import PipelineClient
from azure.core.pipeline.policies import BearerTokenCredentialPolicy, HeadersPolicy, UserAgentPolicy
from azure.core.pipeline.transport import RequestsTransport
from azure.core.rest import HttpRequest

from nhi_scan.providers import Call
from nhi_scan.providers.azure.answers import Question, question_of
from nhi_scan.providers.azure.client import AGENT, Clients
from nhi_scan.providers.azure.faults import CallError, of_answer

BATCH = 20  # requests in one: https://learn.microsoft.com/graph/json-batching#batch-size-limitations
_PAGES = 100_000  # more pages than any answer has
_GOOD = 300  # redirections are not followed: the token would be
_REPORTS_WINDOW = 10.0  # seconds
# Where an application has used so much of its limit, Graph says so before it refuses:
# https://learn.microsoft.com/graph/throttling#regular-responses-requests
_NEAR = 0.8
_USED = "x-ms-throttle-limit-percentage"
_SLOWER = 5.0  # seconds of rest at the limit

Page = Mapping[str, Any]
Parent = Mapping[str, Any]


class Graph:
    """Microsoft Graph under one identity. Safe for threads.

    Args:
        clients: who asks, and how patiently.
    """

    def __init__(self, clients: Clients) -> None:
        settings = clients.settings
        self._clients = clients
        self._root = settings.graph_url
        self._reports = clients.pace(settings.reports_per_ten_seconds, _REPORTS_WINDOW)
        options = clients.sdk_options
        transport = RequestsTransport(
            connection_verify=options["connection_verify"],
            connection_timeout=options["connection_timeout"],
            read_timeout=options["read_timeout"],
        )
        policies = [
            HeadersPolicy({"Accept": "application/json"}),
            UserAgentPolicy(base_user_agent=AGENT),
            BearerTokenCredentialPolicy(clients.credential, settings.place.graph_scope),
        ]
        self._client: Any = PipelineClient(base_url=self._root, policies=policies, transport=transport)
        clients.on_close(self._client.close)

    def fetch(self, call: Call, parent: Parent) -> Iterator[Page]:
        """Ask a row about a parent, and yield the answer page by page.

        Raises:
            CallError: no answer, or not all of it; the pages before it have been yielded.
            Stopped: the run is over.
        """
        question = question_of(call, parent)
        if question is None:
            return
        yield from self._pages(question, self._first(question), self._fallbacks(call, question))

    def fetch_many(self, call: Call, parents: Sequence[Parent]) -> Iterator[tuple[Parent, Page | CallError]]:
        """Ask a row about up to twenty parents in one request; those that fail are asked again by themselves.

        Yields:
            (parent, page), several of a parent where it has more than one, or (parent, what went wrong).

        Raises:
            Stopped: the run is over.
        """
        asked = [(parent, question) for parent in parents if (question := question_of(call, parent))]
        answers = self._batched([question for _, question in asked])
        for (parent, question), answer in zip(asked, answers, strict=True):
            if isinstance(answer, CallError):
                yield parent, answer
                continue
            try:
                for page in self._pages(question, partial(_given, answer), ()):
                    yield parent, page
            except CallError as error:
                yield parent, error

    def _pages(self, question: Question, first: Callable[[], Any], fallbacks: Sequence[Question]) -> Iterator[Page]:
        page = self._page(question, first, fallbacks)
        seen = set[str]()
        for _ in range(_PAGES):
            link = page.get("@odata.nextLink")
            yield page
            if not link:
                return
            address = self._checked(link)
            if address in seen:
                raise CallError("failed", "PagingLoop", f"`{question.path}` gave the same next link twice")
            seen.add(address)
            page = self._page(question, partial(self._send, "GET", address, question), ())
        raise CallError("failed", "PagingLoop", f"`{question.path}` gave more than {_PAGES} pages")

    def _page(self, question: Question, ask: Callable[[], Any], fallbacks: Sequence[Question]) -> Page:
        try:
            page = ask()
        except CallError as error:
            if error.kind != "refused" or not fallbacks:
                raise
            return self._page(question, self._first(fallbacks[0]), fallbacks[1:])
        if not isinstance(page, dict):
            raise CallError("failed", "OddAnswer", "the answer is no object")
        return page

    @staticmethod
    def _fallbacks(call: Call, question: Question) -> tuple[Question, ...]:
        """Simpler ways to ask the same: a cloud that lags behind refuses a property or an expansion that it lacks."""
        return tuple(question.without(names) for names in call.params.get("fallbacks", ()))

    def _first(self, question: Question) -> Callable[[], Any]:
        return partial(self._send, question.method, self._root + question.url, question)

    def _checked(self, link: object) -> str:
        """Refuse a link that leads elsewhere: the token would go there too."""
        if not isinstance(link, str) or not self._is_ours(link):
            raise CallError("failed", "StrangeLink", "the next link leads to another server")
        return link

    def _is_ours(self, link: str) -> bool:
        try:
            return _server(link) == _server(self._root)
        except ValueError:
            return False

    def _send(self, method: str, url: str, question: Question) -> Any:
        pace = self._reports if question.path.startswith("/reports/") else None
        return self._clients.ask("graph", partial(self._once, method, url, question), pace)

    def _once(self, method: str, url: str, question: Question) -> Any:
        headers = dict(question.headers)
        request = HttpRequest(method, url, headers=headers, json=question.body)
        response = self._client.send_request(request)
        if response.status_code >= _GOOD:
            raise of_answer(response.status_code, response.headers, _text(response), time.time())
        self._rest(response.headers)
        try:
            return json.loads(_text(response))
        except ValueError as error:
            raise CallError("failed", "Garbled", "the answer cannot be read", again=True) from error

    def _rest(self, headers: Mapping[str, str]) -> None:
        try:
            used = float(headers.get(_USED) or 0)
        except ValueError:
            return
        if used >= _NEAR:
            self._clients.rest(min(used, 2.0) * _SLOWER)

    def _batched(self, questions: Sequence[Question]) -> list[Any]:
        """Ask several questions in one request, again those that may go well later.

        Returns:
            For each question the JSON of its answer, or a `CallError`.
        """
        answers: dict[int, Any] = {}
        waiting = dict(enumerate(questions))
        attempts = self._clients.settings.max_attempts
        for attempt in range(1, attempts + 1):
            if not waiting:
                break
            answers |= self._batch(waiting)
            again = {at: question for at, question in waiting.items() if _is_again(answers[at])}
            if again and attempt < attempts:
                longest = max((answers[at] for at in again), key=lambda error: error.after or 0.0)
                self._clients.wait(longest, attempt)
            waiting = again
        return [answers[at] for at in range(len(questions))]

    def _batch(self, waiting: Mapping[int, Question]) -> dict[int, Any]:
        version = next(iter(waiting.values())).version
        body = {
            "requests": [
                {
                    "id": str(at),
                    "method": question.method,
                    "url": question.relative,
                    **({"headers": dict(question.headers)} if question.headers else {}),
                }
                for at, question in waiting.items()
            ]
        }
        whole = Question(method="POST", version=version, path="/$batch", body=body)
        try:
            answer = self._first(whole)()
        except CallError as error:
            lasting = CallError(error.kind, error.code, error.detail, status=error.status)
            return dict.fromkeys(waiting, lasting)  # it was tried again as a whole
        return {at: _part(answer, at) for at in waiting}


def _server(address: str) -> tuple[str, str | None, int]:
    parts = urlsplit(address)
    return parts.scheme, parts.hostname, parts.port or 443


def _given(answer: Any) -> Any:
    return answer


def _is_again(answer: Any) -> bool:
    return isinstance(answer, CallError) and answer.again


def _part(answer: Any, at: int) -> Any:
    """Find the answer to one request of a batch, which may come in any order."""
    parts = answer.get("responses") if isinstance(answer, dict) else None
    for part in parts if isinstance(parts, list) else ():
        if isinstance(part, dict) and str(part.get("id")) == str(at):
            status = part.get("status")
            if not isinstance(status, int) or isinstance(status, bool):
                return CallError("failed", "OddAnswer", "a part of a batch has no status")
            headers = part.get("headers")
            if status >= _GOOD:
                return of_answer(status, headers if isinstance(headers, dict) else None, part.get("body"), time.time())
            return part.get("body")
    return CallError("failed", "Unanswered", "a part of a batch got no answer", again=True)


def _text(response: Any) -> str:
    try:
        return str(response.text())
    except (UnicodeDecodeError, LookupError):
        return ""
