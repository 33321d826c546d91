"""Letting texts go: the free text of entries is removed by logged acts, by hand and by rule; the chain stays whole.

Words that an entry shares with what was written in the same act go with it: a remark on a task that stands in the row
of the task, too, and in the document or the answer that ended it; the reason of a share. Built reports that show the
record are handed over no longer. Where the same words were written by another act, they stay, and are only found here:
in other entries (`repeating`), in the record, in titles of tasks and documents (`standing`).
"""

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta
from functools import reduce
from operator import or_
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import Q, TextField
from django.db.models.functions import Cast
from django.utils.translation import gettext_lazy as _

from agreements import access, clock, journal
from agreements.choices import EntryKind, SubjectKind, TaskEvent
from agreements.dates import FuzzyDate
from agreements.guards import Reason, Refused
from agreements.models import (
    Agreement,
    Document,
    Entry,
    EntryText,
    ImportRun,
    Notification,
    ReportRun,
    Share,
    Task,
    User,
)
from agreements.models.base import Journalled
from agreements.registers import NOT_PERMITTED, REASON_MISSING, sees
from agreements.reminders import Thing
from agreements.words import Texts

LEGAL_HOLD = Reason(
    "legal-hold",
    _("The agreement is under a legal hold: until it is lifted, nothing of it is redacted and nothing is let go."),
    firm=True,
)
NO_TEXT = Reason("nothing-to-redact", _("The entry has no free text, or it was removed already."), firm=True)
NOT_REPEATED = Reason(
    "not-repeated", _("Only entries of the same record that repeat words of this one go with it."), firm=True
)
#: What a free text holds beside words: keys of agreements.
_KEYS = ("agreement",)


# ---- by hand ----
def objections(entry: Entry) -> list[Reason]:
    """Return what stands against removing the text of an entry, before a reason is given: a legal hold, no text."""
    if _holding(model_of(entry), entry.subject).filter(legal_hold=True).exists():
        return [LEGAL_HOLD]
    return [] if _has_text(entry) else [NO_TEXT]


def _has_text(entry: Entry) -> bool:
    return EntryText.objects.filter(entry=entry.pk).exclude(salt="").exclude(content="").exists()


def redact(entry: Entry, *, by: User, reason: str, also: Iterable[UUID] = ()) -> Entry:
    """Remove the free text of an entry by a logged act, and return its entry; the chain stays whole. Raises Refused.

    `also` are keys of entries that repeat words of it and lose their texts likewise, each by an entry of its own.
    """
    with transaction.atomic():
        if not access.may(by, "redact"):
            raise Refused(NOT_PERMITTED)
        if not reason:
            raise Refused(REASON_MISSING)
        model = model_of(entry)
        # Before the record, so that a hold that is set meanwhile waits, or is seen.
        held = _locked_holds(model, entry.subject)
        subject = model._base_manager.select_for_update(of=("self",)).get(pk=entry.subject)
        if not sees(by, subject):
            raise Refused(NOT_PERMITTED)
        if held:
            raise Refused(LEGAL_HOLD)
        if not _has_text(entry):  # another redaction was faster
            raise Refused(NO_TEXT)
        others = set(also) - {entry.pk}
        if others and not others <= {one.pk for one in repeating(entry)}:
            raise Refused(NOT_REPEATED)
        keys = Entry.objects.filter(pk__in=others).order_by("sequence").values_list("pk", flat=True)
        return _redact(subject, [entry.pk, *keys], by=by, reason=reason)[0]


def model_of(entry: Entry) -> type[Journalled]:
    """Return the model of the record that an entry is about."""
    return next(model for model in Journalled.__subclasses__() if entry.subject_kind == model.SUBJECT)


# ---- by rule ----
def redact_by_rule(agreement: Agreement, keys: Iterable[UUID], *, by: User, reason: Texts) -> int:
    """Remove the free texts of entries of an agreement as a rule of retention says; return how many there were.

    What the rules say is nobody's right: `by` is the account under which Pacta acts. Raises Refused under a hold.
    """
    with transaction.atomic():
        fresh = Agreement.objects.select_for_update().get(pk=agreement.pk)
        if fresh.legal_hold:
            raise Refused(LEGAL_HOLD)
        left = EntryText.objects.filter(entry__in=list(keys), entry__subject=fresh.pk).exclude(salt="")
        found = list(left.order_by("entry__sequence").values_list("pk", flat=True))
        if found:
            _redact(fresh, found, by=by, reason=reason)
    return len(found)


# ---- what else holds the words ----
@dataclass(frozen=True)
class Standing:
    """Where words of an entry stand beside the journal: columns of its record, titles of tasks and of documents.

    `table` is the name of the file from which it was imported; empty where it was not, or where the file is not told.
    """

    columns: Sequence[str]
    tasks: Sequence[Task]
    documents: Sequence[Document]
    table: str = ""


def repeating(entry: Entry) -> list[Entry]:
    """Return the other entries of a chain that repeat words of an entry, in their order: a whole text, not a part.

    These are corrections that keep what they do not correct, edits before and after this one, what was said twice.
    """
    texts = EntryText.objects.filter(entry__subject=entry.subject).exclude(salt="").values_list("pk", "content")
    contents = dict(texts.order_by("pk"))
    said = _words(contents.pop(entry.pk, ""))
    found = [key for key, content in contents.items() if said & _words(content)]
    return list(Entry.objects.filter(pk__in=found).order_by("sequence"))


def standing(entry: Entry, user: User) -> Standing:
    """Return where words of an entry stand beside the journal, as far as a user who sees its record may know."""
    said = _words(EntryText.objects.values_list("content", flat=True).get(pk=entry.pk))
    subject = model_of(entry)._base_manager.get(pk=entry.subject)
    _data, texts = journal.snapshot(subject, related={})
    tasks, documents = list[Task](), list[Document]()
    if isinstance(subject, Agreement):
        rows = Task.objects.for_user(user).filter(agreement=subject).order_by("created_at", "pk")
        tasks = [task for task in rows if said & set(_leaves(task.title_texts))]
        kept = Document.objects.for_user(user).filter(agreement=subject).order_by("created_at", "pk")
        documents = [document for document in kept if said & set(_leaves(document.titles))]
    columns = [name for name, text in texts.items() if said & set(_leaves(text))]
    return Standing(columns, tasks, documents, _table(entry, user))


def _table(entry: Entry, user: User) -> str:
    runs = ImportRun.objects.for_user(user).filter(rows__subject=entry.subject).distinct()
    return next((run.name for run in runs if run.request_id == entry.request_id), "")


def _words(content: str) -> set[str]:
    return set(_leaves(json.loads(content or "{}")))


def _leaves(value: Any) -> Iterator[str]:
    """Yield every text within a value that says something."""
    if isinstance(value, str):
        yield from [value.strip()] if value.strip() else []
    elif isinstance(value, dict):
        for name, part in value.items():
            yield from () if name in _KEYS else _leaves(part)
    elif isinstance(value, list):
        for part in value:
            yield from _leaves(part)


# ---- writing ----
def _holding(model: type[Journalled], key: UUID) -> Any:
    """Return the agreements to which a record belongs, and of which a legal hold keeps it."""
    belonging = {
        SubjectKind.AGREEMENT: Q(pk=key),
        SubjectKind.COMMITMENT: Q(commitments=key),
        SubjectKind.UNDISCLOSED: Q(undisclosed_participants=key),
        SubjectKind.MEETING: Q(agenda_items__meeting=key),
    }
    if model.SUBJECT not in belonging:
        return Agreement.objects.none()
    keys = Agreement.objects.filter(belonging[model.SUBJECT]).order_by().values("pk")
    return Agreement.objects.filter(pk__in=keys).order_by("pk")


def _locked_holds(model: type[Journalled], key: UUID) -> bool:
    """Lock the agreements to which a record belongs, and return whether one of them is under a legal hold."""
    rows = _holding(model, key).select_for_update(of=("self",))
    return any(rows.values_list("legal_hold", flat=True))


def _redact(subject: Journalled, keys: Sequence[UUID], *, by: User, reason: str | Texts) -> list[Entry]:
    """Record that texts of a locked record are removed, an entry for each, and remove them; return these entries.

    What was written in the same act goes with each; the entries about these come last.
    """
    today = FuzzyDate.of_day(clock.today())
    every = [*keys, *_written_with(subject, keys)]
    _empty_columns(every)
    written = journal.append(
        [
            journal.Draft(subject, EntryKind.REDACTION, by, today, data={"redacts": str(key)}, text={"reason": reason})
            for key in every
        ]
    )
    columns = {"version": subject.version, "changed_at": subject.changed_at}
    type(subject)._base_manager.filter(pk=subject.pk).update(**columns)
    EntryText.objects.filter(entry__in=every).update(content="", salt="")
    _end_reports(subject)
    return written


#: What a task ends with and is recorded before the entry of the task itself, with the same remark.
_ENDS_TASKS = (EntryKind.DOCUMENT, EntryKind.CLEARANCE)


def _written_with(subject: Journalled, keys: Sequence[UUID]) -> list[UUID]:
    """Return the keys of entries of the chain that hold what others hold because one remark was kept in both."""
    if not isinstance(subject, Agreement):
        return []
    asked = Entry.objects.of(subject).filter(pk__in=keys, kind__in=(*_ENDS_TASKS, EntryKind.TASK))
    given = list(asked.select_related("text"))
    beside = {one.sequence + (-1 if one.kind == EntryKind.TASK else 1) for one in given}
    near = Entry.objects.of(subject).filter(sequence__in=beside).exclude(pk__in=keys).exclude(text__salt="")
    others = {one.sequence: one for one in near.select_related("text")}
    found = []
    for one in given:
        of_task = one.kind == EntryKind.TASK
        other = others.get(one.sequence + (-1 if of_task else 1))
        if other is None or other.kind not in (_ENDS_TASKS if of_task else (EntryKind.TASK,)):
            continue
        task, ended = (one, other) if of_task else (other, one)
        remark = journal.text_of(task).get("remarks")
        if remark and remark == journal.text_of(ended).get("what"):
            found.append(other.pk)
    return found


def _empty_columns(keys: Sequence[UUID]) -> None:
    """Empty the columns that repeat what entries say: remarks on tasks, reasons of shares, titles in reminders."""
    Share.objects.filter(entry__in=keys).update(reason="")
    for entry in Entry.objects.filter(pk__in=keys, kind=EntryKind.TASK).order_by("pk").select_related("text"):
        told, remark = journal.data_of(entry), journal.text_of(entry).get("remarks")
        if remark and told["event"] in (TaskEvent.DONE, TaskEvent.ANSWERED):
            Task.objects.filter(pk=told["task"], remarks=remark).update(remarks="", changed_at=clock.now())
        _rename_reminders(entry, told["task"])


def _rename_reminders(entry: Entry, key: str) -> None:
    """Let reminders call a task what it is called by now: they keep the title that it had when they were given."""
    titles = Task.objects.filter(pk=key).values_list("title_texts", flat=True).first()
    given = Notification.objects.filter(agreement=entry.subject, reminder__startswith=f"{Thing.TASK}:{key}:")
    for row in given.order_by("pk"):
        if titles is not None and row.data.get("title") != titles:
            row.data["title"] = titles
            row.save(update_fields=["data"])


def _end_reports(subject: Journalled) -> None:
    """Let no report be handed over that was built before and shows the record; `tick` removes the files."""
    shown = {str(subject.pk), str(getattr(subject, "agreement_id", subject.pk))}
    kept = ReportRun.objects.exclude(file="").alias(told=Cast("shown", TextField()))
    telling = kept.filter(reduce(or_, (Q(told__contains=key) for key in shown)))
    telling.order_by().update(kept_until=clock.today() - timedelta(days=1))
