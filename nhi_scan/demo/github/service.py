"""From a request to an answer: who asks, which route it is, what it may, and which page is wanted."""

import re
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlencode

import jwt

from nhi_scan.demo.github import rows
from nhi_scan.demo.github.errors import ApiError, bad_credentials, blocked, not_accessible, not_found, suspended
from nhi_scan.demo.github.estate import APP_ID, APP_SLUG, INSTALLATION, Repository
from nhi_scan.demo.github.exchange import Answer, Exchange, Listing, Request, Route, Scene
from nhi_scan.demo.github.gate import Fault, Gate
from nhi_scan.demo.github.routes import ROUTES
from nhi_scan.demo.github.world import World

_NAME = re.compile(r"\{(\w+)\}")
_BY_NUMBER = re.compile(r"/repositories/(\d+)(.*)")
_TOKENS = "/app/installations/{installation_id}/access_tokens"
_PER_PAGE, _MOST = 30, 100


def _pattern(template: str) -> re.Pattern[str]:
    parts = _NAME.split(template)
    names = (
        f"(?P<{part}>.+)" if part == "path" else f"(?P<{part}>[^/]+)" if number % 2 else re.escape(part)
        for number, part in enumerate(parts)
    )
    return re.compile("".join(names))


_ROUTES = tuple((_pattern(route.template), route) for route in ROUTES)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Caller:
    person: bool
    token: Mapping[str, str] | None  # permissions that the token was made with; None: all that were given


@dataclass(slots=True, kw_only=True)
class Service:
    """The API behind one address.

    Attributes:
        public_key: of the scanner's app, PEM.
        exchanges: what was asked and answered, where the conduct says so.
        breaches: what this server did that GitHub would not have done.
    """

    world: World
    gate: Gate
    public_key: bytes
    exchanges: list[Exchange] = field(default_factory=list)
    breaches: list[str] = field(default_factory=list)
    _tokens: dict[str, tuple[float, Mapping[str, str] | None]] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def answer(self, request: Request) -> Answer:
        """Answer one request."""
        template, words = "", dict[str, str]()
        try:
            template, words, answered = self._routed(request)
        except ApiError as error:
            answered = Answer(status=error.status, body=error.body, headers=error.headers)
        if self.gate.conduct.record and answered.status in (200, 201) and not answered.wire and template:
            found = Exchange(
                method=request.method,
                template=template,
                words=words,
                query=request.query,
                headers={name: value for name, value in request.headers.items() if name != "authorization"},
                status=answered.status,
                body=answered.body,
            )
            with self._lock:
                self.exchanges.append(found)
        return answered

    def _routed(self, request: Request) -> tuple[str, dict[str, str], Answer]:
        if request.path.startswith("/app"):
            return self._app(request)
        if request.method != "GET":
            raise ApiError(405, "Method Not Allowed")
        route, words, repository, moved = self._find(request.path)
        fault = self.gate.enter(route.template, request.path, time.time())
        caller = self._caller(request)
        if "owner" in words and repository is None:
            repository, moved = self.world.find(words["owner"], words["repo"])
        if moved and repository:
            rest = "/".join(request.path.split("/")[4:])
            place = f"{self.world.endpoint}/repositories/{repository.id}{'/' + rest if rest else ''}"
            body = {"message": "Moved Permanently", "url": place}
            return "", words, Answer(status=301, body=body, headers={"Location": place})
        self._admit(route, words, repository, caller)
        scene = Scene(
            world=self.world,
            words=words,
            repository=repository,
            seen=self.world.installed(),
            settings=self.gate.granted("organization_administration") and not self._lacks(caller),
        )
        return route.template, words, self._disturbed(self._paged(route.answer(scene), request), fault)

    @staticmethod
    def _lacks(caller: _Caller) -> bool:
        return caller.token is not None and "organization_administration" not in caller.token

    def _find(self, path: str) -> tuple[Route, dict[str, str], Repository | None, bool]:
        repository, known = None, False
        if by_number := _BY_NUMBER.fullmatch(path):
            repository, known = self.world.by_id(int(by_number[1])), True
            path = f"/repos/-/-{by_number[2]}"
        for pattern, route in _ROUTES:
            if found := pattern.fullmatch(path):
                words = found.groupdict()
                if known and repository is None:
                    raise not_found()
                return route, words, repository, False
        raise not_found()

    def _admit(self, route: Route, words: Mapping[str, str], repository: Repository | None, caller: _Caller) -> None:
        """Refuse what GitHub would.

        Raises:
            ApiError: 403, 404 or 451.
        """
        named = words.get("org", words.get("username", self.world.estate.login))
        if named.lower() != self.world.estate.login.lower():
            raise not_found()
        if self.world.estate.person and "org" in words:
            raise not_found()
        if not (route.person if caller.person else route.app):
            raise ApiError(403, "Resource not accessible by personal access token")
        if "owner" in words:
            if repository is None:
                raise not_found()
            if not caller.person and repository not in self.world.installed():
                raise not_found() if repository.visibility != "public" else not_accessible(route.permission)
            if repository.blocked:
                raise blocked(451)
        self.gate.demand(route.permission, caller.token, person=caller.person)

    def _caller(self, request: Request) -> _Caller:
        _, _, token = request.headers.get("authorization", "").partition(" ")
        if token and token == self.world.estate.token:
            return _Caller(person=True, token=None)
        with self._lock:
            ends, permissions = self._tokens.get(token, (0.0, None))
        if ends <= time.time():
            raise bad_credentials()
        return _Caller(person=False, token=permissions)

    def _app(self, request: Request) -> tuple[str, dict[str, str], Answer]:
        """Answer the app itself, which shows a token that it signed.

        https://docs.github.com/apps/creating-github-apps/authenticating-with-a-github-app
        """
        parts = request.path.strip("/").split("/")
        template = {1: "/app", 2: "/app/installations", 4: _TOKENS}.get(len(parts), request.path)
        fault = self.gate.enter(template, request.path, time.time())
        _, _, token = request.headers.get("authorization", "").partition(" ")
        try:
            claims = jwt.decode(
                token, self.public_key, algorithms=["RS256"], options={"require": ["exp", "iat", "iss"]}
            )
        except jwt.PyJWTError as error:
            raise ApiError(401, "A JSON web token could not be decoded") from error
        if str(claims["iss"]) not in (str(APP_ID), f"Iv23li{APP_ID}") or claims["exp"] - claims["iat"] > 660:
            raise ApiError(401, "'Expiration time' claim ('exp') is too far in the future")
        given = self._given()
        if template == "/app":
            return template, {}, self._disturbed(Answer(body=rows.app(self.world, APP_SLUG, APP_ID, given)), fault)
        mine = [row for row in self.world.estate.installations if row["app_id"] == APP_ID] or [self._own()]
        if template == "/app/installations":
            found = [{**rows.installation(self.world, row), "permissions": given} for row in mine]
            return template, {}, self._disturbed(self._paged(Listing(rows=found), request), fault)
        if template != _TOKENS or request.method != "POST":
            raise not_found()
        row = next((one for one in mine if str(one["id"]) == parts[2]), None)
        if row is None:
            raise not_found()
        if row.get("suspended") is not None:
            raise suspended()
        return template, {"installation_id": parts[2]}, self._made(request.body, given)

    def _own(self) -> Mapping[str, Any]:
        selection = "all" if self.world.estate.installed is None else "selected"
        return {"id": INSTALLATION, "app_id": APP_ID, "app_slug": APP_SLUG, "repository_selection": selection}

    def _given(self) -> dict[str, str]:
        """Say what the app was given; where that is everything, what the routes can ask for."""
        given = self.gate.conduct.permissions
        if given is None:
            wanted = (route.permission.partition("=") for route in ROUTES if route.permission)
            given = {name: level for name, _, level in wanted}
        return {"metadata": "read", **given}

    def _made(self, body: Any, given: Mapping[str, str]) -> Answer:
        """Make a token for the installation; one with more than was given is none."""
        asked = body.get("permissions") if isinstance(body, dict) else None
        if asked is not None and any(name not in given for name in asked):
            raise ApiError(422, "The permissions requested are not granted to this installation.")
        seconds = self.gate.conduct.token_seconds
        ends = time.time() + seconds
        with self._lock:
            token = f"ghs_canary{len(self._tokens):030d}"
            self._tokens[token] = ends, asked
        moment = datetime.fromtimestamp(ends, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        selection = self._own()["repository_selection"]
        made = {"token": token, "expires_at": moment, "permissions": asked or dict(given)}
        return Answer(status=201, body={**made, "repository_selection": selection})

    def _paged(self, found: Any, request: Request) -> Answer:
        """Cut a listing into pages: https://docs.github.com/rest/using-the-rest-api/using-pagination-in-the-rest-api."""
        if not isinstance(found, Listing):
            return Answer(body=found)
        size = min(int(request.query.get("per_page", _PER_PAGE)), _MOST, self.gate.conduct.page or _MOST)
        number = int(request.query.get("page", 1))
        first = (number - 1) * size
        page = list(found.rows[first : first + size])
        answered = Answer(body={"total_count": len(found.rows), found.name: page} if found.name else page)
        if first + size < len(found.rows):
            query = urlencode({**request.query, "page": number + 1})
            address = f"{self.world.endpoint}{request.path}?{query}"
            answered.headers["Link"] = f'<{address}>; rel="next", <{address}>; rel="last"'
        return answered

    def _disturbed(self, answered: Answer, fault: Fault | None) -> Answer:
        """Leave an answer as a fault does."""
        if fault is None:
            return answered
        if fault.kind in ("truncated", "closed", "html"):
            answered.wire = fault.kind
        elif fault.kind == "odd_type":
            answered.body, answered.wire = _odd(answered.body), "odd"
        elif fault.kind == "elsewhere":
            return Answer(status=302, body={}, headers={"Location": "https://elsewhere.example/"}, wire="moved")
        elif fault.kind == "partial":
            answered.headers["X-GitHub-SSO"] = "partial-results; organizations=21955855"
        elif fault.kind == "link_elsewhere":
            answered.headers["Link"] = '<https://elsewhere.example/?page=2>; rel="next"'
        elif fault.kind == "repeated_link":
            answered.headers["Link"] = f'<{self.world.endpoint}{fault.path}?page=2>; rel="next"'
        return answered


def _odd(body: Any) -> Any:
    """Make every text a number: whoever reads it must not fall over."""
    if isinstance(body, dict):
        return {name: _odd(value) for name, value in body.items()}
    if isinstance(body, list):
        return [_odd(value) for value in body]
    return 7 if isinstance(body, str) else body
