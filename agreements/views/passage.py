"""The picture of one instrument that ends before what follows it is signed: the days between them, and today."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from django.utils.translation import gettext as _

from agreements.attention import last_day_of, title_of
from agreements.bonds import Seen
from agreements.dates import FuzzyDate
from agreements.desk.lists import Look
from agreements.reports import faces
from agreements.words import pick

#: Measures of the drawing in pixels: its width, where the two days stand, the size of letters and the room beside them.
WIDE, FIRST, SECOND = 790, 320, 428
_LETTER, _ROOM = 13, 24
#: Where the upper bar begins, the distance between the bars, and that of two lines; a title has so many at most.
_TOP, _APART, _LINE, _LINES = 24, 10, 17, 2


@dataclass(frozen=True)
class Bar:
    """A bar: where its top is, and the lines that stand in it; a title for which there is no room stands elsewhere."""

    title: str
    stage: str
    lines: Sequence[str]
    top: int
    high: int

    @property
    def placed(self) -> list[tuple[str, int, bool]]:
        """The lines in it from the middle outwards: each, where it stands, and whether it is the stage."""
        words = [*self.lines, self.stage]
        first = self.top + (self.high - _LINE * len(words)) // 2 + 13
        return [(line, first + _LINE * place, place == len(words) - 1) for place, line in enumerate(words)]

    @property
    def middle(self) -> int:
        """Where its middle is."""
        return self.top + self.high // 2


@dataclass(frozen=True)
class Passage:
    """What is drawn: where today is and where the last day, the two bars, and the sentence that says the same."""

    key: str
    today: int
    last: int
    day: FuzzyDate
    last_day: FuzzyDate
    over: bool
    earlier: Bar
    later: Bar
    gap: str
    group: str
    sentence: str

    @property
    def beyond(self) -> int:
        """How wide the gap is drawn."""
        return WIDE - self.last

    @property
    def high(self) -> int:
        """How high the whole drawing is."""
        return self.later.top + self.later.high + 4

    @property
    def gap_wide(self) -> int:
        """How wide the ground behind the words of the gap is."""
        return min(self.beyond - 20, int(faces.width(self.gap, _LETTER, bold=True)) + 16)

    @property
    def below(self) -> bool:
        """Whether a title has to stand below the drawing."""
        return not (self.earlier.lines and self.later.lines)


def passage_of(between: tuple[UUID, UUID], look: Look) -> Passage | None:
    """Return the picture of two instruments; None where the last day of the earlier one is not known."""
    earlier, later = (look.seen.get(key) for key in between)
    last = last_day_of(earlier) if earlier else None
    if earlier is None or later is None or last is None or earlier.stage is None or later.stage is None:
        return None
    over = last.latest < look.today
    today, edge = (SECOND, FIRST) if over else (FIRST, SECOND)
    told = {
        "earlier": pick(title_of(earlier)).text,
        "later": pick(title_of(later)).text,
        "day": str(last),
        "stage": _small(later.rules.stage_label(later.stage)),
    }
    if over:
        sentence = _(
            "“%(earlier)s” was in effect until %(day)s. “%(later)s” has not taken effect: %(stage)s. Since then "
            "nothing is in effect."
        )
    else:
        sentence = _(
            "“%(earlier)s” is in effect until %(day)s. “%(later)s” is not signed: %(stage)s. Unless it is signed in "
            "time, nothing is in effect after that day."
        )
    above, below = _lines(earlier, min(today, edge) - _ROOM), _lines(later, WIDE - edge - _ROOM)
    high = 10 + _LINE * (1 + max(len(above), len(below), 1))
    return Passage(
        key=later.record["reference"],
        today=today,
        last=edge,
        day=FuzzyDate.of_day(look.today),
        last_day=last,
        over=over,
        earlier=Bar(told["earlier"], earlier.rules.stage_label(earlier.stage), above, _TOP, high),
        later=Bar(told["later"], later.rules.stage_label(later.stage), below, _TOP + high + _APART, high),
        gap=_("Gap until the next one is signed"),
        group=later.group or "",
        sentence=sentence % told,
    )


def _lines(seen: Seen, room: int) -> list[str]:
    """Return the title of an agreement on lines that fit into a bar; none where there would be too many."""
    lines: list[str] = []
    for word in pick(title_of(seen)).text.split(" "):
        longer = f"{lines[-1]} {word}" if lines else word
        if lines and faces.width(longer, _LETTER, bold=True) <= room:
            lines[-1] = longer
        else:
            lines.append(word)
    fits = all(faces.width(line, _LETTER, bold=True) <= room for line in lines)
    return lines if fits and len(lines) <= _LINES else []


def _small(label: str) -> str:
    return label[:1].lower() + label[1:]
