"""Rows that are meetings, tasks and figures on partners."""

import re
from collections.abc import Iterable, Sequence
from datetime import date
from uuid import UUID

from django.core.exceptions import ValidationError
from django.db import transaction

from agreements import clock, meetings, registers, tasks
from agreements.choices import Ball, MeetingStatus, Origin, TaskStatus
from agreements.dates import FuzzyDate
from agreements.folding import fold
from agreements.guards import Refused
from agreements.import_choices import ImportOutcome, ImportState
from agreements.imports.cells import Doubt, Given, dated, texts
from agreements.imports.lives import Grouped
from agreements.imports.reasons import Why, of_reasons
from agreements.imports.taking import Planned, Taker
from agreements.models import Agreement, ImportRow, Indicator, Meeting, Task
from agreements.tabular import fields
from agreements.words import LANGUAGES, Texts, tongue

_TITLES = tuple(f"title_{language}" for language in LANGUAGES)
_LISTED = re.compile(r"\s*(?:;|\n)\s*")


class _Unclear(Exception):
    def __init__(self, doubt: Doubt) -> None:
        self.doubt = doubt


def taken_back(subject: UUID) -> bool:
    """Whether a record came from an import that was undone, and from no other that stands."""
    rows = ImportRow.objects.filter(subject=subject, outcome=ImportOutcome.CREATED)
    undone = rows.filter(run__state=ImportState.UNDONE)
    return undone.exists() and not rows.filter(live=True).exists()


class _Single(Taker):
    """Takes rows one by one, each in a block of its own: what is refused leaves nothing behind."""

    size = 100

    def weigh_and_take(self, rows: Sequence[Given], *, write: bool) -> Iterable[Planned]:
        """Take rows, each judged by itself; a dry run is rolled back by the caller."""
        self.look_up(rows)
        for given in rows:
            try:
                with transaction.atomic():
                    yield self.take_one(given)
            except _Unclear as unclear:
                yield self.doubted(given, unclear.doubt)
            except Refused as refusal:
                yield self.refused(given, of_reasons(refusal.reasons))
            except ValidationError as error:
                yield self.refused(given, of_reasons(error.messages))

    def look_up(self, rows: Sequence[Given]) -> None:
        """Read what several rows need."""

    def take_one(self, given: Given) -> Planned:
        """Take a row. Raises Refused, ValidationError, or what says that a person must decide."""
        raise NotImplementedError

    def missing(self, kind: str, name: str, candidates: tuple[str, ...] = ()) -> _Unclear:
        """Return what says that a value for all rows must be chosen."""
        why = Why("value-missing", {"field": fields.fields_of(kind)[name].labels})
        return _Unclear(Doubt("value", name, why, candidates))


class MeetingTaker(_Single):
    """Takes over meetings with their participants and agendas."""

    def label(self, given: Given) -> str:
        """Return the title."""
        return next(iter(texts(given, "title", tongue).values()), "")

    def look_up(self, rows: Sequence[Given]) -> None:
        """Find the agreements of agendas."""
        named = {text for given in rows for text in _LISTED.split(given.text("agreements")) if text}
        self.found = self.job.vocabulary.named(named)

    def take_one(self, given: Given) -> Planned:
        """Arrange a meeting, unless it is recorded: of the same format, on the same day, with the same title."""
        titles, on = texts(given, "title", tongue), dated(given, "on")
        if on is None:
            raise self.missing("meetings", "on")
        kind = given.get("format")
        if kind is None:
            raise self.missing("meetings", "format", tuple(code for code, _name in self.job.vocabulary.codes("format")))
        same = self._same(titles, on)
        if same is not None and not (same.status == MeetingStatus.CANCELLED and taken_back(same.pk)):
            return self.recorded(given, str(same), "meeting", same.pk)
        status = given.text("status")
        if not status:
            if on.latest <= clock.today():
                raise self.missing("meetings", "status", (MeetingStatus.HELD, MeetingStatus.CANCELLED))
            status = MeetingStatus.TENTATIVE
        codes = given.get("parties", [])
        parties = self.job.vocabulary.record_parties(codes, source=self.job.citation(given))
        columns = {
            "on": on,
            "format": kind,
            "rank": given.text("rank"),
            "status": status,
            "place": given.text("place"),
            "counterpart": given.text("counterpart"),
            "outcome": given.text("outcome"),
            "level": given.text("level") or self.job.run.level,
            "source": self.job.citation(given),
            **{f"title_{language}": titles.get(language, "") for language in LANGUAGES},
        }
        agenda = [meetings.Point(agreement) for agreement in self._agenda(given)]
        if same is not None:
            # It was cancelled by the undoing of an import alone: it is taken up again.
            meetings.change(same, by=self.job.user, status=MeetingStatus.TENTATIVE)
            meetings.change(same, by=self.job.user, parties=parties, agenda=agenda, **columns)
            return self.created(given, "meeting", same.pk)
        meeting = Meeting()
        for name, value in columns.items():
            setattr(meeting, name, value)
        meetings.arrange(meeting, by=self.job.user, parties=parties, agenda=agenda, origin=Origin.IMPORTED)
        return self.created(given, "meeting", meeting.pk)

    def _same(self, titles: Texts, on: FuzzyDate) -> Meeting | None:
        """Return the meeting on the same day with the same title; rather one that stands than one that was undone."""
        asked = {fold(text) for text in titles.values()}
        there = Meeting.objects.for_user(self.job.user).filter(earliest=on.earliest, latest=on.latest)
        found = [one for one in there.order_by("pk") if asked & {fold(getattr(one, name)) for name in _TITLES}]
        return min(found, key=lambda one: one.status == MeetingStatus.CANCELLED, default=None)

    def _agenda(self, given: Given) -> list[Agreement]:
        keys = []
        for text in filter(None, _LISTED.split(given.text("agreements"))):
            sure = [one for one in self.found.get(text, ()) if one.sure]
            if answer := self.job.decided("agreement", text):
                sure = self.job.vocabulary.numbered([answer]).get(answer, [])
                if answer in ("skip", "empty"):
                    continue
            if len(sure) != 1:
                offered = tuple(one.reference for one in self.found.get(text, ()))
                raise _Unclear(Doubt("agreement", text, Why("agreement-unclear", {"text": text}), offered))
            keys.append(sure[0].key)
        return list(self.job.vocabulary.seen.filter(pk__in=keys))


class TaskTaker(Grouped):
    """Takes over tasks of agreements that are recorded."""

    kind = "tasks"

    def take_group(self, agreement: Agreement, rows: Sequence[Given]) -> Iterable[Planned]:
        """Add the tasks of one agreement, and end those that have ended."""
        here = Task.objects.for_user(self.job.user).filter(agreement=agreement)
        there = {(fold(text), task.due): task for task in here for text in task.title_texts.values() if text}
        for given in rows:
            title, due = given.text("title"), dated(given, "due")
            task = there.get((fold(title), due))
            if task is not None and not (task.status == TaskStatus.DROPPED and taken_back(task.pk)):
                yield self.recorded(given, agreement.reference, "task", task.pk)
                continue
            try:
                with transaction.atomic():
                    task = self._add(agreement, given, title, task)
            except Refused as refusal:
                yield self.refused(given, of_reasons(refusal.reasons))
                continue
            there[fold(title), due] = task
            yield self.created(given, "task", task.pk)

    def _add(self, agreement: Agreement, given: Given, title: str, dropped: Task | None) -> Task:
        """Add a task, or open the one again that only the undoing of an import dropped, and end it where it has."""
        by, body = self.job.user, given.text("body")
        whose = {
            "side": given.text("side") or Ball.OWN,
            "body": {tongue(body) or "en": body} if body else "",
            "unit": given.get("unit"),
            "person": given.get("person"),
        }
        if dropped is not None:
            task = tasks.reopen(dropped, by=by, reason=self.job.citation(given))
            task = tasks.change(task, by=by, **whose)
        else:
            titles, due = {tongue(title) or "en": title}, dated(given, "due")
            task = tasks.add(agreement, titles, by=by, due=due, transition=given.text("transition"), **whose)
        if given.text("status") == TaskStatus.DONE or dated(given, "done_on"):
            return tasks.complete(task, by=self.job.user, on=dated(given, "done_on"))
        if given.text("status") == TaskStatus.DROPPED:
            return tasks.drop(task, by=self.job.user, reason=given.text("remarks") or self.job.citation(given))
        return task


class IndicatorTaker(_Single):
    """Takes over figures on partners; two sources may disagree, and one source says a figure once."""

    def label(self, given: Given) -> str:
        """Return the partner and what is counted."""
        return ": ".join(filter(None, (given.text("party"), *texts(given, "name", tongue).values())))

    def take_one(self, given: Given) -> Planned:
        """Record a figure."""
        names, unit = texts(given, "name", tongue), given.text("unit")
        code, value = given.text("party"), given.get("value")
        first, last = self._period(given)
        for name, there in (("party", code), ("unit", unit), ("value", value is not None)):
            if not there:
                raise self.missing("indicators", name)
        (party,) = self.job.vocabulary.record_parties([code], source=self.job.citation(given))
        source = (given.text("source") or self.job.run.source)[:300]
        name_en = names.get("en") or next(iter(names.values()), "")
        same = (
            Indicator.objects.kept()
            .filter(party=party, name_en=name_en, period_from=first, period_until=last, source=source)
            .first()
        )
        if same is not None:
            if same.value == value:
                return self.recorded(given, str(same), "indicator", same.pk)
            told = {"reference": str(same), "fields": str(same.value.normalize())}
            return self.refused(given, Why("recorded-otherwise", told))
        retrieved = dated(given, "retrieved_on")
        indicator = Indicator(
            party=party,
            name_en=name_en,
            name_ru=names.get("ru", ""),
            name_kk=names.get("kk", ""),
            unit_en=unit,
            period_from=first,
            period_until=last,
            value=value,
            change_on_year=given.get("change_on_year"),
            source=source,
            retrieved_on=retrieved.latest if retrieved else None,
        )
        registers.create(indicator, by=self.job.user, origin=Origin.IMPORTED, source=self.job.citation(given))
        return self.created(given, "indicator", indicator.pk)

    def _period(self, given: Given) -> tuple[date | None, date]:
        """Return the first and the last day of the period of a row."""
        whole, start, end = dated(given, "period"), dated(given, "period_from"), dated(given, "period_until")
        until = end or whole
        last = until.latest if until else None
        first = start.earliest if start else (whole.earliest if whole and whole.earliest != whole.latest else None)
        if last is None or last == date.max:
            raise self.missing("indicators", "period")
        return first, last
