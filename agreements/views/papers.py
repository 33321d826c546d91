"""Documents of which there is no file: those that are only cited, and those that the next step asks for."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from django.urls import reverse
from django.utils.http import urlencode

from agreements.choices import DocumentKind, EntryKind
from agreements.dates import FuzzyDate
from agreements.documents.shelf import Item
from agreements.models import Agreement
from agreements.timeline import Event


@dataclass(frozen=True)
class Paper:
    """A document without a file: its kind, the text that it belongs to; `missing` says that the next step asks for it.

    Of one that is cited `evidence` and `on` say where it is to be found; `address` keeps its file.
    """

    label: str
    text: int
    address: str
    missing: bool = False
    evidence: str = ""
    on: FuzzyDate | None = None


def papers(
    agreement: Agreement,
    events: Iterable[Event],
    kept: Iterable[Item],
    asked: Sequence[DocumentKind],
    *,
    by: date | None = None,
) -> list[Paper]:
    """Return what is missing, then what is only cited, the latest first; `by` leaves out what is of a later day."""
    there = {(item.row.text, item.row.kind) for item in kept if item.live}
    missing = [Paper(str(kind.label), agreement.text, _address(agreement, kind), missing=True) for kind in asked]
    cited = [
        Paper(event.label, event.text, _address(agreement, event.data["document"]), False, event.evidence, event.on)
        for event in events
        if event.kind == EntryKind.DOCUMENT
        and not event.voided
        and "file" not in event.data
        and (event.text, event.data["document"]) not in there
        and (by is None or event.on.possibly_by(by))
    ]
    return missing + cited


def _address(agreement: Agreement, kind: str) -> str:
    return f"{reverse('agreement-upload', args=[agreement.reference])}?{urlencode({'kind': str(kind)})}"
