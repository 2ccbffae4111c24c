"""`nhi-scan.yaml`: read strictly into `Settings`. Each provider reads its own section."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from nhi_scan.model.errors import UserError
from nhi_scan.ruleset.strict_yaml import load_mapping, read_text

_FAIL_ON = ("critical", "high", "medium", "low", "none")


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """What the configuration file says. The defaults are those of a run without one."""

    fail_on: str | None = None
    fail_on_new: bool | None = None
    require_complete: bool | None = None
    baseline: str | None = None
    waivers: str | None = None
    waiver_max_days: int = 365  # longest time between a waiver's approval and its expiry
    rule_folders: tuple[str, ...] = ()
    rules: Mapping[str, Mapping[str, Any] | bool] = field(default_factory=dict)  # id -> parameters, or False for off
    owner_tags: tuple[str, ...] = ()  # tag keys that name an owner, best first; empty: the built-in list
    people: frozenset[str] | None = None  # everyone who is here; an owner not among them is gone
    providers: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)  # provider -> its own section, unread
    source: str = ""

    def command_defaults(self) -> dict[str, Any]:
        """Return the defaults of the commands' options, by parameter name."""
        stated = {
            "fail_on": self.fail_on,
            "fail_on_new": self.fail_on_new,
            "require_complete": self.require_complete,
            "baseline": self.baseline,
            "waivers": self.waivers,
            "rule_folders": list(self.rule_folders) or None,
        }
        return {name: value for name, value in stated.items() if value is not None}

    def section(self, provider: str, files: Sequence[str] = ()) -> dict[str, Any]:
        """Return what a provider is told.

        Args:
            provider: key of the provider table.
            files: keys of its section that name files; those lie relative to the configuration, as all that it names.
        """
        told = dict(self.providers.get(provider, {}))
        if self.source:
            for key in files:
                value = told.get(key)
                if isinstance(value, list):
                    told[key] = [_beside(Path(self.source), one) if isinstance(one, str) else one for one in value]
                elif isinstance(value, str) and value:
                    told[key] = _beside(Path(self.source), value)
        return told

    def with_provider_options(self, providers: Sequence[str], options: Mapping[str, Any]) -> "Settings":
        """Lay a command line's options over each provider's section. One that was not given changes nothing."""
        given = {
            name: list(value) if isinstance(value, tuple) else value
            for name, value in options.items()
            if value is not None and value != ()
        }
        sections = {name: {**self.providers.get(name, {}), **given} for name in providers}
        return replace(self, providers={**self.providers, **sections})


def load(path: Path) -> Settings:
    """Read a configuration file.

    Raises:
        UserError: no such file, no YAML, an unknown key, a value of the wrong type; the sentence names file and key.
    """
    content = load_mapping(path)
    reader = _Reader(str(path), content)
    people_file = reader.text("people_file")
    settings = Settings(
        fail_on=reader.choice("fail_on", _FAIL_ON),
        fail_on_new=reader.flag("fail_on_new"),
        require_complete=reader.flag("require_complete"),
        baseline=_beside(path, reader.text("baseline")),
        waivers=_beside(path, reader.text("waivers")),
        waiver_max_days=reader.days("waiver_max_days", 365),
        rule_folders=tuple(str(path.parent / folder) for folder in reader.texts("rule_folders")),
        rules=reader.rules("rules"),
        owner_tags=reader.texts("owner_tags"),
        people=_people(path, people_file) if people_file else None,
        providers=reader.sections("providers"),
        source=str(path),
    )
    reader.refuse_the_rest()
    return settings


def _beside(config: Path, name: str | None) -> str | None:
    """What a configuration names lies relative to it, wherever the program is run; an address (`s3://`) stays one."""
    return name if name is None or "://" in name else str(config.parent / Path(name).expanduser())


def _people(config: Path, name: str) -> frozenset[str]:
    """Read one name or address a line, `#` starts a comment."""
    try:
        text = read_text(config.parent / name)
    except UserError as error:
        raise UserError(f"{config}: `people_file`: {error}") from error
    return frozenset(name.lower() for line in text.splitlines() if (name := line.split("#", 1)[0].strip()))


class _Reader:
    """Takes keys out of a mapping, checking types, and refuses what is left over."""

    def __init__(self, source: str, content: Mapping[str, Any]) -> None:
        self._source = source
        self._left = dict(content)
        self._known: list[str] = []

    def text(self, key: str) -> str | None:
        value = self._take(key)
        return None if value is None else self._expect(key, value, str, "a text")

    def flag(self, key: str) -> bool | None:
        value = self._take(key)
        return None if value is None else self._expect(key, value, bool, "true or false")

    def choice(self, key: str, allowed: Sequence[str]) -> str | None:
        value = self.text(key)
        if value is not None and value not in allowed:
            raise UserError(f"{self._source}: `{key}`: `{value}` is none of {', '.join(allowed)}")
        return value

    def days(self, key: str, default: int) -> int:
        value = self._take(key)
        if value is None:
            return default
        if isinstance(value, bool) or not isinstance(value, int) or value < 1:
            raise UserError(f"{self._source}: `{key}`: `{value}` is no number of days from 1")
        return value

    def texts(self, key: str) -> tuple[str, ...]:
        value = self._take(key)
        if value is None:
            return ()
        entries = [value] if isinstance(value, str) else self._expect(key, value, list, "a list of texts")
        return tuple(self._expect(f"{key}[{i}]", entry, str, "a text") for i, entry in enumerate(entries))

    def sections(self, key: str) -> dict[str, Mapping[str, Any]]:
        value = self._expect(key, self._take(key) or {}, dict, "a mapping")
        return {
            name: self._expect(f"{key}.{name}", section or {}, dict, "a mapping") for name, section in value.items()
        }

    def rules(self, key: str) -> dict[str, Mapping[str, Any] | bool]:
        value = self._expect(key, self._take(key) or {}, dict, "a mapping")
        chosen: dict[str, Mapping[str, Any] | bool] = {}
        for rule_id, setting in value.items():
            # YAML reads a bare `off` as false.
            if not isinstance(setting, dict | bool):
                raise UserError(
                    f"{self._source}: `{key}.{rule_id}`: expected parameters, `on` or `off`, not `{setting}`"
                )
            chosen[str(rule_id)] = setting
        return chosen

    def refuse_the_rest(self) -> None:
        """Raise for the first key that nothing asked for."""
        if self._left:
            word = next(iter(self._left))
            raise UserError(f"{self._source}: unknown key `{word}` (known: {', '.join(sorted(self._known))})")

    def _take(self, key: str) -> Any:
        self._known.append(key)
        return self._left.pop(key, None)

    def _expect(self, key: str, value: Any, type_: type, what: str) -> Any:
        if not isinstance(value, type_):
            raise UserError(f"{self._source}: `{key}`: expected {what}, not `{value}`")
        return value
