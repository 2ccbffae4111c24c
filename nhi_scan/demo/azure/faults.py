"""What a fault does to an answer that was worked out."""

from typing import Any

from nhi_scan.demo.azure.exchange import Answer
from nhi_scan.demo.azure.gate import Fault

TRUNCATED = "x-demo-truncated"
CLOSED = "x-demo-closed"


def disturb(answer: Answer, fault: Fault | None) -> Answer:
    """Return an answer as a fault leaves it; what happens on the wire is noted in its headers for whoever writes it."""
    if fault is None:
        return answer
    if fault.kind == "odd_type":
        answer.body = _odd(answer.body)
    elif fault.kind == "truncated":
        answer.headers[TRUNCATED] = "1"
    elif fault.kind == "closed":
        answer.headers[CLOSED] = "1"
    return answer


def _odd(body: Any) -> Any:
    """Make every string of the rows a number: whoever reads them must not fall over."""
    rows = body.get("value", body.get("data")) if isinstance(body, dict) else None
    if not isinstance(rows, list):
        return body
    key = "value" if "value" in body else "data"
    odd = [
        {name: 7 if isinstance(value, str) and name != "id" else value for name, value in row.items()} for row in rows
    ]
    return {**body, key: odd}
