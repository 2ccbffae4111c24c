"""Files of one export, of any content, given to a provider's import."""

import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from hypothesis import strategies as st

from nhi_scan.model.errors import UserError
from nhi_scan.snapshot.store import Snapshot, SnapshotWriter

Import = Callable[[Sequence[tuple[str, Path]], SnapshotWriter, Callable[[str], None]], None]


def json_values(words: Sequence[str], fields: Sequence[str], *, fields_at_most: int, leaves: int) -> Any:
    """Return a strategy for JSON of any shape that often says what a provider's answers say."""
    return st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=6) | st.sampled_from(words),
        lambda inner: (
            st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(fields), inner, max_size=fields_at_most)
        ),
        max_leaves=leaves,
    )


@contextmanager
def imported(import_native: Import, folder_name: str, name: str, content: bytes) -> Iterator[Snapshot | None]:
    """Import one file; None where it is refused. The only way out but success is the error made for the user."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, folder_name, name)
        path.parent.mkdir(parents=True)
        path.write_bytes(content)
        writer = SnapshotWriter.create(Path(folder, "snapshot"), datetime(2026, 1, 2, tzinfo=UTC), "test")
        try:
            import_native([("", Path(folder, folder_name))], writer, lambda _: None)
        except UserError as error:
            assert "\n" not in str(error)  # noqa: PT017 - the message is the subject
            yield None
            return
        yield writer.finish()
