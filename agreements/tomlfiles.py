"""Files of rules: TOML files of Pacta and of a ministry's own folder, read with complaints that name file and key."""

import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from enum import Enum
from pathlib import Path
from typing import Any, TypeVar

from agreements.words import LANGUAGES, Texts

_KINDS = {
    str: "a text",
    bool: "true or false",
    int: "a whole number",
    dict: "a table",
    list: "a list",
    date: "a day such as 2025-01-31, without quotes",
}
_Choice = TypeVar("_Choice", bound=Enum)


def texts_of(folder: Path, *, setting: str, error: type[ValueError]) -> Iterator[tuple[Path, str]]:
    """Yield every TOML file of a folder with its text, by name; `setting` is where the folder is named."""
    if not folder.is_dir():
        raise error(f"{setting}: {folder} is not a folder. Name a folder with TOML files.")
    for path in sorted(folder.glob("*.toml")):
        try:
            yield path, path.read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError) as fault:
            raise error(f"{path.name}: cannot be read: {fault}. Save it as UTF-8.") from fault


def tables_of(text: str, *, file: str, error: type[ValueError]) -> Mapping[str, Any]:
    """Return the tables of a text in TOML."""
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as fault:
        raise error(f"{file}: not a TOML file: {fault}.") from fault


@dataclass(frozen=True)
class TableReader:
    """Reads the tables of one file; what is wrong is raised as `error` with the file, the key and the remedy."""

    file: str
    error: type[ValueError]

    def fail(self, key: str, remedy: str) -> ValueError:
        """Return the complaint about a key."""
        return self.error(f"{self.file}: {key}: {remedy}")

    def known(self, table: Mapping[str, Any], allowed: tuple[str, ...], key: str = "") -> None:
        """Refuse a key that a table does not have."""
        for name in table:
            if name not in allowed:
                raise self.fail(f"{key}{name}", f"is not a key here. Use one of: {', '.join(allowed)}.")

    def get(self, table: Mapping[str, Any], name: str, kind: type, key: str = "", *, default: Any = None) -> Any:
        """Return a value of this kind; one without a default must be there and not be empty."""
        if name not in table:
            if default is None:
                raise self.fail(f"{key}{name}", "is missing.")
            return default
        value = self.of_kind(table[name], kind, f"{key}{name}")
        empty = not value.strip() if isinstance(value, str) else kind is list and default is None and not value
        if empty:
            raise self.fail(f"{key}{name}", "is empty.")
        return value

    def of_kind(self, value: Any, kind: type, key: str) -> Any:
        """Return a value that must be of this kind: true is no number, a moment is no day."""
        other = (kind is int and isinstance(value, bool)) or (kind is date and isinstance(value, datetime))
        if other or not isinstance(value, kind):
            told = value.isoformat() if isinstance(value, date) else repr(value)
            raise self.fail(key, f"must be {_KINDS[kind]}, not {told}.")
        return value

    def one_of(self, value: Any, choices: type[_Choice], key: str) -> _Choice:
        """Return the member of an enumeration that a word names."""
        try:
            return choices(value)
        except ValueError:
            words = ", ".join(str(choice.value) for choice in choices)
            raise self.fail(key, f"{value!r} is not known. Use one of: {words}.") from None

    def texts(self, value: Any, key: str) -> Texts:
        """Return a text that must be there in every language."""
        if not isinstance(value, dict):
            raise self.fail(key, f"must be a table with the text in en, ru and kk, not {value!r}.")
        self.known(value, LANGUAGES, f"{key}.")
        for language in LANGUAGES:
            if not isinstance(value.get(language), str) or not value[language].strip():
                raise self.fail(f"{key}.{language}", "is missing. Give the text in en, ru and kk.")
        return dict(value)
