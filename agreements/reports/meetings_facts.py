"""Meetings as reports tell them: rebuilt from their chains, as known at a moment, as far as the reader may see them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from agreements import calendar, journal
from agreements.chains import texts, translated_in
from agreements.choices import Certainty, Level, MeetingLevel, MeetingStatus, Precision, SubjectKind
from agreements.dates import FuzzyDate
from agreements.entry_into_force import day_data
from agreements.models import Format, Meeting, User
from agreements.words import LANGUAGES, Texts, Worded, pick


@dataclass(frozen=True)
class AgendaPoint:
    """A point of an agenda: the key of its agreement, what to say, what came of it."""

    agreement: UUID
    talking_points: str
    outcome: str


@dataclass(frozen=True)
class MeetingFacts:
    """A meeting as known at a moment. The agenda is whole: who shows it leaves out what the reader may not see.

    `counterpart` and `outcome` stand as they were first written, `counterparts` and `outcomes` are these by language.
    """

    id: UUID
    titles: Texts
    format: str
    formats: Texts
    rank: MeetingLevel | None
    on: FuzzyDate
    certainty: Certainty
    status: MeetingStatus
    place: str
    counterpart: str
    counterparts: Texts
    parties: Sequence[str]
    level: Level
    hours: str
    outcome: str
    outcomes: Texts
    source: str
    agenda: Sequence[AgendaPoint]

    @property
    def all_titles(self) -> Texts:
        """The title by language; the name of the format where it has none of its own."""
        return {language: self.titles[language] or self.formats.get(language, "") for language in LANGUAGES}

    @property
    def title(self) -> Worded:
        """The title in the reader's language, or in one that has it."""
        return pick(self.all_titles)

    @property
    def address(self) -> str:
        """The path of its page."""
        return f"/meetings/{self.id}/"

    def held_by(self, day: date) -> bool:
        """Whether it had been held by a day."""
        return self.status == MeetingStatus.HELD and self.on.certainly_by(day)

    def ahead_of(self, day: date) -> bool:
        """Whether it was still to come on a day, that day itself included; what was held later was to come then."""
        if self.status == MeetingStatus.HELD:
            return self.on.earliest > day
        return self.status != MeetingStatus.CANCELLED and self.on.latest >= day

    def standing(self, day: date) -> MeetingStatus | None:
        """Return its status on a day; None where it has been held since, for it is not told what it was then."""
        return None if self.status == MeetingStatus.HELD and not self.held_by(day) else self.status


def meetings_of(
    user: User, known_at: datetime | None = None, *, about: UUID | None = None, marked: bool = True
) -> dict[UUID, MeetingFacts]:
    """Return the meetings that the user may see, as known at a moment (now by default), by day; two queries, or three.

    Their level is that of now, whatever was known then: what is secret today is marked so, unless
    the caller shows no level (`marked`).
    `about`: those only that have an agreement on their agenda; the names of their formats are read only where a title
    is missing.
    """
    visible = Meeting.objects.for_user(user).order_by().values("pk")
    known = {
        key: columns
        for key, columns in journal.rebuild(SubjectKind.MEETING, known_at, only=visible).items()
        if columns and (about is None or any(item["agreement"] == str(about) for item in columns.get("agenda", ())))
    }
    named = about is None or not all(all(texts(columns, "title").values()) for columns in known.values())
    formats = {row.code: row.names for row in Format.objects.order_by("code")} if named else {}
    if known_at is not None and marked:
        levels = dict(Meeting.objects.for_user(user).filter(pk__in=known).values_list("pk", "level"))
        known = {key: {**columns, "level": levels[key]} for key, columns in known.items()}
    found = [_facts(key, columns, formats) for key, columns in known.items()]
    return {one.id: one for one in sorted(found, key=lambda one: (one.on.earliest, one.on.latest, str(one.id)))}


def _facts(key: UUID, columns: Mapping[str, Any], formats: Mapping[str, Texts]) -> MeetingFacts:
    start, end = (_moment(columns.get(name)) for name in ("starts_at", "ends_at"))
    return MeetingFacts(
        id=key,
        titles=texts(columns, "title"),
        format=columns["format"],
        formats=formats.get(columns["format"], {}),
        rank=MeetingLevel(columns["rank"]) if columns.get("rank") else None,
        on=FuzzyDate(
            date.fromisoformat(columns["earliest"]),
            date.fromisoformat(columns["latest"]),
            Precision(columns["precision"]),
        ),
        certainty=Certainty(columns["certainty"]),
        status=MeetingStatus(columns["status"]),
        place=columns.get("place", ""),
        counterpart=columns.get("counterpart", ""),
        counterparts=translated_in(columns, "counterpart"),
        parties=tuple(columns.get("parties", ())),
        level=Level(columns["level"]),
        hours=calendar.hours(start, end, columns.get("time_zone", "")),
        outcome=columns.get("outcome", ""),
        outcomes=translated_in(columns, "outcome"),
        source=columns.get("source", ""),
        agenda=tuple(
            AgendaPoint(UUID(item["agreement"]), item["talking_points"], item["outcome"])
            for item in columns.get("agenda", ())
        ),
    )


def _moment(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None


def data(meeting: MeetingFacts | None, day: date) -> dict[str, Any] | None:
    """Return a meeting as JSON values, without its agenda: `id`, `title`, `format`, `format_name`, `rank`, `on` (day),
    `certainty`, `hours`, `place`, `counterpart`, `counterpart_texts`, `participants`, `status`, `level`, `outcome`,
    `outcome_texts`, `source`.

    `counterpart` and `outcome` stand as they were first written, beside them by language. What was not so on the day it
    looks at is left out: `status` is null, the outcome empty.
    """
    if meeting is None:
        return None
    status, held = meeting.standing(day), meeting.held_by(day)
    return {
        "id": str(meeting.id),
        "title": dict(meeting.titles),
        "format": meeting.format,
        "format_name": dict(meeting.formats),
        "rank": meeting.rank.value if meeting.rank else None,
        "on": day_data(meeting.on),
        "certainty": meeting.certainty.value,
        "hours": meeting.hours,
        "place": meeting.place,
        "counterpart": meeting.counterpart,
        "counterpart_texts": dict(meeting.counterparts),
        "participants": list(meeting.parties),
        "status": status.value if status else None,
        "level": meeting.level.value,
        "outcome": meeting.outcome if held else "",
        "outcome_texts": dict(meeting.outcomes) if held else dict.fromkeys(LANGUAGES, ""),
        "source": meeting.source,
    }
