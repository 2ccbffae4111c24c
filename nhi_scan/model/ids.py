"""Stable identifiers: the same subject gets the same id in every run, on every machine."""

import hashlib
from collections.abc import Iterable

_UNIT_SEPARATOR = "\x1f"  # cannot be confused with any character of a part: parts containing it are escaped


def fingerprint(rule_id: str, subject_id: str, fields: Iterable[str] = ()) -> str:
    """Identify a finding across runs.

    Hashes the rule, the subject and the rule's declared identity fields, and nothing else: a new wording, severity
    or date must not make an old finding look new.

    Returns:
        32 lower-case hexadecimal digits (128 bits).
    """
    parts = [rule_id, subject_id, *fields]
    escaped = (part.replace("\\", "\\\\").replace(_UNIT_SEPARATOR, "\\x1f") for part in parts)
    return hashlib.sha256(_UNIT_SEPARATOR.join(escaped).encode("utf-8", "surrogatepass")).hexdigest()[:32]
