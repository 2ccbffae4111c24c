"""Lists of cells become pandas arrays with nulls of their own, never NaN and never objects."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
from pandas.api.extensions import ExtensionArray

from nhi_scan.facts.registry import Column, Kind

_TEXT = pd.StringDtype("pyarrow")
_MOMENT = pa.timestamp("us", tz="UTC")


def to_array(kind: Kind, cells: Column) -> ExtensionArray:
    """Build the array of one fact; None becomes `<NA>`.

    boolean and integer are numpy values with a mask (pandas' operators on them
    follow Kleene logic); text and moment lie in Arrow.
    """
    if kind == "text":
        return _texts(cells)
    if kind == "moment":
        return pd.arrays.ArrowExtensionArray(pa.array(cells, type=_MOMENT))
    mask = np.fromiter((cell is None for cell in cells), dtype=np.bool_, count=len(cells))
    filled: list[Any] = [0 if cell is None else cell for cell in cells]
    if kind == "boolean":
        return pd.arrays.BooleanArray(np.array(filled, dtype=np.bool_), mask)
    return pd.arrays.IntegerArray(np.array(filled, dtype=np.int64), mask)


def _texts(cells: Column) -> ExtensionArray:
    try:
        values = pa.array(cells, type=pa.string())
    except UnicodeEncodeError:  # a lone surrogate: legal in JSON, not in UTF-8
        values = pa.array([_encodable(cell) for cell in cells], type=pa.string())
    texts: ExtensionArray = pd.array(values, dtype=_TEXT)
    return texts


def _encodable(cell: object) -> object:
    return cell.encode("utf-8", "replace").decode("utf-8") if isinstance(cell, str) else cell


def days(moments: ExtensionArray) -> list[str | None]:
    """Write moments as days in UTC, `2026-11-22`; None where there is none."""
    dates = pa.array(moments).cast(pa.date32())
    return [None if day is None else day.isoformat() for day in dates.to_pylist()]


def take(array: ExtensionArray, positions: Sequence[int]) -> ExtensionArray:
    """Pick cells by position; -1 yields `<NA>`: there is no such row."""
    return array.take(np.asarray(positions, dtype=np.intp), allow_fill=True)
