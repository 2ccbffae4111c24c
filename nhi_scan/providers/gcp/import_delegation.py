"""The list of clients with domain-wide delegation, as a table of the Admin console or one that somebody made of it.

https://support.google.com/a/answer/162106 shows a name, a client id and the scopes of each client; how a file of it is
written no page says. So columns are known by their heads, and scopes may have commas, semicolons or spaces between.
"""

import csv
import re
from collections.abc import Mapping
from typing import Any

from nhi_scan.snapshot.export_text import ExportText
from nhi_scan.snapshot.values import text, texts

KIND = "workspace-domain-wide-delegation"
_BETWEEN = re.compile(r"[\s,;|]+")
_CLIENT, _SCOPES = "clientid", ("scopes", "oauthscopes", "scope", "oauthscope", "apiscopes")


def table(file: ExportText) -> list[dict[str, Any]] | None:
    """Read a table of clients; None for a file that is none.

    Raises:
        UserError: a row has no client id; the message says where.
    """
    rows = csv.reader(file.data.decode().splitlines(keepends=True))
    try:
        head = [re.sub(r"[^a-z]", "", name.lower()) for name in next(rows, [])]
        scopes = next((head.index(name) for name in _SCOPES if name in head), None)
        if _CLIENT not in head or scopes is None:
            return None
        client = head.index(_CLIENT)
        found = []
        for row in rows:
            if not any(word.strip() for word in row):
                continue
            number = row[client].strip() if len(row) > client else ""
            if not number:
                file.wrong(_start_of(file.data, rows.line_num), "this client has no id")
            found.append({"clientId": number, "scopes": _split(row[scopes] if len(row) > scopes else "")})
    except csv.Error:
        return None
    return found


def delegation(value: Mapping[str, Any]) -> dict[str, Any] | None:
    """Read one client of a JSON file; None for what is none."""
    number = text(value, "clientId") or text(value, "client_id")
    scopes = value.get("scopes", value.get("oauthScopes"))
    if not number or "/" in text(value, "name") or not isinstance(scopes, (list, str)):
        return None
    return {"clientId": number, "scopes": _split(scopes) if isinstance(scopes, str) else texts(scopes)}


def _split(scopes: str) -> list[str]:
    return sorted({word for word in _BETWEEN.split(scopes) if word})


def _start_of(data: bytes, line: int) -> int:
    """Where a line begins, counted from 1."""
    at = 0
    for _ in range(line - 1):
        at = data.find(b"\n", at) + 1
    return at
