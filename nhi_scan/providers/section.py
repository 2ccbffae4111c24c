"""Reads a provider's section of the settings strictly: an unknown key or a value of another type is an error."""

from collections.abc import Mapping
from dataclasses import fields
from re import Pattern
from typing import TYPE_CHECKING, Any, TypeVar

from nhi_scan.model.errors import UserError

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

T = TypeVar("T", bound="DataclassInstance")


def read_section(provider: str, section: Mapping[str, Any], into: type[T]) -> T:
    """Fill in the settings of a provider; what the section leaves out has its default.

    Args:
        provider: key of the provider table.
        section: what stands under `providers.<provider>`.
        into: a dataclass whose every field has a default of the field's type: truth values, whole numbers from 1,
            texts, and tuples of texts, each of which is taken once.

    Raises:
        UserError: an unknown key, or a value of another type.
    """
    defaults = {field.name: field.default for field in fields(into)}
    values: dict[str, Any] = {}
    for key, value in section.items():
        if key not in defaults:
            known = ", ".join(sorted(defaults))
            raise UserError(f"`providers.{provider}`: unknown key `{key}` (known: {known})")
        values[key] = _typed(f"`providers.{provider}.{key}`", value, defaults[key])
    return into(**values)


def check_forms(provider: str, settings: "DataclassInstance", *forms: tuple[str, Pattern[str], str]) -> None:
    """Refuse texts of another form than theirs. Where nothing is said, nothing is wrong.

    Args:
        provider: key of the provider table.
        settings: of it.
        forms: a key, of a text or of texts; the form of each; and what one of another form is: `no id of a project`.

    Raises:
        UserError: one has another form.
    """
    for key, form, complaint in forms:
        value = getattr(settings, key)
        for text in (value,) if isinstance(value, str) else value:
            if text and not form.fullmatch(text):
                raise UserError(f"`providers.{provider}.{key}`: `{text[:80]}` is {complaint}")


def _typed(where: str, value: Any, default: Any) -> Any:
    if isinstance(default, bool):
        if not isinstance(value, bool):
            raise UserError(f"{where}: `{value}` is neither true nor false")
        return value
    if isinstance(default, int):
        if isinstance(value, bool) or not isinstance(value, int) or value < 1:
            raise UserError(f"{where}: `{value}` is no whole number from 1")
        return value
    if isinstance(default, str):
        if not isinstance(value, str):
            raise UserError(f"{where}: `{value}` is no text")
        return value
    texts = [value] if isinstance(value, str) else value
    if not isinstance(texts, list | tuple) or not all(isinstance(text, str) and text for text in texts):
        raise UserError(f"{where}: `{value}` is no list of texts")
    return tuple(dict.fromkeys(texts))
