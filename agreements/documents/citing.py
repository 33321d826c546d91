"""Documents as evidence: recording that a document exists, by its citation."""

from typing import Any

from django.utils.translation import gettext_lazy as _

from agreements import registers
from agreements.choices import DocumentKind, EntryKind
from agreements.dates import FuzzyDate
from agreements.guards import Reason, Refused
from agreements.models import Agreement, Entry, User


def cite(agreement: Agreement, kind: str, *, on: FuzzyDate, by: User, evidence: str, **details: Any) -> Entry:
    """Record a document of a kind for the present text by its citation, such as "COM(2008) 92". Raises Refused."""
    if kind not in DocumentKind.values:
        raise Refused(unknown_kind(kind))
    if not evidence.strip():
        raise Refused(
            Reason("citation-missing", _("Cite the document: number, date, title."), asked="evidence", firm=True)
        )
    return registers.add(
        agreement, EntryKind.DOCUMENT, by=by, on=on, evidence=evidence, data={"document": kind}, **details
    )


def unknown_kind(kind: str) -> Reason:
    """Return the reason why a document of this kind cannot be recorded: there is none."""
    return Reason(
        "document-unknown",
        _("“%(value)s” is not known. Use one of: %(known)s."),
        {"value": kind, "known": ", ".join(DocumentKind.values)},
        asked="document",
        firm=True,
    )
