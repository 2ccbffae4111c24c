"""GetAccountAuthorizationDetails read four times as fast as the SDK reads it.

botocore walks every element of the answer along its model, then walks it again to decode policy documents: as long as
all of the analysis takes afterwards. Here one pass over the parsed XML gives the same records, with documents left as
JSON text. It hangs on botocore's `before-parse` event; whatever looks odd is left to botocore.
"""

from typing import Any
from urllib.parse import unquote
from xml.etree import ElementTree as ET

from nhi_scan.snapshot import codec

_EVENT = "before-parse.iam.GetAccountAuthorizationDetails"
_KEY = "nhi-scan:details"  # no member of the answer's model, so that botocore does not walk what lies beneath
_RESULT = "GetAccountAuthorizationDetailsResult"
_EMPTY = f"<Response><{_RESULT}/></Response>".encode()
# Nearly all of a document's escapes. None yields a per cent sign, so replacing them one after the other is exact.
_ESCAPES = tuple((f"%{ord(letter):02X}", letter) for letter in '"{}[]:, */\n$=@+?')
_DOCUMENT = "policyDocumentType"


def speed_up(client: Any) -> None:
    """Let an IAM client parse this one answer our way; any other client is left alone."""
    model = client.meta.service_model
    if model.service_name != "iam":
        return
    kinds: dict[str, str] = {}
    _collect_kinds(model.operation_model("GetAccountAuthorizationDetails").output_shape, kinds)

    def parse(response_dict: dict[str, Any], customized_response_dict: dict[str, Any], **_: Any) -> None:
        if response_dict["status_code"] != 200:
            return
        answer = parse_details(response_dict["body"], kinds)
        if answer is not None:
            response_dict["body"] = _EMPTY
            customized_response_dict[_KEY] = answer

    client.meta.events.register(_EVENT, parse)


def unfold(answer: dict[str, Any]) -> dict[str, Any]:
    """Put what `speed_up` parsed where botocore would have."""
    if _KEY in answer:
        answer.update(answer.pop(_KEY))
    return answer


def _collect_kinds(shape: Any, kinds: dict[str, str]) -> None:
    if shape.type_name == "list":
        _collect_kinds(shape.member, kinds)
    elif shape.type_name == "structure":
        for name, member in shape.members.items():
            kinds[name] = "document" if member.name == _DOCUMENT else member.type_name
            _collect_kinds(member, kinds)


def parse_details(body: bytes, kinds: dict[str, str]) -> dict[str, Any] | None:
    """Parse one page.

    Args:
        body: the XML of an answer.
        kinds: member name -> `list`, `structure`, `boolean`, `integer`, `document`, or another type that stays text.

    Returns:
        The page as botocore gives it, with documents as `codec.Raw` and times as text; None where it is no such page.
    """
    try:
        root = ET.fromstring(body)  # noqa: S314 - botocore parses the same bytes in the same way; expat bounds entities
        result = next((child for child in root if child.tag.endswith(_RESULT)), None)
        if result is None:
            return None
        names: dict[str, str] = {}
        value = _structure(result, kinds, names)
    except (ET.ParseError, ValueError, RecursionError):
        return None
    return value


def _structure(element: ET.Element, kinds: dict[str, str], names: dict[str, str]) -> dict[str, Any]:
    value: dict[str, Any] = {}
    for child in element:
        tag = child.tag
        name = names.get(tag)
        if name is None:
            name = names[tag] = tag.rpartition("}")[2]
        value[name] = _value(child, kinds.get(name), kinds, names)
    return value


def _value(element: ET.Element, kind: str | None, kinds: dict[str, str], names: dict[str, str]) -> Any:
    if kind == "document":
        return _document(element.text or "")
    if kind == "list":
        return [_structure(item, kinds, names) if len(item) else item.text or "" for item in element]
    if kind == "structure" or len(element):
        return _structure(element, kinds, names)
    text = element.text or ""
    if kind == "boolean":
        return text == "true"
    if kind == "integer":
        return int(text)
    return text


def _document(quoted: str) -> Any:
    """Unquote a policy document and keep its JSON as it is; what is no JSON stays the text it was."""
    text = quoted
    for escape, letter in _ESCAPES:
        text = text.replace(escape, letter)
    if "%" in text:
        text = unquote(quoted)
    try:
        return codec.Raw(codec.compact(text.encode()))
    except (codec.CodecError, UnicodeEncodeError):
        return quoted
