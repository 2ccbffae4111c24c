"""From the text of an exported file to the records of each row of the call table that it answers."""

import base64
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from nhi_scan.providers import Call
from nhi_scan.providers.answers import search
from nhi_scan.providers.aws.credential_report import ReportError, read_credential_report
from nhi_scan.snapshot import codec
from nhi_scan.snapshot.export_text import ExportText

Record = codec.Raw | dict[str, Any]  # as it stands in the file where nothing has to be taken apart

_PLAIN = re.compile(r"\w+")
_LIST = re.compile(r"(\w+)\[")
_MORE = (
    "NextToken",
    "nextToken",
    "NextMarker",
    "Marker",
    "LastEvaluatedTableName",
    "ContinuationToken",
    "PaginationToken",
)
_ID_FIELDS = ("Arn", "arn", "ARN", "FunctionArn", "KeyArn", "TopicArn", "InstanceId", "repositoryArn", "Account")
# An answer that is one object has these beside it, and they are no part of the record.
_NOT_RECORD = frozenset({"ResponseMetadata", *_MORE, "IsTruncated"})


@dataclass(frozen=True, slots=True)
class Ids:
    """What a record may call itself; a native id is only compared, never interpreted."""

    Arn: str | None = None
    arn: str | None = None
    ARN: str | None = None
    FunctionArn: str | None = None
    KeyArn: str | None = None
    TopicArn: str | None = None
    InstanceId: str | None = None
    repositoryArn: str | None = None  # noqa: N815 - ECR's spelling
    Account: str | None = None

    @property
    def own(self) -> str | None:
        """The first that is there."""
        for name in _ID_FIELDS:
            if found := getattr(self, name):
                return str(found)
        return None


def first_byte(raw: codec.Raw) -> bytes:
    """Tell what kind of JSON value it is, without copying it."""
    return bytes(memoryview(raw)[:1])


@dataclass(frozen=True, slots=True)
class Page:
    """One answer in a file."""

    text: ExportText
    offset: int  # byte at which it starts
    members: Mapping[str, codec.Raw]

    def has_more(self) -> bool:
        """Tell whether the answer says that another page follows."""
        truncated = self.members.get("IsTruncated")
        if truncated is not None:
            return bytes(truncated) == b"true"
        return any(name in self.members and bytes(self.members[name]) not in (b"null", b'""') for name in _MORE)

    def records(self, call: Call) -> list[Record] | None:
        """Take the records of a row out of the page; None where the page has no such member.

        An answer of nothing at all has no records: some services leave an empty list out of their JSON.

        Raises:
            UserError: a member or a record is of another type than the API's.
        """
        if not self.members.keys() - _NOT_RECORD:
            return []
        if _PLAIN.fullmatch(call.result):
            return self._plain(call.result)
        listed = _LIST.match(call.result)
        if listed:
            raw = self.members.get(listed[1])
            if raw is None:
                return None
            self._expect_list(listed[1], raw)
        whole = {name: raw for name, raw in self.members.items() if name not in _NOT_RECORD}
        found = search(call.result, self.text.plain(whole))
        if found is None or found == {}:
            return None
        records = found if isinstance(found, list) else [found]
        if not all(isinstance(record, dict) for record in records):
            self.text.wrong(self.offset, f"this is not what `{call.operation}` answers")
        return records

    def _plain(self, name: str) -> list[Record] | None:
        raw = self.members.get(name)
        if raw is None:
            return None
        start = first_byte(raw)
        if start == b"n":  # null
            return []
        if start == b"{":
            return [raw]
        self._expect_list(name, raw)
        records = self.text.decode(raw, list[codec.Raw], self.offset, name)
        for number, record in enumerate(records):
            if first_byte(record) != b"{":
                self.text.wrong(self.text.find(name, self.offset), f"`{name}[{number}]` is not an object")
        return list(records)

    def _expect_list(self, name: str, raw: codec.Raw) -> None:
        if first_byte(raw) not in (b"[", b"n"):
            self.text.wrong(self.text.find(name, self.offset), f"`{name}` is not a list")

    def ids(self, call: Call, records: Iterable[Record]) -> list[str | None]:
        """What each record calls itself.

        Raises:
            UserError: an id is not a text.
        """
        if _PLAIN.fullmatch(call.result):
            raw = self.members.get(call.result)
            if raw is None:
                return []
            if first_byte(raw) == b"[":
                return [ids.own for ids in self.text.decode(raw, list[Ids], self.offset, call.result)]
            return [self.text.decode(raw, Ids, self.offset, call.result).own] if first_byte(raw) == b"{" else []
        return [_own(record) for record in records]


def _own(record: Record) -> str | None:
    value = as_dict(record)
    return next((value[name] for name in _ID_FIELDS if isinstance(value.get(name), str)), None)


def as_dict(record: Record) -> dict[str, Any]:
    """Decode a record that was left as JSON."""
    return record if isinstance(record, dict) else dict(codec.decode_any(bytes(record)))


def pages(text: ExportText) -> Iterator[Page]:
    """Split a file into its answers.

    Raises:
        UserError: it is no JSON.
    """
    for offset, members in text.documents():
        yield Page(text, offset, members)


def report_rows(text: ExportText) -> list[dict[str, str]]:
    """Read a credential report: CSV, or the answer of get-credential-report, which holds it in base64.

    Raises:
        UserError: it is neither.
    """
    table = text.data.decode()
    if text.path.suffix.lower() == ".json":
        contents = [page.members.get("Content") for page in pages(text)]
        if len(contents) != 1 or contents[0] is None:
            text.wrong(0, "it is not one answer of `get-credential-report`: there is no `Content`")
        content = text.decode(contents[0], str, 0, "Content")
        try:
            table = base64.b64decode(content, validate=True).decode()
        except ValueError:
            text.wrong(text.find("Content"), "`Content` is not a table in base64")
    try:
        return list(read_credential_report(table))
    except ReportError as error:
        text.refuse(str(error))
