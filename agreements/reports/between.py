"""One agreement on two days: what was true then and then, each as known at a moment, and what happened between them."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from typing import NamedTuple

from django.utils import timezone
from django.utils.translation import gettext as _

from agreements import clock
from agreements.bonds import Seen, see
from agreements.chains import Told, day_of, tell
from agreements.changes import Dictionary
from agreements.choices import EntryKind, Group, Level
from agreements.dates import FuzzyDate, render_day
from agreements.models import Agreement, Entry, User
from agreements.reports.around import Window
from agreements.reports.document import NOTHING
from agreements.reports.facts import AgreementFacts, facts_in
from agreements.reports.participants import rows_of
from agreements.reports.stories import Story, story_of
from agreements.timeline import Event, events
from agreements.words import Worded, pick

#: Before this day nothing was recorded anywhere, and no time zone can be applied to the first of all days.
_NOTHING_YET = date(1900, 1, 1)


class Look(NamedTuple):
    """A day, and the moment by which what is told of it was recorded; None: by now."""

    day: date
    known_at: datetime | None = None

    @property
    def moment(self) -> datetime:
        """The moment of knowledge."""
        return self.known_at or clock.now()


@dataclass(frozen=True)
class Line:
    """One thing that was so on the first day and on the second: in words, with the language where it is not ours."""

    label: str
    before: Worded
    after: Worded

    @property
    def differs(self) -> bool:
        """Whether it was otherwise."""
        return self.before.text != self.after.text


@dataclass(frozen=True)
class Part:
    """Lines that belong together, under a heading."""

    title: str
    lines: Sequence[Line]


@dataclass(frozen=True)
class Between:
    """What was true on both days, and what moved between them; `begun` says of each whether there was anything."""

    before: Look
    after: Look
    parts: Sequence[Part]
    begun: tuple[bool, bool]
    story: Story | None

    @property
    def differing(self) -> int:
        """How many things differ."""
        return sum(line.differs for part in self.parts for line in part.lines)


@dataclass(frozen=True)
class _Side:
    """What is known of one of the two days."""

    look: Look
    told: Told
    seen: Seen
    facts: AgreementFacts
    events: Sequence[Event]


def build(agreement: Agreement, user: User, before: Look, after: Look) -> Between:
    """Return what was true of an agreement on two days, the earlier one first, as far as the user may see it."""
    then = _told(agreement, before)
    now = then if before.known_at == after.known_at else _told(agreement, after)
    entries = list(_entries(agreement, user, max(before.moment, after.moment)))
    sides = [
        _side(agreement, user, look, told, entries) for look, told in ((before, then), (after, now)) if told is not None
    ]
    found = {side.look: side for side in sides if side is not None}
    first, second = found.get(before), found.get(after)
    latest = max(found.values(), key=lambda side: side.look.moment, default=None)
    story = _story(agreement, user, before, after, latest, entries) if latest else None
    return Between(before, after, list(_parts(first, second)), (first is not None, second is not None), story)


def _told(agreement: Agreement, look: Look) -> Told | None:
    told = tell([agreement.pk], look.known_at)
    return told if agreement.pk in told.chains else None


def _entries(agreement: Agreement, user: User, moment: datetime) -> Iterable[Entry]:
    rows = Entry.objects.for_user(user).of(agreement).filter(recorded_at__lte=moment)
    found: Iterable[Entry] = rows.select_related("text")
    return found


def _side(agreement: Agreement, user: User, look: Look, told: Told, entries: Sequence[Entry]) -> _Side | None:
    chain = told.chains[agreement.pk]
    seen = see(chain, told, look.day)
    if seen is None:
        return None
    kept = [entry for entry in entries if entry.recorded_at <= look.moment]
    named = events(kept, agreement, user=user, parties=told.names.parties, rules=chain.rules)
    return _Side(look, told, seen, facts_in(seen, told.names), named)


# ---- side by side ----
def _parts(first: _Side | None, second: _Side | None) -> Iterator[Part]:
    for title, told in (
        (_("Where it stood"), _standing),
        (_("Participants and entry into force"), _bonds),
        (_("Documents"), _documents),
        (_("What is recorded"), _record),
    ):
        lines = _side_by_side(told, first, second)
        if lines:
            yield Part(title, lines)


def _side_by_side(
    tell_of: Callable[[_Side], Iterable[tuple[str, str | Worded]]], first: _Side | None, second: _Side | None
) -> list[Line]:
    """Return what is told of both days, line by line; what is told of one only stands against a dash."""
    sides = [dict(tell_of(side)) if side else {} for side in (first, second)]
    labels = list(dict.fromkeys(label for side in sides for label in side))
    return [Line(label, *(_worded(side.get(label, "")) for side in sides)) for label in labels]


def _worded(said: str | Worded) -> Worded:
    found = Worded(said, "") if isinstance(said, str) else said
    return found if found.text else Worded(NOTHING, "")


def _standing(side: _Side) -> Iterator[tuple[str, str]]:
    facts = side.facts
    possibly = [_("possibly: %(status)s") % {"status": label} for _stage, label in facts.possibly]
    yield _("Stage"), "; ".join([facts.stage_label, *possibly] if facts.stage_label else possibly)
    yield _("Since"), str(facts.since or "")
    hold = str(facts.hold_since) if facts.hold_since else ""
    yield _("On hold since"), f"{hold}. {facts.hold_reason.text}".rstrip(". ") if hold else ""
    yield _("Text"), str(facts.text)
    if facts.round:
        yield _("Round of talks"), str(facts.round)
    yield _("Next step"), facts.next_step
    yield _("Who must act"), facts.ball_words
    if facts.period and facts.group != Group.ENDED:
        yield _("Last day of validity"), render_day(facts.period.last)


def _bonds(side: _Side) -> Iterator[tuple[str, str]]:
    facts, seen = side.facts, side.seen
    if facts.binding:
        yield _("Entry into force"), _force(side)
    tracked = side.told.track(seen.chain, side.look.day)
    ended = facts.since if facts.group == Group.ENDED else None
    for row in rows_of(seen.chain, side.told, tracked, ended):
        status = str(row.status.label)
        if row.possibly:
            status += "; " + _("possibly: %(status)s") % {"status": str(row.possibly.label).lower()}
        yield pick(row.names).text, status


def _force(side: _Side) -> str:
    facts, effect = side.facts, side.seen.effect
    if effect and facts.group in (Group.OPERATIVE, Group.ENDED):
        return _("since %(day)s") % {"day": effect}
    if facts.computed_entry:
        return _("by the clause: %(day)s") % {"day": facts.computed_entry}
    return facts.missing or _("not in force")


def _documents(side: _Side) -> Iterator[tuple[str, str]]:
    """Yield the documents that were there, by kind and text, with what was kept or cited of each."""
    found: dict[str, list[str]] = {}
    for event in side.events:
        if event.kind != EntryKind.DOCUMENT or event.voided or not event.on.possibly_by(side.look.day):
            continue
        label = event.label
        if side.facts.text > 1:
            label = _("%(document)s (text %(number)s)") % {"document": label, "number": event.text}
        file = event.data.get("file")
        found.setdefault(label, []).append(file["name"] if file else event.evidence or _("cited, no file"))
    for label, kept in sorted(found.items()):
        yield label, "; ".join(kept)


def _record(side: _Side) -> Iterator[tuple[str, str | Worded]]:
    """Yield what is recorded of it. These fields have no history of their own: they differ by what was known."""
    record, facts = side.seen.record, side.facts
    yield _("Title"), facts.title
    yield _("Short title"), facts.short_title
    version = _("version %(version)s") % {"version": facts.procedure.version}
    yield _("Procedure"), f"{pick(facts.procedure.title).text}, {version}"
    yield _("Areas"), "; ".join(pick(names).text for _code, names in facts.areas)
    yield _("Lead unit"), pick(facts.lead_unit).text
    yield _("Officer"), facts.officer
    yield _("Level of confidentiality"), str(Level(facts.level).label)
    for label, name in ((_("Planned signing"), "planned_signing"), (_("Planned entry into force"), _PLANNED)):
        planned = record.get(name)
        yield label, str(FuzzyDate.parse(planned)) if planned else ""
    valid = [day_of(record.get(name)) for name in ("valid_from", "valid_until")]
    yield _("Valid"), " – ".join(render_day(day) if day else "…" for day in valid) if any(valid) else ""


_PLANNED = "planned_entry_into_force"


# ---- between ----
def _story(agreement: Agreement, user: User, before: Look, after: Look, side: _Side, entries: Sequence[Entry]) -> Story:
    """Return what moved between both days, told as known at the later of both moments."""
    chain = side.told.chains[agreement.pk]
    named = events(entries, agreement, user=user, parties=side.told.names.parties, rules=chain.rules)
    first = before.day + timedelta(days=1) if before.day < after.day else after.day
    since, until = sorted((_recorded(before), _recorded(after)))
    window = Window(first, after.day, since, until, max(before.moment, after.moment))
    story = story_of(chain, named, window, Dictionary([event.changes for event in named], user))
    # Of one agreement what happened is read as its history is: by day.
    return replace(story, happened=sorted(story.happened, key=lambda one: one.order[1:]))


def _recorded(look: Look) -> datetime:
    """Return by when the journal had told what was to be told of a day: its end, or the moment of knowledge."""
    if look.known_at is not None or look.day >= clock.today():
        return look.moment
    return min(look.moment, timezone.make_aware(datetime.combine(max(look.day, _NOTHING_YET), time.max)))
