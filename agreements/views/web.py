"""A small picture of how an agreement stands to others: what it comes from above it, what comes from it below."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from agreements.reports import faces
from agreements.views.relations import Line

#: Measures in pixels: the width of a box, its left edge, the height of a line, the room within a box, between boxes.
_WIDTH, _LEFT, _LINE, _ROOM, _GAP = 300, 28, 17, 10, 30
#: So many others are drawn; of more there is the list alone.
MOST = 8


@dataclass(frozen=True)
class Box:
    """An agreement of the picture: its title in lines, the words of the relation, whether it is the page's own."""

    lines: Sequence[tuple[str, int]]
    words: str
    here: bool
    top: int
    height: int

    @property
    def middle(self) -> int:
        """The height at which its line begins or ends."""
        return self.top + self.height // 2

    @property
    def above(self) -> int:
        """Where the words of the relation stand."""
        return self.top - 7


@dataclass(frozen=True)
class Web:
    """The boxes from above, and the lines that link each to the page's own."""

    boxes: Sequence[Box]
    height: int
    words: str

    @property
    def links(self) -> Sequence[str]:
        """The lines as SVG writes them: from the side of the page's own box to the side of each other one."""
        own = next(box for box in self.boxes if box.here)
        return [f"M{_LEFT} {own.middle}H{_LEFT - 16}V{box.middle}H{_LEFT}" for box in self.boxes if not box.here]


def web(title: str, lines: Iterable[Line]) -> Web | None:
    """Return the picture; None where there are no relations, or too many to be taken in at a glance."""
    found = list(lines)
    if not 0 < len(found) <= MOST:
        return None
    above = [line for line in found if line.forwards]
    below = [line for line in found if not line.forwards]
    boxes: list[Box] = []
    for words, text, here in (
        *((line.words, line.title.text, False) for line in above),
        ("", title, True),
        *((line.words, line.title.text, False) for line in below),
    ):
        top = boxes[-1].top + boxes[-1].height + _GAP if boxes else (_GAP - 8 if words else 2)
        boxes.append(_box(text, words, here, top))
    told = "; ".join(f"{line.words}: {line.title.text}" for line in found)
    return Web(boxes, boxes[-1].top + boxes[-1].height + 2, told)


def _box(text: str, words: str, here: bool, top: int) -> Box:
    said = _wrapped(text, here)
    height = len(said) * _LINE + _ROOM
    return Box([(line, top + _LINE * (place + 1)) for place, line in enumerate(said)], words, here, top, height)


def _wrapped(text: str, bold: bool) -> list[str]:
    """Return a title in lines that fit into a box: no title is cut off."""
    lines = [""]
    for word in text.split():
        longer = f"{lines[-1]} {word}".strip()
        if faces.width(longer, 13, bold=bold) > _WIDTH - 2 * _ROOM and lines[-1]:
            lines.append(word)
        else:
            lines[-1] = longer
    return lines
