"""Procedures as data: the rules an agreement follows, read from TOML files into frozen objects.

A procedure lists stages, edges, requirements, usual durations, labels and what happens at the end of a period.
The text of a file and its SHA-256 digest are kept with the agreements that follow it, so rules never change under
an agreement's feet.
"""

import tomllib
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path

from agreements.procedures.reading import read
from agreements.procedures.rules import BadProcedure, Lead, Procedure, Requirement, StageRule, TaskRule, TransitionRule

__all__ = [
    "BadProcedure",
    "Lead",
    "Procedure",
    "Requirement",
    "StageRule",
    "TaskRule",
    "TransitionRule",
    "from_text",
    "load",
    "parse",
]

FOLDER = Path(__file__).parent


def parse(text: str, file: str) -> Procedure:
    """Read and validate one procedure. Raises BadProcedure with file, key and remedy."""
    try:
        raw = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise BadProcedure(f"{file}: not a TOML file: {error}.") from error
    return read(raw, text, file)


@lru_cache(maxsize=256)
def from_text(text: str) -> Procedure:
    """Return the procedure of a stored text; the same text gives the same object."""
    return parse(text, "stored procedure")


@lru_cache(maxsize=8)
def load(extra: str = "") -> Mapping[str, Procedure]:
    """Read the procedures of Pacta and of the ministry's own folder, which may add or replace. Raises BadProcedure."""
    found: dict[str, Procedure] = {}
    folders = [FOLDER, *([Path(extra)] if extra else [])]
    for folder in folders:
        if not folder.is_dir():
            raise BadProcedure(f"PROCEDURES_DIR: {folder} is not a folder. Name a folder with TOML files.")
        for path in sorted(folder.glob("*.toml")):
            try:
                text = path.read_text(encoding="utf-8")
            except (OSError, UnicodeDecodeError) as error:
                raise BadProcedure(f"{path.name}: cannot be read: {error}. Save it as UTF-8.") from error
            procedure = parse(text, path.name)
            if procedure.code != path.stem:
                raise BadProcedure(
                    f"{path.name}: code: must be {path.stem!r}, the name of the file, not {procedure.code!r}."
                )
            found[procedure.code] = procedure
    return found
