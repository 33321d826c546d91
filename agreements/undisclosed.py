"""Undisclosed participants: the one place that writes them. Naming one, changing it, disclosing and withdrawing it.

What somebody is refused depends on nothing that he may not see: of two who keep the same party undisclosed at two
levels, who sees the lower one only is told nothing of the other; and whoever adds the party as an ordinary participant
is told nothing of either.
"""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from copy import copy
from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import Exists, OuterRef, QuerySet
from django.utils.translation import gettext_lazy as _

from agreements import access, clock, journal, registers
from agreements.choices import EntryKind, Group, Level, Origin, Role, SubjectKind, UndisclosedState
from agreements.guards import Reason, Refused
from agreements.models import Agreement, Entry, Participant, Party, UndisclosedParticipant, User

REMARK_LENGTH = 400
PARTICIPANT_ALREADY = Reason(
    "undisclosed-participant-already",
    _("This party is a participant of the agreement, for everybody who sees it."),
    asked="party",
    firm=True,
)
UNDISCLOSED_ALREADY = Reason(
    "undisclosed-already", _("This party is named there as undisclosed already."), asked="party", firm=True
)
NOT_ABOVE = Reason(
    "undisclosed-not-above",
    _("The level is not above that of the agreement: such a participant is an ordinary one."),
    asked="level",
    firm=True,
)
BEYOND = Reason(
    "not-permitted", _("This level is above your own: you would hide it from yourself."), asked="level", firm=True
)
MOVED = Reason(
    "undisclosed-moved",
    _("An undisclosed participant stays the party that it is, of the agreement that it is of. Withdraw it instead."),
    firm=True,
)
ENDED = Reason("undisclosed-ended", _("It was disclosed or withdrawn already."), firm=True)
SIGNED = Reason(
    "undisclosed-signed",
    _(
        "The agreement is signed: its participants change by their acts. Record the accession of this party, "
        "and then disclose it."
    ),
    firm=True,
)


def may_name(user: User, agreement: Agreement) -> bool:
    """Whether the user may name undisclosed participants of an agreement: by his own level, not where it was shown."""
    return access.may(user, "edit") and access.sees(user, agreement.level) and bool(levels(user, agreement))


def levels(user: User, agreement: Agreement) -> list[Level]:
    """Return the levels that he may give one: above that of the agreement, up to his own."""
    beneath = Level.up_to(agreement.level)
    return [level for level in Level.up_to(user.access_level) if level not in beneath]


def objections(
    record: UndisclosedParticipant, *, by: User, known: UndisclosedParticipant | None = None
) -> list[Reason]:
    """Return everything that stands against a record as it is to be, of one that is `known` against the change."""
    agreement = record.agreement
    if agreement.is_void:
        return [registers.VOID_RECORD]
    if known is not None and (known.agreement_id, known.party_id) != (record.agreement_id, record.party_id):
        return [MOVED]
    found = registers.spelling({"remark": record.remark})
    if record.state != UndisclosedState.UNDISCLOSED:
        found.append(ENDED)
    if known is None and Participant.objects.filter(agreement=agreement, party=record.party_id).exists():
        found.append(PARTICIPANT_ALREADY)
    if _others(record, by).exists():
        found.append(UNDISCLOSED_ALREADY)
    if known is None or known.level != record.level:
        found += [NOT_ABOVE] if record.level in Level.values and not record.is_above else []
        found += [BEYOND] if record.level in Level.values and not access.sees(by, record.level) else []
    return found


def _others(record: UndisclosedParticipant, by: User) -> Any:
    """Return the records of the same party there that stand beside one, as far as the user may see them."""
    seen = UndisclosedParticipant.objects.for_user(by).standing()
    return seen.filter(agreement=record.agreement_id, party=record.party_id).exclude(pk=record.pk)


def name(
    agreement: Agreement,
    party: Party,
    *,
    by: User,
    level: str,
    remark: str,
    role: str = Role.NEGOTIATING,
    origin: str = Origin.RECORDED,
) -> UndisclosedParticipant:
    """Record that a party takes part without this being disclosed to all who see the agreement.

    Raises Refused with every reason, ValidationError for what no column can hold.
    """
    with transaction.atomic():
        fresh = _locked(agreement, by)
        record = UndisclosedParticipant(agreement=fresh, party=party, role=role, level=level, remark=remark.strip())
        check(record, by=by)
        return registers.create(record, by=by, origin=origin)


@contextmanager
def changing(record: UndisclosedParticipant, *, by: User) -> Iterator[UndisclosedParticipant]:
    """Change the role, the level or the remark of a record inside the block. Raises as `name` does."""
    with transaction.atomic():
        agreement = _locked(record.agreement, by)
        with registers.editing(record, by=by) as fresh:
            fresh.agreement = agreement
            known = UndisclosedParticipant(
                agreement=agreement, party_id=fresh.party_id, level=fresh.level, state=fresh.state
            )
            yield fresh
            check(fresh, by=by, known=known)


def check(record: UndisclosedParticipant, *, by: User, known: UndisclosedParticipant | None = None) -> None:
    """Raise Refused where anything stands against a record as it is to be."""
    if reasons := objections(record, by=by, known=known):
        raise Refused(*reasons)


def disclose_objections(record: UndisclosedParticipant) -> list[Reason]:
    """Return what stands against disclosing a record: it ended, or the participants change by acts only."""
    if record.agreement.is_void:
        return [registers.VOID_RECORD]
    if record.state != UndisclosedState.UNDISCLOSED:
        return [ENDED]
    if record.agreement.group != Group.PREPARING and not takes_part(record):
        return [SIGNED]
    return []


def disclose(record: UndisclosedParticipant, *, by: User, reason: str, role: str = "") -> UndisclosedParticipant:
    """Make an ordinary participant of an undisclosed one, in the role given or its own; return the record fresh.

    Where the party became a participant meanwhile, the record only ends. The reason stays in the chain of the record.
    Raises Refused with every reason.
    """
    with transaction.atomic():
        agreement = _locked(record.agreement, by)
        with registers.editing(record, by=by, reason=reason.strip()) as fresh:
            fresh.agreement = agreement
            _check_ending(disclose_objections(fresh), reason)
            if role:
                fresh.role = role
            if not takes_part(fresh):
                edit = registers.Edit(agreement, by=by)
                Participant.objects.create(agreement=agreement, party=fresh.party, role=fresh.role)
                edit.finish()
            fresh.state, fresh.ended_on = UndisclosedState.DISCLOSED, clock.today()
        return fresh


def withdraw_objections(record: UndisclosedParticipant) -> list[Reason]:
    """Return what stands against withdrawing a record: it ended."""
    return [ENDED] if record.state != UndisclosedState.UNDISCLOSED else []


def withdraw(record: UndisclosedParticipant, *, by: User, reason: str) -> UndisclosedParticipant:
    """Record that the party takes part no more, or never did; return the record fresh. Raises Refused."""
    with transaction.atomic():
        agreement = _locked(record.agreement, by)
        with registers.editing(record, by=by, reason=reason.strip()) as fresh:
            fresh.agreement = agreement
            _check_ending(withdraw_objections(fresh), reason)
            fresh.state, fresh.ended_on = UndisclosedState.WITHDRAWN, clock.today()
        return fresh


# ---- looking back ----
def then(
    records: Iterable[UndisclosedParticipant], *, as_of: date, known_at: datetime | None = None
) -> list[tuple[UndisclosedParticipant, str]]:
    """Return records as they stood on a day, by what was recorded until a moment (now by default), in their order.

    They are records that the reader sees. Each comes as its journal told it then, not to be saved, with the level that
    it has now: by that one it is seen, of its past too. What was named later is left out. One query.
    """
    rows = {record.pk: record for record in records}
    levels = {key: row.level for key, row in rows.items()}
    entries = _told(as_of, known_at).filter(subject__in=list(rows), kind__in=(EntryKind.OPEN, EntryKind.EDIT))
    told: dict[UUID, dict[str, Any]] = {}
    for entry in entries.order_by("subject", "sequence").values(*_OF_ENTRY):
        columns = told.setdefault(entry["subject"], {})
        journal.take(columns, entry)
        columns |= {"version": entry["sequence"], "changed_at": entry["recorded_at"]}
    return [(_as_told(row, told[key]), levels[key]) for key, row in rows.items() if key in told]


#: What is read of an entry.
_OF_ENTRY = ("subject", "kind", "data", "text__content", "sequence", "recorded_at")


def named_then(records: QuerySet[Any], *, as_of: date, known_at: datetime | None = None) -> QuerySet[Any]:
    """Keep records that were named by a day, and by what was recorded until a moment (now by default)."""
    return records.filter(Exists(_told(as_of, known_at).filter(subject=OuterRef("pk"), sequence=1)))


def _told(as_of: date, known_at: datetime | None) -> QuerySet[Entry]:
    """Return the entries about undisclosed participants of a day or before it, recorded by a moment."""
    entries = Entry.objects.filter(subject_kind=SubjectKind.UNDISCLOSED, latest__lte=as_of)
    return entries if known_at is None else entries.filter(recorded_at__lte=known_at)


def _as_told(kept: UndisclosedParticipant, told: dict[str, Any]) -> UndisclosedParticipant:
    record = copy(kept)
    record.role, record.level, record.state = told["role"], told["level"], told["state"]
    # It was redacted, unless the chain tells it.
    record.remark = told.get("remark", "")
    record.version, record.changed_at = told["version"], told["changed_at"]
    record.ended_on = date.fromisoformat(told["ended_on"]) if told.get("ended_on") else None
    return record


def takes_part(record: UndisclosedParticipant) -> bool:
    """Whether the party is a participant of the agreement by now, for everybody."""
    return Participant.objects.filter(agreement=record.agreement_id, party=record.party_id).exists()


def _check_ending(reasons: list[Reason], reason: str) -> None:
    found = [*reasons, *([] if reason.strip() else [registers.REASON_MISSING]), *registers.spelling({"reason": reason})]
    if found:
        raise Refused(*found)


def _locked(agreement: Agreement, by: User) -> Agreement:
    """Lock the agreement, before the record. Raises Refused where it is only shown to the user."""
    fresh = registers.lock(agreement, by=by, right="edit")
    if not access.sees(by, fresh.level):
        raise Refused(registers.NOT_PERMITTED)
    return fresh
