"""Seals: one digest over the last entries of all chains, taken out of the house and compared later.

The chains prove themselves against anybody who cannot recompute digests. Against somebody who owns the database, and
can cut off the end of a chain or write a whole new one, only what was kept elsewhere helps.

A seal is a text: a heading, then one line a chain, in the order of keys - kind, key, number and digest of its last
entry. Its digest is SHA-256 over these lines; noted on paper, it proves the file, and the file proves the journal.
"""

import hashlib
import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db.models import Exists, OuterRef
from django.utils.translation import gettext as _

from agreements.models import Entry

FORMAT = "pacta-seal-1"
_LINE = re.compile(r"(?P<kind>[a-z]+) (?P<key>[0-9a-f-]{36}) (?P<sequence>[1-9]\d{0,9}) (?P<digest>[0-9a-f]{64})")
_CHUNK = 400


class BadSeal(ValueError):
    """A text is no seal, or not as it was written."""


@dataclass(frozen=True)
class Head:
    """The last entry of a chain when the seal was made."""

    kind: str
    key: UUID
    sequence: int
    digest: str

    def __str__(self) -> str:
        return f"{self.kind} {self.key} {self.sequence} {self.digest}"


@dataclass(frozen=True)
class Seal:
    """What a journal was at a moment."""

    at: datetime
    heads: tuple[Head, ...]

    @property
    def entries(self) -> int:
        """How many entries all chains had together."""
        return sum(head.sequence for head in self.heads)

    @property
    def digest(self) -> str:
        """The digest over all last entries, 64 hexadecimal digits."""
        told = hashlib.sha256()
        for head in self.heads:
            told.update(f"{head}\n".encode())
        return told.hexdigest()

    def lines(self) -> Iterator[str]:
        """Yield the lines of its text."""
        heading = {
            "format": FORMAT,
            "at": self.at.isoformat(),
            "chains": len(self.heads),
            "entries": self.entries,
            "digest": self.digest,
        }
        yield json.dumps(heading)
        yield from map(str, self.heads)


def seal(at: datetime) -> Seal:
    """Return the seal of the journal as it is now; `at` is the moment to write upon it."""
    newer = Entry.objects.filter(subject=OuterRef("subject"), sequence__gt=OuterRef("sequence"))
    rows = Entry.objects.filter(~Exists(newer)).order_by("subject")
    heads = rows.values_list("subject_kind", "subject", "sequence", "digest")
    return Seal(at, tuple(sorted((Head(*row) for row in heads.iterator()), key=lambda head: str(head.key))))


def read(lines: Iterable[str]) -> Seal:
    """Read the text of a seal. Raises BadSeal where it is none, or was changed."""
    told = iter(lines)
    try:
        heading = json.loads(next(told, ""))
        at, digest = datetime.fromisoformat(heading["at"]), heading["digest"]
        known = heading["format"]
    except (ValueError, TypeError, KeyError) as error:
        raise BadSeal(_("This is not a seal of a journal: its first line cannot be read.")) from error
    if known != FORMAT:
        raise BadSeal(_("The seal has the form %(form)s, which this version does not read.") % {"form": known})
    heads = []
    for number, line in enumerate(told, 2):
        found = _LINE.fullmatch(line.rstrip("\n"))
        if not found:
            raise BadSeal(_("Line %(number)s of the seal cannot be read.") % {"number": number})
        heads.append(Head(found["kind"], UUID(found["key"]), int(found["sequence"]), found["digest"]))
    result = Seal(at, tuple(heads))
    if result.digest != digest:
        raise BadSeal(_("The seal was changed: its lines do not give the digest of its heading."))
    return result


def broken(known: Seal) -> Iterator[tuple[Head, str]]:
    """Yield the chains that no longer hold what was sealed, each with what is wrong; chains may have grown since."""
    for start in range(0, len(known.heads), _CHUNK):
        part = known.heads[start : start + _CHUNK]
        kept = {
            (subject, sequence): digest
            for subject, sequence, digest in Entry.objects.filter(
                subject__in=[head.key for head in part], sequence__in={head.sequence for head in part}
            ).values_list("subject", "sequence", "digest")
        }
        for head in part:
            stands = kept.get((head.key, head.sequence))
            if stands is None:
                yield head, f"entry {head.sequence}, which was sealed, is missing"
            elif stands != head.digest:
                yield head, f"entry {head.sequence} is not the one that was sealed"
