"""How pages draw the pictures of reports: where everything is, as SVG takes it, whatever the language writes."""

from collections.abc import Sequence

from django import template
from django.utils.safestring import SafeString

from agreements.reports import drawn, faces
from agreements.reports.document import Bars, Funnel, Lane, Steps, Timeline

register = template.Library()

#: What a drawing is taken to be wide in pixels, where labels that do not fit are left out; it is no narrower.
_WIDE = {"bars": 420, "timeline": 540}
#: The size of labels in pixels, and the room beside them.
_LABEL, _ROOM = 12, 12
#: Lines that fill what is not certain, for any width.
_HATCH = "".join(f"M{left} 12l12-12" for left in range(-12, 2400, 5))


@register.simple_tag
def hatch() -> SafeString:
    """Return the path that fills what is not certain."""
    return SafeString(_HATCH)


@register.filter
def percent(part: float) -> str:
    """Write a part of the width."""
    return f"{100 * part:.2f}%"


@register.filter
def strip(steps: Steps) -> Sequence[tuple[int, bool]]:
    """Return the boxes of the small picture of an agreement's steps: where each is, and whether it is filled."""
    return [(9 * number, number < steps.at) for number in range(steps.of)]


@register.filter
def bars(block: Bars) -> Sequence[dict[str, object]]:
    """Return the bars with their parts; labels stand within if all of a bar fit."""
    found = []
    for bar in block.rows:
        parts = drawn.parts(block, bar)
        inside = all(_fits(piece.label, piece.width, "bars") for _part, piece in parts)
        words = "; ".join(piece.label for _part, piece in parts)
        found.append({"bar": bar, "parts": parts, "inside": inside, "words": words})
    return found


@register.filter
def funnel(block: Funnel) -> Sequence[tuple[object, str]]:
    """Return the steps of a funnel with how long the bar of each is."""
    return [(step, percent(0.9 * share)) for step, share in zip(block.rows, drawn.shares(block), strict=True)]


@register.filter
def pieces(timeline: Timeline, lane: Lane) -> Sequence[tuple[drawn.Piece, bool]]:
    """Return what is drawn in a lane, and whether its label fits into it."""
    return [(piece, _fits(piece.label, piece.width, "timeline")) for piece in drawn.pieces(timeline, lane)]


@register.filter
def ticks(timeline: Timeline) -> Sequence[drawn.Tick]:
    """Return the scale of a timeline."""
    return drawn.ticks(timeline, 12)


@register.filter
def now(timeline: Timeline) -> str:
    """Return where the day is that the report looks at; nothing where it looks at none."""
    return percent(drawn.place(timeline, timeline.now)) if timeline.now else ""


@register.filter
def groups(timeline: Timeline) -> Sequence[object]:
    """Return the groups of stages that are drawn."""
    return drawn.groups(timeline)


@register.filter
def unsure(timeline: Timeline) -> bool:
    """Whether anything is drawn hatched."""
    return drawn.unsure(timeline)


@register.filter
def told(lane: Lane) -> str:
    """Say what is drawn in a lane."""
    return ", ".join(f"{span.label} ({span.when})" for span in lane.spans)


def _fits(label: str, width: float, picture: str) -> bool:
    return bool(label) and faces.width(label, _LABEL, bold=True) + _ROOM < width * _WIDE[picture]
