"""The only door to the journal: `record` and `append` write it, `verify` proves it, the readers rebuild from it.

An entry's digest is SHA-256 over the canonical JSON (sorted keys, no spaces, UTF-8, no floats) of all its columns but
the digest itself; it names the digest before it in the chain of its subject. Free text stands beside the chain: the
entry carries only SHA-256 over salt and text, so a text can be redacted without breaking the chain.
"""

import hashlib
import json
import secrets
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from decimal import Decimal
from itertools import islice
from json.encoder import encode_basestring
from operator import attrgetter
from typing import Any, NamedTuple
from uuid import UUID

from django.conf import settings
from django.db import connection, connections, models, transaction
from django.db.models.expressions import RawSQL
from django.dispatch import Signal

from agreements import access, clock, keys
from agreements.busy import ReadOnly
from agreements.choices import Certainty, EntryKind, Origin, SubjectKind
from agreements.dates import FuzzyDate
from agreements.models import Entry, EntryText, EventPosition, User
from agreements.models import triggers as journal_triggers
from agreements.models.base import Journalled
from agreements.models.inserting import insert
from agreements.models.prepared import Prepared

#: The identifier of the request that is being answered; kept with every entry it writes.
request_id: ContextVar[str] = ContextVar("request_id", default="")
#: Sent when entries were committed, with how many there were of each kind (`kinds`); for those who count.
recorded = Signal()
_CHUNK = 400


@dataclass
class Draft:
    """What is to be written: one entry before it has its number, its time and its digests."""

    subject: Journalled
    kind: EntryKind
    by: User
    on: FuzzyDate
    position: int | None = None
    transition: str = ""
    from_stage: str = ""
    to_stage: str = ""
    certainty: str = Certainty.FIRM
    stated_elsewhere: FuzzyDate | None = None
    stated_by: str = ""
    origin: str = Origin.RECORDED
    place: str = ""
    legal_basis: str = ""
    evidence: str = ""
    source: str = ""
    out_of_procedure: bool = False
    voids: Entry | None = None
    data: Mapping[str, Any] = field(default_factory=dict)
    text: Mapping[str, Any] = field(default_factory=dict)
    #: Whose task it is about; else the responsible officer of the agreement is asked for who acts in his place.
    responsible: UUID | None = None
    #: The key of the entry to be: another one that is written with it may name it.
    key: UUID = field(default_factory=keys.fresh)


def record(subject: Journalled, kind: EntryKind, *, by: User, on: FuzzyDate, **columns: Any) -> Entry:
    """Append one entry to the chain of a subject whose row the caller has locked; the caller saves the subject."""
    return append([Draft(subject, kind, by, on, **columns)])[0]


def append(drafts: list[Draft]) -> list[Entry]:
    """Append entries to the chains of their subjects, whose rows the caller has locked, in the order given.

    Sets `version` and `changed_at` on the subjects; the caller saves them in the same transaction. Raises busy.ReadOnly
    where Pacta is told to write nothing.
    """
    made = prepare(drafts)
    write(made)
    return [entry_of(one) for one in made]


class Ready(NamedTuple):
    """An entry that is ready to be written: its columns, and the text that stands beside it."""

    draft: Draft
    columns: Mapping[str, Any]
    salt: str
    content: str


def prepare(drafts: list[Draft]) -> list[Ready]:
    """Make entries with their digests, and set `version` and `changed_at` on their subjects; nothing is written.

    For those who insert the subjects themselves before `write` is called, in the same transaction: the halves of
    `append`.
    """
    if settings.READ_ONLY:
        raise ReadOnly
    heads = _heads({draft.subject.pk: draft.subject.version for draft in drafts if draft.subject.version})
    made = []
    for draft in drafts:
        one = _ready(draft, heads.get(draft.subject.pk))
        head = _Head(one.columns["sequence"], one.columns["digest"], one.columns["recorded_at"])
        heads[draft.subject.pk] = head
        draft.subject.version, draft.subject.changed_at = head.sequence, head.recorded_at
        made.append(one)
    return made


def write(made: Sequence[Ready]) -> None:
    """Write entries that were prepared in this transaction."""
    if not made:
        return
    insert(Entry, list(made[0].columns), (one.columns.values() for one in made))
    insert(EntryText, ("entry_id", "salt", "content"), ((one.columns["id"], one.salt, one.content) for one in made))
    insert(EventPosition, ("entry_id", "position"), ((one.columns["id"], None) for one in made))
    kinds = Counter(str(one.draft.kind) for one in made)
    transaction.on_commit(lambda: recorded.send(Entry, kinds=kinds), robust=True)


def entry_of(one: Ready) -> Entry:
    """Return an entry as it was written, with its text."""
    entry = Entry(**one.columns)
    entry.actor, entry.voids = one.draft.by, one.draft.voids
    for row in (entry, EntryText(entry=entry, salt=one.salt, content=one.content)):
        row._state.adding, row._state.db = False, connection.alias
    return entry


class _Head(NamedTuple):
    sequence: int
    digest: str
    recorded_at: datetime


_COLUMNS_OF_HEAD = ("subject", "sequence", "digest", "recorded_at")
_LAST = Prepared(lambda key: Entry.objects.filter(subject=key).order_by("-sequence").values_list(*_COLUMNS_OF_HEAD)[:1])


#: Entries by their numbers; for pairs in a list, not joined crosswise, SQLite would look through all entries.
_NUMBERED = """WITH asked(subject, number) AS (VALUES {})
    SELECT entry.id FROM asked CROSS JOIN agreements_entry AS entry
    WHERE entry.subject = asked.subject AND entry.sequence = asked.number"""


def _heads(subjects: Mapping[UUID, int]) -> dict[UUID, _Head]:
    """Return the last entries of chains by their subjects, of which the number is known; each is looked up by it."""
    numbered = sorted(subjects.items()) if len(subjects) > 1 else []
    found: dict[UUID, _Head] = {}
    for start in range(0, len(numbered), _CHUNK):
        pairs = numbered[start : start + _CHUNK]
        values = ", ".join(["(%s::uuid, %s)" if connection.vendor == "postgresql" else "(%s, %s)"] * len(pairs))
        params = [one for key, number in pairs for one in (Entry._meta.pk.get_db_prep_value(key, connection), number)]
        last = Entry.objects.filter(pk__in=RawSQL(_NUMBERED.format(values), params)).order_by()  # noqa: S611 - marks
        found |= {subject: _Head(*head) for subject, *head in last.values_list(*_COLUMNS_OF_HEAD)}
    for key in subjects.keys() - found.keys():
        found |= {subject: _Head(*head) for subject, *head in _LAST(key)}
    return found


def _ready(draft: Draft, head: _Head | None) -> Ready:
    salt, content = secrets.token_hex(16), canonical(draft.text) if draft.text else ""
    now, absent = clock.now(), _in_place_of(draft)
    columns = {
        "id": draft.key,
        "subject_kind": draft.subject.SUBJECT,
        "subject": draft.subject.pk,
        "sequence": head.sequence + 1 if head else 1,
        "position": draft.position,
        "kind": draft.kind,
        "transition": draft.transition,
        "from_stage": draft.from_stage,
        "to_stage": draft.to_stage,
        "earliest": draft.on.earliest,
        "latest": draft.on.latest,
        "precision": draft.on.precision,
        "certainty": draft.certainty,
        "stated_elsewhere": draft.stated_elsewhere,
        "stated_by": draft.stated_by,
        # A clock that was set back must not put an entry before the one it follows.
        "recorded_at": max(now, head.recorded_at) if head else now,
        "origin": draft.origin,
        "actor_id": draft.by.pk,
        "actor_name": str(draft.by),
        "request_id": request_id.get(),
        "place": draft.place,
        "legal_basis": draft.legal_basis,
        "evidence": draft.evidence,
        "source": draft.source,
        "out_of_procedure": draft.out_of_procedure,
        "voids_id": draft.voids.pk if draft.voids else None,
        "data": canonical({**draft.data, **absent} if absent else draft.data),
        "text_digest": digest_of_text(salt, content),
        "previous": head.digest if head else "",
    }
    columns["digest"] = _digest([columns[name] for name in _DIGESTED])
    return Ready(draft, columns, salt, content)


def _in_place_of(draft: Draft) -> dict[str, Any]:
    """Return in whose place somebody acts under a delegation, as the data of an entry say it; nothing in his own."""
    if not draft.by.delegations:
        return {}
    agreement = getattr(draft.subject, "agreement", draft.subject)
    right = access.right_used(
        draft.subject.SUBJECT, draft.kind, origin=draft.origin, out_of_procedure=draft.out_of_procedure
    )
    absent = draft.by.acts_for(right, draft.responsible or getattr(agreement, "officer_id", None))
    return {"on_behalf_of": {"user": str(absent.pk), "name": str(absent)}} if absent else {}


# ---- digests ----
def canonical(value: Any) -> str:
    """Return the canonical JSON of a value. Raises TypeError for floats and other unstable values."""
    written = _WRITERS.get(type(value))
    if written is not None:
        return written(value)
    for kind, writer in _WRITERS.items():  # an enumeration is the text or the number that it stands for
        if isinstance(value, kind):
            return writer(value)
    if isinstance(value, float):
        raise TypeError("A float has no stable form: use a text or a Decimal.")
    raise TypeError(f"{type(value).__name__} has no canonical form")


def _object(value: Mapping[str, Any]) -> str:
    names = sorted(value)
    return _braced(map(encode_basestring, names), [value[name] for name in names])


def _braced(names: Iterable[str], values: Iterable[Any]) -> str:
    """Return an object of names, written already, and of values. Nearly all are texts: no call is spent on them."""
    written = [
        f"{name}:{encode_basestring(value) if isinstance(value, str) else canonical(value)}"
        for name, value in zip(names, values, strict=True)
    ]
    return f"{{{','.join(written)}}}"


def _array(value: Iterable[Any]) -> str:
    return f"[{','.join([canonical(item) for item in value])}]"


def _plain(value: Any) -> str:
    """Return a day, a moment, a key or a number as a text."""
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat(timespec="microseconds")
    return value.iso if isinstance(value, FuzzyDate) else str(value)


def _quoted(value: Any) -> str:
    return f'"{_plain(value)}"'


#: How values are written, by their types; of a type and its own kinds the narrower one stands first.
_WRITERS: dict[type, Callable[[Any], str]] = {
    str: encode_basestring,
    type(None): lambda _none: "null",
    bool: lambda value: "true" if value else "false",
    int: int.__repr__,
    dict: _object,
    list: _array,
    tuple: _array,
    UUID: _quoted,
    datetime: _quoted,
    date: _quoted,
    FuzzyDate: _quoted,
    Decimal: _quoted,
}


def digest_of_text(salt: str, content: str) -> str:
    """Return the digest that stands in the chain for a free text."""
    return hashlib.sha256(f"{salt}\n{content}".encode()).hexdigest()


def digest_of(entry: Entry) -> str:
    """Return the digest over all columns of an entry but the digest itself."""
    return _digest(_digested(entry))


def _digest(values: Iterable[Any]) -> str:
    return hashlib.sha256(_braced(_NAMES, values).encode()).hexdigest()


#: The columns that a digest is over, in the order in which it has them; their names as JSON writes them.
_DIGESTED = sorted(column.attname for column in Entry._meta.concrete_fields if column.attname != "digest")
_NAMES = [encode_basestring(name) for name in _DIGESTED]
_digested = attrgetter(*_DIGESTED)


# ---- proof ----
class Fault(NamedTuple):
    """The first entry of a chain that is not as it was written."""

    subject_kind: str
    subject: UUID | str
    sequence: int
    what: str


def verify() -> Iterator[Fault]:
    """Recompute every chain; yield the first fault of each, missing triggers, missing last entries."""
    for name in journal_triggers.missing(connection):
        yield Fault("journal", name, 0, "the trigger is missing")
    chain: _Chain | None = None
    heads: dict[UUID, int] = {}
    for stored in _stored():
        entry = stored.entry
        if chain is None or chain.subject != entry.subject:
            if chain and chain.fault:
                yield chain.fault
            chain = _Chain(entry.subject, entry.subject_kind)
        if not chain.fault:
            chain.add(stored)
        heads[entry.subject] = entry.sequence
    if chain and chain.fault:
        yield chain.fault
    for model in Journalled.__subclasses__():
        for pk, version in model._base_manager.order_by().values_list("pk", "version").iterator():
            if heads.pop(pk, 0) != version:
                yield Fault(model.SUBJECT, pk, version, "the last entries are missing or too many")
    for pk, sequence in heads.items():
        yield Fault("", pk, sequence, "the chain has no subject")


def fault_in(subject: Journalled) -> Fault | None:
    """Return the first fault of the chain of one subject, or that its last entries are missing; None if it is whole."""
    chain = _Chain(subject.pk, subject.SUBJECT)
    for stored in _stored(subject.pk):
        if not chain.fault:
            chain.add(stored)
    if chain.fault or chain.sequence == subject.version:
        return chain.fault
    return Fault(subject.SUBJECT, subject.pk, subject.version, "the last entries are missing or too many")


def fault_among(subject: Journalled, entries: Iterable[Entry], *, whole: bool = True) -> Fault | None:
    """Return the first fault of a chain of which the caller has read the entries, with their texts, in their order.

    It asks the database nothing: every digest is computed anew, but in which form a value is stored is left to
    `fault_in`. `whole`: they are all entries that there are, not those of a moment in the past.
    """
    read = list(entries)
    redactions = (entry for entry in read if entry.kind == EntryKind.REDACTION)
    chain = _Chain(subject.pk, subject.SUBJECT, redacted={data_of(entry)["redacts"] for entry in redactions})
    for entry in read:
        if not chain.fault:
            chain.add(_Stored(entry, entry.text.salt, entry.text.content, ""))
    if chain.fault or not whole or chain.sequence == subject.version:
        return chain.fault
    return Fault(subject.SUBJECT, subject.pk, subject.version, "the last entries are missing or too many")


class _Stored(NamedTuple):
    """An entry as the database holds it; `spoilt` says what is wrong with the way it is stored."""

    entry: Entry
    salt: str | None
    content: str | None
    spoilt: str


def differing() -> Iterator[Fault]:
    """Yield every record of which a column is not what its chain says; asked when all chains are whole."""
    for model in Journalled.__subclasses__():
        redacted = _redacted(model.SUBJECT)
        named = [name for name in model.RECORDED if model._meta.get_field(name).is_relation]
        every = model._base_manager.select_related(*named) if named else model._base_manager.all()
        rows = every.iterator(chunk_size=_CHUNK)
        while subjects := list(islice(rows, _CHUNK)):
            keys = model._base_manager.filter(pk__in=[subject.pk for subject in subjects])
            known, related = rebuild(model.SUBJECT, only=keys.values("pk")), model.related_records(subjects)
            for subject in subjects:
                data, text = snapshot(subject, related=related[subject.pk])
                for name, value in (data if subject.pk in redacted else data | text).items():
                    # A column that is younger than the chain is empty in it.
                    if (known[subject.pk].get(name) or None) != (value or None):
                        what = f"{name} is not what the journal says"
                        yield Fault(model.SUBJECT, subject.pk, subject.version, what)
                        break


def _redacted(kind: SubjectKind) -> set[UUID]:
    """Return the subjects of which a text was redacted: their free texts can no longer be compared."""
    rows = Entry.objects.filter(subject_kind=kind, kind=EntryKind.REDACTION)
    return set(rows.values_list("subject", flat=True))


@dataclass
class _Chain:
    subject: UUID
    kind: str
    sequence: int = 0
    digest: str = ""
    recorded_at: datetime | None = None
    fault: Fault | None = None
    #: The keys of entries of which a redaction is recorded, where the caller knows them all.
    redacted: Collection[str] | None = None

    def add(self, stored: _Stored) -> None:
        entry = stored.entry
        what = stored.spoilt or self._fault_of(stored)
        if what:
            self.fault = Fault(self.kind, self.subject, entry.sequence, what)
        self.sequence, self.digest, self.recorded_at = entry.sequence, entry.digest, entry.recorded_at

    def _fault_of(self, stored: _Stored) -> str:
        entry, salt, content, _spoilt = stored
        if entry.sequence != self.sequence + 1:
            return f"entry {self.sequence + 1} is missing"
        if entry.previous != self.digest:
            return "does not follow the entry before it"
        if entry.digest != digest_of(entry):
            return "the entry was changed"
        if self.recorded_at and entry.recorded_at < self.recorded_at:
            return "recorded before the entry it follows"
        if salt is None or content is None:
            return "the text is missing"
        if salt == "" and content == "":
            return "" if self._is_redacted(entry) else "the text was removed without a record"
        if entry.text_digest != digest_of_text(salt, content):
            return "the text was changed"
        return ""

    def _is_redacted(self, entry: Entry) -> bool:
        if self.redacted is not None:
            return str(entry.pk) in self.redacted
        redactions = Entry.objects.filter(kind=EntryKind.REDACTION, subject=self.subject)
        return redactions.filter(data__contains=f'"redacts":"{entry.pk}"').exists()


def _stored(only: UUID | None = None) -> Iterator[_Stored]:
    """Yield all entries by chain, or those of the chain of one subject, each with its text.

    A value can be stored in several ways: an UUID in capitals reads as the same UUID, "2024-q3" as "2024-Q3". So each
    stored value is compared with the one that Pacta would store.
    """
    database = connections[connection.alias]  # the connection itself; `connection` looks it up for every use
    columns = [_Column.of(field) for field in Entry._meta.concrete_fields]
    names = [column.sql for column in columns] + [_as_stored("kept.salt"), _as_stored("kept.content")]
    subject = Entry._meta.get_field("subject").get_db_prep_value(only, database) if only else None
    with connection.cursor() as cursor, _undecoded():
        cursor.execute(
            f"SELECT {', '.join(names)} FROM agreements_entry AS entry "  # noqa: S608 - names of our own columns
            "LEFT JOIN agreements_entrytext AS kept ON kept.entry_id = entry.id "
            f"{'WHERE entry.subject = %s ' if only else ''}ORDER BY entry.subject, entry.sequence",
            [subject] if only else None,
        )
        while rows := cursor.fetchmany(2000):
            for *row, salt, content in rows:
                entry, spoilt = _read(columns, row, database)
                yield _Stored(entry, salt, content, spoilt)


@contextmanager
def _undecoded() -> Iterator[None]:
    """Let SQLite's driver hand over a text with damaged letters as bytes: it would refuse the whole answer."""
    if connection.vendor != "sqlite":
        yield
        return
    driver = connection.connection
    driver.text_factory = _text_or_bytes
    try:
        yield
    finally:
        driver.text_factory = str


def _text_or_bytes(stored: bytes) -> str | bytes:
    try:
        return stored.decode()
    except UnicodeDecodeError:
        return stored


def _as_stored(name: str) -> str:
    # The plus makes an expression of the column, which SQLite's driver hands over as it is stored.
    return f"+{name}" if connection.vendor == "sqlite" else name


class _Column(NamedTuple):
    """A column of the journal: how it is asked for, and what makes the value of its field of what comes."""

    field: Any
    sql: str
    expression: Any
    converters: Sequence[Callable[[Any, Any, Any], Any]]
    as_text: bool = False

    @classmethod
    def of(cls, field: Any) -> "_Column":
        sql = _as_stored(f"entry.{connection.ops.quote_name(field.column)}")
        expression = field.get_col(Entry._meta.db_table)
        if connection.vendor == "postgresql" and isinstance(field, models.DateField):
            # PostgreSQL has days that Python has not, such as infinity, and its driver would refuse the whole answer.
            return cls(field, f"{sql}::text", expression, [lambda text, *_: field.to_python(text)], as_text=True)
        found = connection.ops.get_db_converters(expression) + field.get_db_converters(connection)
        return cls(field, sql, expression, found)


def _read(columns: Sequence[_Column], row: Sequence[Any], database: Any) -> tuple[Entry, str]:
    entry, spoilt, typed = Entry(), "", database.vendor != "sqlite"
    for column, stored in zip(columns, row, strict=True):
        value = stored
        try:
            for convert in column.converters:
                value = convert(value, column.expression, database)
            written = column.field.get_db_prep_save(value, database)
            same = column.as_text or (written == stored and (typed or isinstance(stored, _kind_of(written))))
        except Exception:  # whatever a converter makes of a value that no field has written
            same = False
        if not same:
            spoilt = spoilt or f"{column.field.name} is not stored as it was written"
        setattr(entry, column.field.attname, value)
    return entry, spoilt


def _kind_of(value: Any) -> type:
    """Return the type in which SQLite hands over a stored value: it has no truth values, only numbers."""
    return int if isinstance(value, bool) else type(value)


# ---- records: what the journal keeps of a subject's columns ----
def snapshot(subject: Journalled, *, related: Mapping[str, Any] | None = None) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return the recorded columns of a subject: those for the chain, and free texts for beside it.

    `related` is its `related_record` where the caller knows it; else the database is asked.
    """
    belonging = subject.related_record() if related is None else dict(related)
    data = {name: _value(getattr(subject, name)) for name in subject.RECORDED} | belonging
    return data, {name: getattr(subject, name) for name in subject.RECORDED_TEXT} | subject.related_text()


def _value(value: Any) -> Any:
    if isinstance(value, User):
        return str(value.pk)
    if isinstance(value, models.Model):
        return getattr(value, "digest", None) or getattr(value, "code", None) or str(value.pk)
    if isinstance(value, Decimal):
        return format(value.normalize(), "f")
    if isinstance(value, date | FuzzyDate | UUID):
        return _plain(value)
    return value


def changes(before: Mapping[str, Any], after: Mapping[str, Any]) -> dict[str, list[Any]]:
    """Return what differs, as {name: [before, after]}."""
    return {name: [before.get(name), after[name]] for name in after if before.get(name) != after[name]}


def rebuild(
    kind: SubjectKind, known_at: datetime | None = None, *, only: models.QuerySet[Any, Any] | None = None
) -> dict[UUID, dict[str, Any]]:
    """Return the recorded columns of every subject of a kind as they were known at a moment (now by default).

    `only` is a query for the keys of those that are asked for.
    """
    entries = Entry.objects.filter(subject_kind=kind, kind__in=(EntryKind.OPEN, EntryKind.EDIT))
    if only is not None:
        entries = entries.filter(subject__in=only)
    if known_at is not None:
        entries = entries.filter(recorded_at__lte=known_at)
    found: dict[UUID, dict[str, Any]] = {}
    for row in entries.order_by("subject", "sequence").values("subject", "kind", "data", "text__content"):
        take(found.setdefault(row["subject"], {}), row)
    return found


def take(columns: dict[str, Any], row: Mapping[str, Any]) -> None:
    """Bring recorded columns forward by one entry that opens or edits a record, given as a row of values."""
    data, text = json.loads(row["data"]), json.loads(row["text__content"] or "{}")
    if row["kind"] == EntryKind.OPEN:
        if not columns:  # an opening that replaces another begins no new record
            columns.update(data.get("record", {}) | text.get("record", {}))
    else:
        edits = data.get("changes", {}) | text.get("changes", {})
        columns.update({name: after for name, (_before, after) in edits.items()})


def data_of(entry: Entry) -> dict[str, Any]:
    """Return the data of an entry."""
    found: dict[str, Any] = json.loads(entry.data)
    return found


def text_of(entry: Entry) -> dict[str, Any]:
    """Return the free texts of an entry; none where they were redacted."""
    found: dict[str, Any] = json.loads(entry.text.content or "{}")
    return found
