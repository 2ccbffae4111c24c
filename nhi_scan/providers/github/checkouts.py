"""Workflow files of a checkout: what can be read with no credentials at all.

What is read are `.github/workflows/*.yml` and the actions of the repository's own that workflows may use
(`action.yml`). Which repository it is says `.git/config`. Nothing outside the folder is read, whatever symbolic links
say, and nothing is run.
"""

import hashlib
import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from nhi_scan.model import github_ids
from nhi_scan.model.errors import UserError
from nhi_scan.model.record import record
from nhi_scan.providers.github.workflows.blank import blanked

LARGEST = 1_000_000
"""Bytes of a file; a larger one is no workflow: GitHub takes none above 512 KiB."""

_REMOTE = re.compile(r'\[\s*remote\s+"([^"\]]{1,200})"\s*\]')
_URL = re.compile(r"\s*url\s*=\s*(\S{1,1000})\s*")
_WEB = re.compile(r"(?:https?|ssh|git)://(?:[^/@\s]*@)?([^/\s]+)/([^/\s]+)/([^/\s]+?)(?:\.git)?/?")
_SCP = re.compile(r"(?:[^/@\s]+@)?([^/:@\s]+):/?([^/\s]+)/([^/\s]+?)(?:\.git)?/?")
_PORT = re.compile(r":\d{1,5}$")
_NO_OWNER = "local"
_SUFFIXES = (".yml", ".yaml")
_ACTION_NAMES = ("action.yml", "action.yaml")
_MOST = 2_000  # files of one checkout
_DEEPEST = 4  # folders below `.github/actions`


@record
class Checkout:
    """One checkout, as the snapshot keeps it."""

    scope_id: str  # of the organization: `github.com/northwind`
    full_name: str  # `owner/name` as the remote spells it; `local/FOLDER` where there is none
    files: tuple[dict[str, Any], ...]  # records of the kind `github-workflow-files`
    gaps: tuple[str, ...] = ()  # one sentence for each file that could not be read
    folder: str = ""  # where it lies

    @property
    def of(self) -> dict[str, Any]:
        """What stands beside each record."""
        return {"full_name": self.full_name}


def read_checkouts(
    folders: Sequence[str | Path], *, host: str = github_ids.HOST, owner: str = ""
) -> tuple[Checkout, ...]:
    """Read the workflow files of checkouts, in the order that they are given.

    Args:
        folders: each the top of a checkout, or its `.github/workflows`.
        host: of the web site, for a checkout that does not say where it is from.
        owner: whose it is, likewise; empty: nobody's.

    Raises:
        UserError: one is not a folder, or two are of the same repository.
    """
    found: dict[tuple[str, str], Checkout] = {}
    for folder in map(_top, map(Path, folders)):
        one = _read(folder, host, owner or _NO_OWNER)
        if found.setdefault((one.scope_id, one.full_name.lower()), one) is not one:
            raise UserError(f"`{folder}` is a second checkout of `{one.full_name}`")
    return tuple(found.values())


def _top(folder: Path) -> Path:
    """The top of the checkout whose folder of workflows was named; any other folder as it is."""
    whole = folder.absolute()
    return whole.parents[1] if whole.parts[-2:] == (".github", "workflows") else folder


def _read(folder: Path, host: str, owner: str) -> Checkout:
    if not folder.is_dir():
        raise UserError(f"`{folder}` is not a folder")
    host, owner, name = _remote(folder) or (host, owner, folder.resolve().name or "repository")
    files: list[dict[str, Any]] = []
    gaps: list[str] = []
    top = folder.resolve()
    try:
        paths = list(_paths(folder))
    except OSError as error:
        paths = []
        gaps.append(f"its folders cannot be listed: {(error.strerror or 'no reason told').lower()}")
    for number, path in enumerate(paths):
        if number >= _MOST:
            gaps.append(f"more than {_MOST} files: the others were not read")
            break
        shown = path.relative_to(folder).as_posix()
        text, gap = _text(path, top)
        if gap:
            gaps.append(f"`{shown}` {gap}")
        if text is not None:
            content = text.encode()
            header = f"blob {len(content)}\0".encode()
            sha = hashlib.sha1(header + content, usedforsecurity=False).hexdigest()  # what git calls it
            files.append({"path": shown, "sha": sha, "size": len(content), "text": blanked(text)})
    return Checkout(
        scope_id=github_ids.organization(host, owner),
        full_name=f"{owner}/{name}",
        files=tuple(files),
        gaps=tuple(gaps),
        folder=str(folder),
    )


def _paths(folder: Path) -> Iterator[Path]:
    workflows = folder / ".github" / "workflows"
    if workflows.is_dir():
        yield from sorted(path for path in workflows.iterdir() if path.suffix in _SUFFIXES)
    for name in _ACTION_NAMES:
        if (folder / name).is_file():
            yield folder / name
    actions = folder / ".github" / "actions"
    if actions.is_dir() and not actions.is_symlink():
        yield from _actions(actions, 0)


def _actions(folder: Path, depth: int) -> Iterator[Path]:
    for path in sorted(folder.iterdir()):
        if path.is_dir() and not path.is_symlink() and depth < _DEEPEST:
            yield from _actions(path, depth + 1)
        elif path.name in _ACTION_NAMES:
            yield path


def _text(path: Path, top: Path) -> tuple[str | None, str]:
    """The text of a file, or why it is not read."""
    try:
        inside = path.resolve(strict=True)
        if not inside.is_relative_to(top):
            return None, "is a link that leaves the folder"
        if not inside.is_file():
            return None, "is no file"
        with inside.open("rb") as file:
            content = file.read(LARGEST + 1)
    except (OSError, RuntimeError) as error:  # RuntimeError: links that lead to each other
        return None, f"cannot be read: {getattr(error, 'strerror', None) or 'links that lead to each other'}".lower()
    if len(content) > LARGEST:
        return None, f"is larger than {LARGEST} bytes"
    try:
        return content.decode("utf-8-sig"), ""
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        return None, f"is not UTF-8 in line {line}"


def _remote(folder: Path) -> tuple[str, str, str] | None:
    """Host, owner and name of the repository, of the remote `origin`, else of the first."""
    config = folder / ".git" / "config"
    text, _ = _text(config, folder.resolve()) if config.is_file() else (None, "")
    found: dict[str, tuple[str, str, str]] = {}
    section = ""
    for line in (text or "").splitlines():
        if line.lstrip().startswith("["):
            header = _REMOTE.fullmatch(line.strip())
            section = header[1] if header else ""
        elif section and (url := _URL.fullmatch(line)) and (place := place_of(url[1])):
            found.setdefault(section, place)
    return found.get("origin") or next(iter(found.values()), None)


def place_of(url: str) -> tuple[str, str, str] | None:
    """Take the address of a remote apart: host, owner and name; None where it is none of a site like GitHub."""
    match = _WEB.fullmatch(url) or (None if "://" in url else _SCP.fullmatch(url))
    if match is None:
        return None
    host = _PORT.sub("", match[1].lower()) if url.startswith("ssh") else match[1].lower()
    host = github_ids.HOST if host in ("ssh.github.com", "www.github.com") else host
    return github_ids.host_of(host), match[2], match[3]
