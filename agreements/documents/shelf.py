"""The documents of an agreement as a reader may see them: by kind, with their versions, and language by language."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db.models import Exists, OuterRef

from agreements import iso639, journal
from agreements.choices import Authenticity, DocumentKind, EntryKind, Level
from agreements.dates import FuzzyDate
from agreements.models import Agreement, Document, DocumentVersion, Entry
from agreements.words import Worded


@dataclass(frozen=True)
class File:
    """A version of a document; `is_void` says that it was recorded by mistake."""

    row: DocumentVersion
    is_void: bool

    @property
    def authenticity(self) -> str:
        """Whether it is authentic, in words."""
        return str(Authenticity(self.row.authenticity).label)

    @property
    def digest(self) -> str:
        """The first letters of its SHA-256, enough to tell files apart by eye."""
        return self.row.sha256[:12]


@dataclass(frozen=True)
class Item:
    """A document with its versions, the latest first."""

    row: Document
    files: Sequence[File]

    @property
    def title(self) -> Worded:
        """The title, or the name of the kind."""
        return self.row.title

    @property
    def kind(self) -> str:
        """The kind in words, where the title does not say it already."""
        label = str(DocumentKind(self.row.kind).label)
        return "" if label == self.title.text else label

    @property
    def level(self) -> str:
        """The level in words, where it is not that of the agreement."""
        same = self.row.level == self.row.agreement.level
        return "" if same else str(Level(self.row.level).label)

    @property
    def live(self) -> list[File]:
        """The versions that were not recorded by mistake."""
        return [file for file in self.files if not file.is_void]

    def latest(self, language: str) -> File | None:
        """Return the latest version in a language."""
        return next((file for file in self.live if file.row.language == language), None)


def shelf(agreement: Agreement, user: Any, *, by: date | None = None, known_at: datetime | None = None) -> list[Item]:
    """Return the documents that the user may see, in the order of their kinds; one query, two where it looks back.

    `by` leaves out what is certainly of a later day, `known_at` what was recorded, or voided, later.
    """
    voids = Entry.objects.filter(voids=OuterRef("entry"))
    rows = DocumentVersion.objects.for_user(user).filter(document__agreement=agreement)
    if known_at is not None:
        voids, rows = voids.filter(recorded_at__lte=known_at), rows.filter(uploaded_at__lte=known_at)
    rows = rows.select_related("document__agreement").annotate(is_void=Exists(voids))
    found: dict[Any, tuple[Document, list[File]]] = {}
    for row in rows.order_by("document__created_at", "document", "-number"):
        if by is None or _possibly_by(row.dated, by):
            found.setdefault(row.document_id, (row.document, []))[1].append(File(row, row.is_void))
    if known_at is not None:
        _as_known(agreement, [document for document, _files in found.values()], known_at)
    kinds = list(DocumentKind)
    items = [Item(document, files) for document, files in found.values()]
    return sorted(items, key=lambda item: (-item.row.text, kinds.index(DocumentKind(item.row.kind))))


def _as_known(agreement: Agreement, documents: Iterable[Document], known_at: datetime) -> None:
    """Give documents the levels and titles that they had at a moment; a query where any was changed since it came."""
    marked = {str(document.pk): document for document in documents if document.markings}
    if not marked:
        return
    later = Entry.objects.of(agreement).filter(kind=EntryKind.MARKING, recorded_at__gt=known_at).select_related("text")
    for entry in later.order_by("-sequence"):
        if document := marked.get(journal.data_of(entry)["about"]):
            told = journal.data_of(entry)["changes"] | journal.text_of(entry).get("changes", {})
            for name, (before, _after) in told.items():
                setattr(document, name, before)


def _possibly_by(when: FuzzyDate | None, day: date) -> bool:
    return when is None or when.possibly_by(day)


# ---- language by language ----
@dataclass(frozen=True)
class Column:
    """A language of the table; `authentic` says that the agreement is authentic in it."""

    code: str
    authentic: bool

    @property
    def name(self) -> str:
        """The language in the reader's language."""
        return iso639.name(self.code)


@dataclass(frozen=True)
class Cell:
    """The version of a document in a language; `missing` says that there should be one."""

    column: Column
    file: File | None
    missing: bool


@dataclass(frozen=True)
class Concordance:
    """Which language versions there are: a row for each text, a column for each language."""

    columns: Sequence[Column]
    rows: Sequence[tuple[Item, Sequence[Cell]]]

    @property
    def missing(self) -> int:
        """How many versions in authentic languages are missing."""
        return sum(cell.missing for _item, cells in self.rows for cell in cells)


def concordance(agreement: Agreement, items: Iterable[Item], *, languages: Sequence[str] | None = None) -> Concordance:
    """Return the table of language versions: of the texts of the agreement, and of whatever else has several.

    `languages` are those in which it is authentic, as known at a moment; by default as stated now.
    """
    texts = DocumentKind.texts()
    shown = [
        item
        for item in items
        if item.live and (item.row.kind in texts or len({file.row.language for file in item.live}) > 1)
    ]
    authentic = agreement.languages if languages is None else languages
    others = sorted({file.row.language for item in shown for file in item.live} - set(authentic))
    columns = [*(Column(code, True) for code in authentic), *(Column(code, False) for code in others)]
    return Concordance(columns if shown else (), [(item, _cells(item, columns)) for item in shown])


def _cells(item: Item, columns: Iterable[Column]) -> list[Cell]:
    is_text = item.row.kind in DocumentKind.texts()
    cells = []
    for column in columns:
        file = item.latest(column.code)
        cells.append(Cell(column, file, missing=file is None and column.authentic and is_text))
    return cells
