"""Writing records: what is not a step. Every change of a subject's columns becomes one entry of its chain."""

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from datetime import date
from functools import cache
from typing import Any, TypeVar
from uuid import UUID

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import prefetch_related_objects
from django.utils.translation import gettext_lazy as _

from agreements import access, clock, journal, upkeep
from agreements.choices import EntryKind, Group, Origin, SubjectKind
from agreements.dates import FuzzyDate
from agreements.guards import Reason, Refused
from agreements.models import Agreement, Entry, Indicator, UndisclosedParticipant, User
from agreements.models.base import Journalled
from agreements.words import Texts, unfit

_Subject = TypeVar("_Subject", bound=Journalled)
_RIGHT = {
    SubjectKind.AGREEMENT: "edit",
    SubjectKind.MEETING: "edit",
    SubjectKind.COMMITMENT: "edit",
    SubjectKind.UNDISCLOSED: "edit",
    SubjectKind.PARTY: "reference_data",
    SubjectKind.INDICATOR: "reference_data",
}
NOT_PERMITTED = Reason("not-permitted", _("You do not have the right to do this."), firm=True)
VOID_RECORD = Reason("record-void", _("This record was opened by mistake and is closed."), firm=True)
PARTICIPANTS_FIXED = Reason(
    "participants-fixed",
    _("The participants of a signed agreement change by their acts: record an accession or a withdrawal."),
    firm=True,
)
REASON_MISSING = Reason("reason-missing", _("Give a reason."), asked="reason")
#: Entries beside the line of steps from which something follows that is kept.
_FOLLOWED = (EntryKind.ACTION, EntryKind.DOCUMENT, EntryKind.CLEARANCE)
#: The longest free text of an entry, in characters.
TEXT_LENGTH = 4000


def may_edit(user: User, subject: Journalled | type[Journalled]) -> bool:
    """Whether the user may change this record, or records of this kind."""
    return access.may(user, _RIGHT[subject.SUBJECT]) and (isinstance(subject, type) or sees(user, subject))


def sees(user: User, subject: Journalled) -> bool:
    """Whether the user may see a record: by its level, or where it is of an agreement that a share shows to him."""
    if isinstance(subject, UndisclosedParticipant):
        return access.sees(user, subject.level) and access.sees(user, subject.agreement.level)
    agreement = subject if isinstance(subject, Agreement) else getattr(subject, "agreement", None)
    if agreement is not None:
        return access.sees_agreement(user, agreement)
    level = getattr(subject, "level", None)
    return level is None or access.sees(user, level)


class Edit:
    """A change of one record in the making: `begin` locks the row and remembers it, `finish` writes the entry.

    For surfaces that save in several calls, such as the admin; others use `editing`. The caller holds a transaction.
    `reason` stands with the entry as its free text.
    """

    def __init__(self, subject: Journalled, *, by: User, reason: str = "") -> None:
        self.subject, self.by, self.reason = subject, by, reason
        kept = type(subject)._base_manager.select_for_update(of=("self",)).get(pk=subject.pk)
        if not may_edit(by, kept):
            raise Refused(NOT_PERMITTED)
        if getattr(kept, "is_void", False):
            raise Refused(VOID_RECORD)
        subject.version, subject.changed_at = kept.version, kept.changed_at
        if isinstance(kept, Agreement):
            # Read before the lock, these may be out of date; nothing but a step moves them.
            subject.__dict__ |= {name: kept.__dict__[name] for name in Agreement.MOVED}
        if isinstance(subject, Agreement) and isinstance(kept, Agreement):
            # Likewise: acts of their own move these, and a stale one would be taken for a change.
            subject.procedure_version_id, subject.legal_hold = kept.procedure_version_id, kept.legal_hold
        self.before = journal.snapshot(kept)
        self.fixed = isinstance(kept, Agreement) and kept.group != Group.PREPARING

    def finish(self) -> bool:
        """Append the entry and save; return whether anything changed. Raises Refused."""
        data, text = (
            journal.changes(before, after)
            for before, after in zip(self.before, journal.snapshot(self.subject), strict=True)
        )
        if not data and not text:
            return False
        if self.fixed and "participants" in data:
            raise Refused(PARTICIPANTS_FIXED)
        if not may_edit(self.by, self.subject):
            raise Refused(NOT_PERMITTED)
        journal.record(
            self.subject,
            EntryKind.EDIT,
            by=self.by,
            on=FuzzyDate.of_day(clock.today()),
            data={"changes": data},
            text=({"changes": text} if text else {}) | ({"reason": self.reason} if self.reason else {}),
        )
        # Only what an edit may change: the stage on an object that was read before the lock may be out of date.
        recorded = (*self.subject.RECORDED, *self.subject.RECORDED_TEXT)
        self.subject.save(update_fields=(*recorded, "version", "changed_at"))
        if isinstance(self.subject, Agreement):
            upkeep.refresh([self.subject])
        return True


@contextmanager
def editing(subject: _Subject, *, by: User, reason: str = "") -> Iterator[_Subject]:
    """Change a record inside the block; what changed is journalled and saved when it ends, with a reason if given.

    Raises Refused without the right to do so, ValidationError for values that the record cannot hold.
    """
    with transaction.atomic():
        fresh = type(subject)._base_manager.select_for_update(of=("self",)).get(pk=subject.pk)
        edit = Edit(fresh, by=by, reason=reason)
        yield fresh
        validate(fresh)
        edit.finish()


def strike(indicator: Indicator, *, by: User, reason: str) -> Indicator:
    """Say of a figure that it was recorded by mistake: it stays with its chain and counts nowhere. Raises Refused."""
    if not reason.strip():
        raise Refused(REASON_MISSING)
    if reasons := spelling({"reason": reason}):
        raise Refused(*reasons)
    with editing(indicator, by=by, reason=reason) as fresh:
        fresh.is_void = True
    return fresh


def edit_objections(subject: Journalled, *, by: User) -> list[Reason]:
    """Return what stands against changing a record."""
    if not may_edit(by, subject):
        return [NOT_PERMITTED]
    return [VOID_RECORD] if getattr(subject, "is_void", False) else []


def edit_each(subjects: Iterable[_Subject], *, by: User, **columns: Any) -> list[tuple[_Subject, list[Reason]]]:
    """Set columns of many records, each by itself; the answer says for each why it could not be."""
    found: list[tuple[_Subject, list[Reason]]] = []
    with transaction.atomic(), upkeep.at_the_end():
        for subject in subjects:
            reasons: list[Reason] = []
            try:
                with editing(subject, by=by) as fresh:
                    for name, value in columns.items():
                        setattr(fresh, name, value)
            except Refused as refusal:
                reasons = list(refusal.reasons)
            except ValidationError as error:
                reasons = [Reason("invalid", message, firm=True) for message in error.messages]
            found.append((subject, reasons))
    return found


def validate(subject: Journalled) -> None:
    """Validate columns and constraints; the protected stage is not the business of an edit. Raises ValidationError.

    What must be unique is among the constraints, but for keys, which nobody gives.
    """
    subject.full_clean(exclude={"stage"}, validate_unique=False)


def created(subject: Journalled, *, by: User, origin: str = Origin.RECORDED, source: str = "") -> None:
    """Write the first entry of the chain of a party, meeting or indicator that was just inserted with its relations."""
    if not may_edit(by, subject):
        raise Refused(NOT_PERMITTED)
    data, text = journal.snapshot(subject)
    journal.record(
        subject,
        EntryKind.OPEN,
        by=by,
        on=FuzzyDate.of_day(clock.today()),
        origin=origin,
        source=source,
        data={"record": data},
        text={"record": text} if text else {},
    )
    subject.save()


def create(subject: _Subject, *, by: User, origin: str = Origin.RECORDED, source: str = "") -> _Subject:
    """Insert a party, meeting or indicator that has no relations yet, and open its chain."""
    with transaction.atomic():
        insert(subject)
        created(subject, by=by, origin=origin, source=source)
    return subject


def insert(subject: Journalled) -> None:
    """Insert the row of a subject whose chain is opened next in the same transaction. Raises ValidationError."""
    subject.changed_at = clock.now()
    validate(subject)
    subject.save(force_insert=True)


# ---- what is recorded beside the steps of an agreement ----
@cache
def _longest(name: str) -> int | None:
    """Return how long a text of an entry may be; None where its column does not say."""
    if name in ("what", "reason", "scope", "remark"):
        return TEXT_LENGTH
    return getattr(Entry._meta.get_field(name), "max_length", None)


def spelling(columns: Mapping[str, object], *, lines: bool = True) -> list[Reason]:
    """Return a reason for every text that the journal cannot hold; without `lines` they stand in one line each."""
    reasons = []
    texts = [
        (name, text)
        for name, value in columns.items()
        for text in (value.values() if isinstance(value, Mapping) else [value])
        if isinstance(text, str)
    ]
    for name, value in texts:
        longest = _longest(name)
        if longest and len(value) > longest:
            reasons.append(
                Reason(
                    "too-long",
                    _("The text of “%(field)s” is longer than %(longest)s characters."),
                    {"field": name, "longest": longest},
                    asked=name,
                    firm=True,
                )
            )
        if fault := unfit(value, lines=lines):
            told = {"field": name, "found": fault.found}
            reasons.append(Reason(fault.code, fault.template, told, asked=name, firm=True))
    return reasons


def timing(on: FuzzyDate, today: date, *, asked: str = "on") -> list[Reason]:
    """Return the reason why a date cannot be that of something done: it is still to come."""
    if on.earliest <= today:
        return []
    return [
        Reason(
            "future-date",
            _("%(date)s is still to come. Record what is done; a date to come belongs into the planned dates."),
            {"date": on},
            asked=asked,
            firm=True,
        )
    ]


def lock(agreement: Agreement, *, by: User, right: str) -> Agreement:
    """Lock an agreement's row and return it fresh. Raises Refused without the right or on a voided record."""
    # The version of the procedure is read after the lock: joined, PostgreSQL would not find a row that was moved to
    # another version while this one waited for it.
    fresh = Agreement.objects.select_for_update().get(pk=agreement.pk)
    if barred := _barred(fresh, by, right):
        raise Refused(barred)
    return fresh


def lock_many(keys: Iterable[UUID], *, by: User, right: str) -> tuple[dict[UUID, Agreement], dict[UUID, Reason]]:
    """Lock agreements in the order of their keys; return those that may be written, fresh, and why others may not."""
    rows = list(Agreement.objects.select_for_update().filter(pk__in=set(keys)).order_by("pk"))
    prefetch_related_objects(rows, "procedure_version")
    barred = {row.pk: reason for row in rows if (reason := _barred(row, by, right))}
    return {row.pk: row for row in rows if row.pk not in barred}, barred


def _barred(agreement: Agreement, by: User, right: str) -> Reason | None:
    if not access.sees_agreement(by, agreement) or not access.may(by, right):
        return NOT_PERMITTED
    return VOID_RECORD if agreement.is_void else None


def add(
    agreement: Agreement,
    kind: EntryKind,
    *,
    by: User,
    on: FuzzyDate,
    data: Mapping[str, Any] | None = None,
    text_number: int | None = None,
    what: str | Texts = "",
    reason: str | Texts = "",
    origin: str = Origin.RECORDED,
    replaces: Entry | None = None,
    **columns: Any,
) -> Entry:
    """Record something that moves no stage: a note, a document, a clearance, an act. Returns the entry; raises Refused.

    `text_number` says to which text it belongs; the current one by default. `replaces` is what it corrects.
    """
    with transaction.atomic():
        fresh = lock(agreement, by=by, right="import" if origin == Origin.IMPORTED else "record")
        draft = drafted(
            fresh,
            kind,
            by=by,
            on=on,
            data=data,
            text_number=text_number,
            what=what,
            reason=reason,
            replaces=replaces,
            origin=origin,
            **columns,
        )
        return write(fresh, [draft])[0]


def drafted(
    agreement: Agreement,
    kind: EntryKind,
    *,
    by: User,
    on: FuzzyDate,
    data: Mapping[str, Any] | None = None,
    text_number: int | None = None,
    what: str | Texts = "",
    reason: str | Texts = "",
    replaces: Entry | None = None,
    **columns: Any,
) -> journal.Draft:
    """Return an entry to be, of an agreement that is locked, as `add` takes it. Raises Refused."""
    reasons = spelling({"what": what, "reason": reason, **columns}) + timing(on, clock.today())
    number = text_number or agreement.text
    if not 1 <= number <= agreement.text:
        reasons.append(Reason("text-unknown", _("There is no such text of the agreement."), asked="text", firm=True))
    if reasons:
        raise Refused(*reasons)
    return journal.Draft(
        agreement,
        kind,
        by,
        on,
        data={"text": number, **(data or {}), **({"replaces": str(replaces.pk)} if replaces else {})},
        text={name: said for name, said in (("what", what), ("reason", reason)) if said},
        **columns,
    )


def write(agreement: Agreement, drafts: list[journal.Draft]) -> list[Entry]:
    """Append entries that move no stage to the chain of an agreement that is locked, and what follows from them."""
    entries = journal.append(drafts)
    rounds = [draft.data.get("round", 0) for draft in drafts if draft.data["text"] == agreement.text]
    agreement.round = max([agreement.round, *rounds])
    agreement.save(update_fields=["version", "changed_at", "round"])
    if any(draft.kind in _FOLLOWED for draft in drafts):
        upkeep.refresh([agreement])
    return entries
