"""Small steps from text to data, shared by the readers of an estate."""

import zlib
from collections.abc import Mapping
from importlib.resources import files
from typing import Any

import yaml


def read_part(estate: str, part: str) -> dict[str, Any]:
    """Read one file of an estate that comes with the program."""
    text = files("nhi_scan.demo").joinpath("estates", estate, f"{part}.yaml").read_text("utf-8")
    loaded: dict[str, Any] = yaml.safe_load(text)
    return loaded


def between(seed: str, low: int, high: int) -> int:
    """A number that looks random and is the same in every run."""
    return low + zlib.crc32(seed.encode()) % (high - low + 1)


def fill(value: Any, words: Mapping[str, str]) -> Any:
    """Put account numbers and names in place of `{account}` and the like, all the way down."""
    if isinstance(value, str):
        for word, replacement in words.items():
            value = value.replace(f"{{{word}}}", replacement)
        return value
    if isinstance(value, Mapping):
        return {key: fill(item, words) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [fill(item, words) for item in value]
    return value


def frozen(entry: Mapping[str, Any]) -> dict[str, Any]:
    """Turn the lists of a decoded entry into tuples, as the dataclasses have them."""
    return {key: tuple(value) if isinstance(value, list) else value for key, value in entry.items()}
