"""Hostile strings made harmless to look at: what a cloud calls a thing is written by whoever made the thing."""

import re

# C0 and C1 controls (terminal escapes begin with one), line separators, zero-width and bidirectional format
# characters (they reorder or hide what is shown: Unicode Technical Report 36, section 2), tag characters, lone
# surrogates, which no encoder takes, and what no XML may hold (XML 1.0, section 2.2).
_INVISIBLE = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u00ad\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff"
    "\ufff9-\ufffb\ufffe\uffff\ud800-\udfff\U000e0000-\U000e007f]"
)
_BLANKS = re.compile(r"\s+")
_SURROGATES = re.compile("[\ud800-\udfff]")


def visible(text: str) -> str:
    r"""Replace characters that are not seen, or that change how others are seen, by their escapes (`\x1b`, `\u202e`).

    Tab and line feed stay: each report decides about them.
    """
    return _INVISIBLE.sub(_escape, text)


def one_line(text: str, limit: int = 0) -> str:
    """Make text visible and fold every run of blanks into one space; cut to `limit` characters where that is given."""
    folded = _BLANKS.sub(" ", visible(text)).strip()
    return shorten(folded, limit) if limit else folded


def shorten(text: str, limit: int) -> str:
    """Cut text to at most `limit` characters, with an ellipsis where something was lost."""
    return text if len(text) <= limit else text[: max(limit - 1, 0)] + "…"


def encodable(text: str) -> str:
    """Replace lone surrogates, which UTF-8 cannot hold, by U+FFFD; keep everything else as it is."""
    return _SURROGATES.sub("\ufffd", text)


def _escape(match: re.Match[str]) -> str:
    point = ord(match.group())
    if point < 0x100:
        return f"\\x{point:02x}"
    return f"\\u{point:04x}" if point < 0x10000 else f"\\U{point:08x}"
