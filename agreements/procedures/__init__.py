"""Procedures as data: the rules an agreement follows, read from TOML files into frozen objects.

A procedure lists stages, edges, requirements, usual durations, labels and what happens at the end of a period.
The text of a file and its SHA-256 digest are kept with the agreements that follow it, so rules never change under
an agreement's feet.
"""

from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path

from agreements.procedures.reading import read
from agreements.procedures.rules import BadProcedure, Lead, Procedure, Requirement, StageRule, TaskRule, TransitionRule
from agreements.tomlfiles import tables_of, texts_of

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
    return read(tables_of(text, file=file, error=BadProcedure), text, file)


@lru_cache(maxsize=256)
def from_text(text: str) -> Procedure:
    """Return the procedure of a stored text; the same text gives the same object."""
    return parse(text, "stored procedure")


@lru_cache(maxsize=8)
def load(extra: str = "") -> Mapping[str, Procedure]:
    """Read the procedures of Pacta and of the ministry's own folder, which may add or replace. Raises BadProcedure."""
    found: dict[str, Procedure] = {}
    for folder in (FOLDER, *([Path(extra)] if extra else [])):
        for path, text in texts_of(folder, setting="PROCEDURES_DIR", error=BadProcedure):
            procedure = parse(text, path.name)
            if procedure.code != path.stem:
                raise BadProcedure(
                    f"{path.name}: code: must be {path.stem!r}, the name of the file, not {procedure.code!r}."
                )
            found[procedure.code] = procedure
    return found
