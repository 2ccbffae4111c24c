"""Data inside an HTML page that no parser of HTML can mistake for markup."""

import base64
import gzip
import json
from typing import Any

# A page beyond this many bytes of data carries them compressed: a browser inflates faster than a mailbox accepts.
PLAIN_LIMIT = 2_000_000
# `</script>` and `<!--` are what ends or derails a script element (HTML Living Standard, 4.12.1.3); `&` is escaped so
# that the text means the same to an XML parser. All other dangerous characters are non-ASCII and escaped by json.
_MARKUP = {"<": "\\u003c", ">": "\\u003e", "&": "\\u0026"}


def island(data: Any, plain_limit: int = PLAIN_LIMIT) -> tuple[str, str]:
    """Encode `data` for `<script type="application/json" data-encoding=...>`.

    Returns:
        The encoding (`json`, or `gzip+base64` beyond `plain_limit` bytes) and the text, which is ASCII without any of
        `<`, `>` and `&`. Lone surrogates survive as JSON escapes.
    """
    text = json.dumps(data, ensure_ascii=True, separators=(",", ":"), check_circular=False)
    if len(text) > plain_limit:
        packed = gzip.compress(text.encode("ascii"), compresslevel=3, mtime=0)
        return "gzip+base64", base64.b64encode(packed).decode("ascii")
    for character, escape in _MARKUP.items():
        text = text.replace(character, escape)
    return "json", text
