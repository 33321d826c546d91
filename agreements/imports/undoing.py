"""Undoing an import: by one act with one reason what it recorded is struck out. Nothing is deleted.

Records that it opened are voided, as records opened by mistake are; entries that it added to others are voided; values
that it changed are set back; meetings are cancelled, tasks dropped, figures struck out. Where others have built on what
it recorded, it is refused as a whole, and the records are named.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from agreements import access, clock, journal, lifecycle, meetings, registers, tasks
from agreements.choices import EntryKind, MeetingStatus, SubjectKind, TaskStatus
from agreements.guards import Reason, Refused
from agreements.import_choices import ImportOutcome, ImportState
from agreements.models import Agreement, Entry, ImportRow, ImportRun, Indicator, Meeting, Participant, Task, User
from agreements.registers import NOT_PERMITTED, REASON_MISSING, spelling

#: How many records one statement asks for, and how many are named in a refusal.
_CHUNK, _NAMED = 300, 20

NOT_DONE = Reason("import-not-done", _("Nothing of this import stands in the journal."), firm=True)


def undo(run: ImportRun, *, by: User, reason: str) -> ImportRun:
    """Strike out all that an import recorded, in one transaction. Raises Refused; then nothing was written."""
    with transaction.atomic():
        fresh = ImportRun.objects.select_for_update(of=("self",)).get(pk=run.pk)
        if reasons := [*_barred(fresh, by, reason), *built_upon(fresh)]:
            raise Refused(*reasons)
        token = journal.request_id.set(fresh.undoing_id)
        try:
            for kind, rows in _by_kind(fresh):
                _UNDOING[kind](fresh, rows, by, reason)
        finally:
            journal.request_id.reset(token)
        fresh.rows.filter(live=True).update(live=False)
        fresh.state, fresh.undone_at, fresh.undone_by = ImportState.UNDONE, clock.now(), by
        fresh.changed_at = clock.now()
        fresh.save()
    return fresh


def objections(run: ImportRun, *, by: User) -> list[Reason]:
    """Return what stands against undoing an import."""
    return [*_barred(run, by, "?"), *built_upon(run)]


def _barred(run: ImportRun, by: User, reason: str) -> Iterator[Reason]:
    if not (access.may(by, "import") and access.may(by, "void") and access.sees(by, run.level)):
        yield NOT_PERMITTED
    if run.state not in (ImportState.DONE, ImportState.STOPPED) or not run.rows.filter(live=True).exists():
        yield NOT_DONE
    if not reason.strip():
        yield REASON_MISSING
    yield from spelling({"reason": reason})


def built_upon(run: ImportRun) -> list[Reason]:
    """Return why what an import recorded can no longer be taken back: others have gone on from it."""
    reasons: list[Reason] = []
    for kind, rows in _by_kind(run):
        touched = list(_touched(run, kind, rows))
        if touched:
            told = {"records": ", ".join(touched[:_NAMED]), "number": len(touched)}
            template = _("Others have gone on from what the import recorded (%(number)s): %(records)s.")
            reasons.append(Reason("built-upon", template, told, firm=True))
    return reasons


def _by_kind(run: ImportRun) -> Iterator[tuple[str, list[ImportRow]]]:
    live = run.rows.filter(live=True)
    for kind in live.order_by("subject_kind").values_list("subject_kind", flat=True).distinct():
        yield kind, list(live.filter(subject_kind=kind).order_by("number"))


def _touched(run: ImportRun, kind: str, rows: Sequence[ImportRow]) -> Iterator[str]:
    """Yield the records of a kind to which something was added since that was not from the import."""
    keys = sorted({row.subject for row in rows if row.subject})
    if kind == "task":
        for task in Task.objects.filter(pk__in=keys).select_related("agreement").order_by("pk"):
            told = Entry.objects.filter(subject=task.agreement_id, kind=EntryKind.TASK, data__contains=str(task.pk))
            if _added_to(run, told):
                yield f"{task.agreement.reference}: {task}"
        return
    opened = {row.subject for row in rows if not row.entries and row.outcome == ImportOutcome.CREATED}
    for start in range(0, len(keys), _CHUNK):
        part = keys[start : start + _CHUNK]
        if kind == SubjectKind.AGREEMENT:
            yield from _touched_agreements(run, [key for key in part if key in opened])
        else:
            model: Any = Indicator if kind == SubjectKind.INDICATOR else Meeting
            changed = _added_to(run, Entry.objects.filter(subject__in=part))
            yield from (str(one) for one in model.objects.filter(pk__in=changed).order_by("pk"))


def _added_to(run: ImportRun, entries: QuerySet[Entry]) -> set[UUID]:
    """Return the subjects to which others have added an entry; imports that were undone since do not count."""
    others = entries.exclude(request_id=run.request_id).order_by().values_list("subject", "request_id").distinct()
    found = defaultdict[str, set[UUID]](set)
    for subject, request in others:
        found[request].add(subject)
    undone = ImportRun.objects.filter(state=ImportState.UNDONE, pk__in=list(_runs_of(found)))
    for one in undone:
        found.pop(one.request_id, None)
        found.pop(one.undoing_id, None)
    return set().union(*found.values())


def _runs_of(requests: Iterable[str]) -> Iterator[UUID]:
    """Yield the keys of the imports that such requests recorded, or undid."""
    for request in requests:
        word, _dash, key = request.partition("-")
        if word in ("import", "undo"):
            with suppress(ValueError):
                yield UUID(key)


def _touched_agreements(run: ImportRun, keys: Sequence[UUID]) -> Iterator[str]:
    changed = _added_to(run, Entry.objects.filter(subject__in=keys))
    related: Any = Agreement.objects.filter(related_from__to__in=keys, related_from__agreement__is_void=False)
    changed |= set(related.values_list("related_from__to", flat=True))
    changed |= set(Agreement.objects.filter(pk__in=keys, agenda_items__isnull=False).values_list("pk", flat=True))
    found = Agreement.objects.filter(pk__in=changed).order_by("reference")
    yield from found.values_list("reference", flat=True)


# ---- by kind of record ----
def _undo_agreements(run: ImportRun, rows: Sequence[ImportRow], by: User, reason: str) -> None:
    opened = [row.subject for row in rows if row.subject and row.outcome == ImportOutcome.CREATED and not row.entries]
    for start in range(0, len(opened), _CHUNK):
        part = opened[start : start + _CHUNK]
        # An opening that was voided since is done with.
        entries = Entry.objects.filter(subject__in=part, kind=EntryKind.OPEN, request_id=run.request_id)
        _void(entries.filter(voided_by__isnull=True), by, reason)
    added: dict[UUID, list[str]] = defaultdict(list)
    for row in rows:
        if row.subject and row.entries:
            added[row.subject] += row.entries
    keys = sorted(added)
    for start in range(0, len(keys), _CHUNK):
        some = keys[start : start + _CHUNK]
        _void(_entries([key for subject in some for key in added[subject]]), by, reason)
        for agreement in Agreement.objects.filter(pk__in=some).order_by("pk"):
            _let_go(run, agreement, by)
    for row in rows:
        if row.subject and row.outcome == ImportOutcome.CHANGED:
            _set_back(run, Agreement.objects.get(pk=row.subject), by)


def _entries(keys: Sequence[str]) -> Iterator[Entry]:
    for start in range(0, len(keys), _CHUNK):
        yield from Entry.objects.filter(pk__in=keys[start : start + _CHUNK], voided_by__isnull=True).order_by("pk")


def _void(entries: Iterable[Entry], by: User, reason: str) -> None:
    against = lifecycle.void_many(entries, by=by, reason=reason)
    if against:
        references = dict(Agreement.objects.filter(pk__in=list(against)[:_NAMED]).values_list("pk", "reference"))
        template = "%(reference)s: %(reasons)s"
        raise Refused(
            *(
                Reason(
                    "built-upon",
                    template,
                    {"reference": references[key], "reasons": " ".join(why.sentence for why in against[key])},
                    firm=True,
                )
                for key in sorted(references)
            )
        )


def _let_go(run: ImportRun, agreement: Agreement, by: User) -> None:
    """Take back the participants that acts of an import brought in, unless they have done something since."""
    brought: set[str] = set()
    for entry in Entry.objects.filter(subject=agreement.pk, kind=EntryKind.EDIT, request_id=run.request_id):
        before, after = journal.data_of(entry).get("changes", {}).get("participants", [[], []])
        brought |= {one["party"] for one in after} - {one["party"] for one in before}
    acting = Entry.objects.live().filter(subject=agreement.pk, kind=EntryKind.ACTION)
    still = {journal.data_of(entry)["party"] for entry in acting} if brought else set()
    if gone := brought - still:
        edit = registers.Edit(agreement, by=by)
        edit.fixed = False
        Participant.objects.filter(agreement=agreement, party__code__in=gone).delete()
        edit.finish()


def _set_back(run: ImportRun, agreement: Agreement, by: User) -> None:
    """Set the values that an import changed to what they were; one that was changed again since is left alone."""
    entries = Entry.objects.filter(subject=agreement.pk, kind=EntryKind.EDIT, request_id=run.request_id)
    with registers.editing(agreement, by=by) as fresh:
        for entry in entries.select_related("text").order_by("-sequence"):
            changes = journal.data_of(entry).get("changes", {}) | journal.text_of(entry).get("changes", {})
            now = journal.snapshot(fresh)
            for name, (before, after) in changes.items():
                if name != "participants" and (now[0] | now[1]).get(name) == after:
                    column = Agreement._meta.get_field(name)
                    if column.is_relation:
                        target: Any = column.related_model
                        setattr(fresh, name, target.objects.filter(code=before).first() if before else None)
                    else:
                        setattr(fresh, name, column.to_python(before))  # type: ignore[union-attr]


def _undo_meetings(run: ImportRun, rows: Sequence[ImportRow], by: User, reason: str) -> None:
    for meeting in Meeting.objects.filter(pk__in=[row.subject for row in rows]).order_by("pk"):
        if meeting.status == MeetingStatus.HELD:
            meeting = meetings.change(meeting, by=by, status=MeetingStatus.TENTATIVE)
        if meeting.status != MeetingStatus.CANCELLED:
            meetings.cancel(meeting, by=by)


def _undo_figures(run: ImportRun, rows: Sequence[ImportRow], by: User, reason: str) -> None:
    for figure in Indicator.objects.kept().filter(pk__in=[row.subject for row in rows]).order_by("pk"):
        registers.strike(figure, by=by, reason=reason)


def _undo_tasks(run: ImportRun, rows: Sequence[ImportRow], by: User, reason: str) -> None:
    for task in Task.objects.filter(pk__in=[row.subject for row in rows]).order_by("pk"):
        if task.status == TaskStatus.DONE:
            task = tasks.reopen(task, by=by, reason=reason)
        if task.status == TaskStatus.OPEN:
            tasks.drop(task, by=by, reason=reason)


_UNDOING = {
    SubjectKind.AGREEMENT.value: _undo_agreements,
    SubjectKind.MEETING.value: _undo_meetings,
    SubjectKind.INDICATOR.value: _undo_figures,
    "task": _undo_tasks,
}
