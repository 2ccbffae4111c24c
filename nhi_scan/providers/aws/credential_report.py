"""The credential report: the CSV table that IAM makes of all users of an account.

https://docs.aws.amazon.com/IAM/latest/UserGuide/id_credentials_getting-report.html
"""

import csv
import io
from collections.abc import Iterator

_NEEDED = ("user", "arn")


class ReportError(ValueError):
    """It is no credential report; the message says in which line."""


def read_credential_report(text: str) -> Iterator[dict[str, str]]:
    """Turn the table into records, one per row, with the header's names as keys.

    Raises:
        ReportError: a column is missing, a row is longer or shorter than the header, a user comes twice.
    """
    rows = csv.reader(io.StringIO(text, newline=""), strict=True)
    seen: set[str] = set()
    try:
        header = next(rows, [])
        missing = [name for name in _NEEDED if name not in header]
        if missing or len(set(header)) != len(header):
            raise ReportError("line 1: it is not the header of a credential report")
        for row in rows:
            if len(row) != len(header):
                raise ReportError(f"line {rows.line_num}: it has {len(row)} columns, the header {len(header)}")
            record = dict(zip(header, row, strict=True))
            if record["arn"] in seen:
                raise ReportError(f"line {rows.line_num}: `{record['arn']}` comes twice")
            seen.add(record["arn"])
            yield record
    except csv.Error as error:
        raise ReportError(f"line {rows.line_num}: {error}") from error
