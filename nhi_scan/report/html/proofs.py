"""Evidence, each piece once: findings about the same identity, or along the same way, have most of theirs in common."""

from collections.abc import Mapping, Sequence
from typing import Any

from nhi_scan.model.finding import Evidence, Finding


class Proofs:
    """Numbers the evidence of some findings.

    Attributes:
        rows: the distinct pieces, `[kind, text]` or `[kind, text, reference]`, where the reference is an identity's
            number or an id. Sorted by reference: ids that begin alike pack well beside each other, and only there.
    """

    def __init__(self, findings: Sequence[Finding], pointers: Mapping[str, int]) -> None:
        """Number the evidence.

        Args:
            findings: whose.
            pointers: the numbers of the identities.
        """
        pieces = sorted({piece for one in findings for piece in one.evidence}, key=_order)
        self._numbers = {piece: number for number, piece in enumerate(pieces)}
        self.rows: list[list[Any]] = [
            [one.kind, one.text, pointers.get(one.ref, one.ref)] if one.ref else [one.kind, one.text] for one in pieces
        ]

    def numbers(self, finding: Finding) -> list[int]:
        """Return the numbers of a finding's evidence, in its order."""
        return [self._numbers[piece] for piece in finding.evidence]


def _order(piece: Evidence) -> tuple[str, str, str]:
    return piece.ref, piece.text, piece.kind
