"""Which request of the table a file of an import answers: its path below the folder is that of the request.

    get() { mkdir -p "$(dirname "$1")" && gh api --paginate "$1" > "$1.json"; }
    get orgs/northwind/repos; get repos/northwind/shop/environments

A name in a path that has a slash in it is written with `%2F`, as GitHub wants it in the request.
"""

import re
from collections.abc import Iterator
from functools import cache
from pathlib import PurePosixPath
from typing import Any
from urllib.parse import unquote

from nhi_scan.model.record import record
from nhi_scan.providers.github.calls import NAMED, OWNER, PERSON, PERSONS, REPOSITORIES, Row
from nhi_scan.providers.github.calls_organization import ORGANIZATION
from nhi_scan.providers.github.calls_repository import LISTING, REPOSITORY

OF_ORGANIZATION: tuple[Row, ...] = (OWNER, REPOSITORIES, *ORGANIZATION)
OF_REPOSITORY: tuple[Row, ...] = REPOSITORY
_ALL: tuple[Row, ...] = (*OF_ORGANIZATION, PERSON, PERSONS, NAMED, *OF_REPOSITORY)
_FIELD = re.compile(r"\\\{(\w+)\\\}")
_FILE = re.compile(r"repos/([^/]+)/([^/]+)/contents/(\.github/(?:workflows|actions)/.+\.ya?ml)")
_LISTED = re.compile(r"repos/([^/]+)/([^/]+)/contents/\.github/workflows")


@record
class Asked:
    """The request that a file answers."""

    row: Row
    owner: str
    repository: str  # its name; empty where the request is about an organization
    fields: tuple[tuple[str, Any], ...]  # what stands beside each record
    file: str = ""  # path of the workflow file that is answered

    @property
    def full_name(self) -> str:
        """`owner/name` of the repository; empty where the request is about an organization."""
        return f"{self.owner}/{self.repository}" if self.repository else ""


def asked(path: PurePosixPath) -> Asked | None:
    """Tell what a file answers by its path below the folder; None where that is no request that is known."""
    plain = str(path).removesuffix(".json").partition("?")[0].strip("/")
    found = _FILE.fullmatch(plain)
    if found:
        owner, name = unquote(found[1]), unquote(found[2])
        fields = (("full_name", f"{owner}/{name}"),)
        return Asked(row=LISTING, owner=owner, repository=name, fields=fields, file=unquote(found[3]))
    for row, pattern in _patterns():
        match = pattern.fullmatch(plain)
        if match is not None:
            return _taken(row, {name: unquote(text) for name, text in match.groupdict().items()})
    return None


def listing_of(path: PurePosixPath) -> tuple[str, str] | None:
    """Owner and name of the repository whose folder of workflow files a file lists; None where it lists none."""
    found = _LISTED.fullmatch(str(path).removesuffix(".json").partition("?")[0].strip("/"))
    return (unquote(found[1]), unquote(found[2])) if found else None


def _taken(row: Row, words: dict[str, str]) -> Asked:
    owner = words.get("org") or words.get("username") or words.get("owner", "")
    name = words.get("repo", "")
    of = row not in (OWNER, PERSON, REPOSITORIES, PERSONS, NAMED) and bool(name)
    return Asked(
        row=row,
        owner=owner,
        repository=name,
        fields=((("full_name", f"{owner}/{name}"),) if of else ()) + tuple(_beside(row, words)),
    )


def _beside(row: Row, words: dict[str, str]) -> Iterator[tuple[str, Any]]:
    """The fields of the record that it was asked for with, from the words of the path that came from them."""
    for field, source in row.beside.items():
        for word, text in words.items():
            if row.params.get(word) == f"$.{source}":
                yield field, int(text) if word.endswith("_id") and text.isdecimal() and len(text) < 18 else text


@cache
def _patterns() -> tuple[tuple[Row, re.Pattern[str]], ...]:
    return tuple((row, re.compile(_FIELD.sub(r"(?P<\1>[^/]+)", re.escape(row.operation.strip("/"))))) for row in _ALL)
