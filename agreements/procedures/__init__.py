"""Procedures as data: the rules an agreement follows, read from TOML files into frozen objects.

A procedure lists stages, edges, requirements, usual durations, labels and what happens at the end of a period.
The text of a file and its SHA-256 digest are kept with the agreements that follow it, so rules never change under
an agreement's feet.
"""

from collections.abc import Iterator, Mapping
from functools import lru_cache
from pathlib import Path

from agreements.procedures.comparing import Comparison, StageChange, StepChange, TaskChange, compare
from agreements.procedures.reading import read
from agreements.procedures.rules import BadProcedure, Lead, Procedure, Requirement, StageRule, TaskRule, TransitionRule
from agreements.tomlfiles import tables_of, texts_of

__all__ = [
    "BadProcedure",
    "Comparison",
    "Lead",
    "Procedure",
    "Requirement",
    "StageChange",
    "StageRule",
    "StepChange",
    "TaskChange",
    "TaskRule",
    "TransitionRule",
    "compare",
    "faults",
    "from_text",
    "load",
    "parse",
    "place_of",
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
    for folder in _folders(extra):
        for path, text in texts_of(folder, setting="PROCEDURES_DIR", error=BadProcedure):
            procedure = _named(path, text)
            found[procedure.code] = procedure
    return found


def faults(extra: str = "") -> Iterator[str]:
    """Yield what `load` would refuse, the first complaint of every file rather than that of the first file alone."""
    for folder in _folders(extra):
        try:
            files = list(texts_of(folder, setting="PROCEDURES_DIR", error=BadProcedure))
        except BadProcedure as error:
            yield str(error)
            continue
        for path, text in files:
            try:
                _named(path, text)
            except BadProcedure as error:
                yield str(error)


def place_of(code: str, extra: str = "") -> Path:
    """Return the file that says what a procedure of `load` is: the ministry's own where there is one."""
    return next(path for folder in reversed(_folders(extra)) if (path := folder / f"{code}.toml").exists())


def _folders(extra: str) -> tuple[Path, ...]:
    return (FOLDER, Path(extra)) if extra else (FOLDER,)


def _named(path: Path, text: str) -> Procedure:
    """Read the procedure of a file, which is named after it. Raises BadProcedure."""
    procedure = parse(text, path.name)
    if procedure.code != path.stem:
        raise BadProcedure(f"{path.name}: code: must be {path.stem!r}, the name of the file, not {procedure.code!r}.")
    return procedure
