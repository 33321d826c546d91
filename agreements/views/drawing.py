"""A procedure as one drawing: the path with its dates, what each step needs by which law, the other ways out and back.

Everything is placed here, with texts broken by the width of their letters; the template writes down what it is given.
The same drawing stands in a page, in the colours of the reader, and opens alone as a file.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from itertools import accumulate, groupby, pairwise
from typing import NamedTuple

from django.template.loader import render_to_string
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from agreements.choices import EDGES, Group, Stage, Transition
from agreements.dates import NBSP, FuzzyDate, precision_words, render_short
from agreements.procedures import Procedure
from agreements.reports.faces import width as measured
from agreements.views.picture import Node, Picture, picture
from agreements.views.rules import brief, onward, parted, rule_of
from agreements.words import active_language, pick

#: The colours of paper, for a file that opens alone; in a page the reader's stand under the same names.
_PAPER = {
    "ink": "#1b232b", "ink-2": "#4a5661", "line": "#dfe3e7", "line-strong": "#7c8792", "surface": "#ffffff",
    "preparing": "#2f5f8f", "concluded": "#63458a", "operative": "#256746", "ended": "#5c6670", "soon": "#7d5200",
}  # fmt: skip
#: Measures in pixels: the words of a column at least, a column at most, the whole, the centre of a node, a line.
_COLUMN, _WIDEST, _WHOLE, _CENTRE, _LINE = 108, 320, 1184, 12, 17
#: Between the words of one column and the next; no word makes its column wider than this.
_APART, _LONGEST = 14, 176
_TEXT, _LABEL = 13, 14.5


# ---- what is drawn ----
class Text(NamedTuple):
    """One line of words."""

    x: float
    y: float
    words: str
    size: float = _TEXT
    weight: int = 400
    fill: str = "ink-2"


class Line(NamedTuple):
    """A line; dashed where it is still to be walked, with an arrow where it leads somewhere."""

    path: str
    stroke: str
    width: float = 1
    dash: str = ""
    arrow: bool = False


class Sign(NamedTuple):
    """A sign at a place: a node in its state, a dot, a cross, a mark, or the sign of a stage."""

    kind: str
    x: float
    y: float
    fill: str
    stage: str = ""


class Said(NamedTuple):
    """A piece of words before it is placed, with the sign that stands before it."""

    words: str
    weight: int = 400
    fill: str = "ink-2"
    sign: str = ""


@dataclass(frozen=True)
class Standing:
    """Where one agreement stands: its own picture, the number of its text, since when it is on hold, what is missing.

    `missing` is how many things the next step lacks; `past` says that it stood there on a day that is looked back to.
    """

    picture: Picture
    text: int
    hold_since: FuzzyDate | None = None
    missing: int = 0
    following: Transition | None = None
    past: bool = False


def _now(text: int, *, past: bool) -> str:
    """Say that it stands here, or stood on the day that is looked back to, and with which text."""
    if past:
        return _("On this day · text %(number)s") % {"number": text} if text > 1 else _("On this day")
    return _("Now · text %(number)s") % {"number": text} if text > 1 else _("Now")


@dataclass
class Drawing:
    """Everything that is drawn, with the sentences that say the same."""

    title: str
    sentences: Sequence[str]
    width: float
    height: float = 0
    texts: list[Text] = field(default_factory=list)
    lines: list[Line] = field(default_factory=list)
    signs: list[Sign] = field(default_factory=list)

    @property
    def box(self) -> str:
        """The part that a page shows, as SVG writes it."""
        return f"0 0 {self.width:.0f} {self.height:.0f}"

    @property
    def paper(self) -> tuple[int, int]:
        """The size of a file: with a margin, and with room for the title at the top."""
        return round(self.width) + 48, round(self.height) + 92

    # ---- placing ----
    def say(self, x: float, y: float, said: Iterable[Said], width: float, size: float = _TEXT) -> float:
        """Place words under one another, from the top `y`; return where they end."""
        for one in said:
            room = 18 if one.sign else 0
            if one.sign:
                self.signs.append(Sign(one.sign, x, y + 2, one.fill))
            for line in broken(one.words, width - room, size, bold=one.weight > 400):
                self.texts.append(Text(x + room, y + size, line, size, one.weight, one.fill))
                y += _LINE if size <= _TEXT else size + 5
        return y


def broken(words: str, width: float, size: float, *, bold: bool = False) -> list[str]:
    """Break a text into lines no wider than `width`; a word that is wider by itself is broken within."""
    lines: list[str] = []
    current = ""
    for word in words.split(" "):
        for piece in _pieces(word, width, size, bold):
            longer = f"{current} {piece}" if current else piece
            if current and measured(longer, size, bold=bold) > width:
                lines.append(current)
                current = piece
            else:
                current = longer
    return [*lines, current] if current else lines


def _pieces(word: str, width: float, size: float, bold: bool) -> Iterable[str]:
    if NBSP in word and measured(word, size, bold=bold) > width:  # rather between words that belong together
        for part in word.split(NBSP):
            yield from _pieces(part, width, size, bold)
        return
    while word and measured(word, size, bold=bold) > width:
        fits = next((n for n in range(len(word) - 3, 1, -1) if measured(f"{word[:n]}-", size, bold=bold) <= width), 1)
        yield f"{word[:fits]}-"
        word = word[fits:]
    if word:
        yield word


class _Acts:
    """The acts that are cited, numbered in the order of the drawing."""

    def __init__(self) -> None:
        self.numbers: dict[str, int] = {}

    def cite(self, law: str) -> str:
        """Return a provision with the number of its act."""
        act, provision = parted(law)
        number = self.numbers.setdefault(act, len(self.numbers) + 1)
        return f"{provision}\u00a0[{number}]" if provision else f"[{number}]"


# ---- the whole ----
def svg(rules: Procedure, standing: Standing | None = None) -> str:
    """Return the drawing as a file that opens alone, in the reader's language and the colours of paper."""
    told = {"drawing": drawing(rules, standing), "language": active_language(), "alone": True}
    text = render_to_string("procedures/drawing.svg", told)
    return re.sub(r"var\(--([\w-]+)\)", lambda found: _PAPER[found[1]], text)


def drawing(rules: Procedure, standing: Standing | None = None) -> Drawing:
    """Lay the drawing out from the top: the groups, the dates, the path, what the steps need, the law, other ways."""
    nodes = (standing.picture if standing else picture(rules)).nodes
    drawn = Drawing(str(pick(rules.title)), rule_sentences(rules), 0)
    sheet = _Sheet(drawn, rules, nodes, standing)
    sheet.groups()
    sheet.path()
    sheet.columns()
    sheet.others()
    sheet.acts()
    drawn.height = sheet.y + 8
    return drawn


def rule_sentences(rules: Procedure) -> list[str]:
    """Say every step in words: from where it leads where."""
    told = [rule_of(rules, name) for name in Transition if name in rules.transitions]
    return [
        f"{', '.join(label for _stage, label in rule.sources)} → {rule.target_label}: {rule.label}" for rule in told
    ]


class _Sheet:
    """A drawing on its way down; `y` is how far it has come."""

    def __init__(self, drawn: Drawing, rules: Procedure, nodes: Sequence[Node], standing: Standing | None) -> None:
        self.drawn, self.rules, self.nodes, self.standing = drawn, rules, nodes, standing
        self.cited = _Acts()
        self.along = list(onward(rules))
        self.steps = [self._into(node.stage) for node in nodes]
        self.edges = list(accumulate(self._widths(), initial=0.0))
        self.y, drawn.width = 0.0, self.edges[-1]

    def _widths(self) -> Iterable[float]:
        """Return how wide the columns are: their words fit, and what is left of the whole goes to the law."""
        least = [self._least(node, names) for node, names in zip(self.nodes, self.steps, strict=True)]
        told = [max(10, sum(len(one.words) for one in self._laws(names)) - 60) for names in self.steps]
        left = max(0.0, _WHOLE - sum(least))
        return [min(_WIDEST, floor + left * part / sum(told)) for floor, part in zip(least, told, strict=True)]

    def _least(self, node: Node, names: Sequence[Transition]) -> float:
        """Return how wide a column is at least: as its longest word, if that is not too long."""
        said = [Said(self._named(name)) for name in names] + list(self._needs(names))
        widths = [measured(word, _TEXT) for one in said for word in one.words.split(" ")]
        widths += [measured(word, _LABEL, bold=True) for word in node.label.split(" ")]
        return min(_LONGEST, max(_COLUMN, *widths) + _APART)

    def left(self, number: int) -> float:
        """Return where a column begins."""
        return self.edges[number]

    def centre(self, number: int) -> float:
        """Return where the nodes of a column are."""
        return self.edges[number] + _CENTRE

    def inner(self, number: int) -> float:
        """Return how much room a column has for words."""
        return self.edges[number + 1] - self.edges[number] - _APART

    def groups(self) -> None:
        """Draw the bars of the groups."""
        for group, within in groupby(enumerate(self.nodes), key=lambda pair: pair[1].group):
            numbers = [number for number, _node in within]
            start, end = self.left(numbers[0]), self.left(numbers[-1] + 1) - _APART
            self.drawn.texts.append(Text(start, 13, str(Group(group).label), _TEXT, 600, group))
            self.drawn.lines.append(Line(f"M{start:.1f} 21H{end:.1f}", group, 2))
        self.y = 38

    # ---- the path ----
    def path(self) -> None:
        """Draw the path: the branch of an earlier text, what stands above the nodes, the nodes, their names."""
        earlier = self._earlier()
        above = [list(self._above(number, node)) for number, node in enumerate(self.nodes)]
        heights = [self._height(said, self.inner(number)) for number, said in enumerate(above)]
        line = self.y + max(heights) + 18
        for number, said in enumerate(above):
            self.drawn.say(self.left(number), line - 16 - heights[number], said, self.inner(number))
        if earlier:
            self._branch(earlier, line)
        for number, (node, _following) in enumerate(pairwise(self.nodes)):
            walked = node.state in ("done", "plain")
            stroke, dash = (node.group, "") if walked else ("line-strong", "5 5")
            path = f"M{self.centre(number):.1f} {line:.1f}H{self.centre(number + 1):.1f}"
            self.drawn.lines.append(Line(path, stroke, 2.5 if walked else 2, dash))
        for number, node in enumerate(self.nodes):
            self.drawn.signs.append(Sign(f"node-{node.state}", self.centre(number), line, node.group))
        ends = []
        for number, node in enumerate(self.nodes):
            fill = node.group if node.state == "now" else "ink-2" if node.state in ("next", "gap") else "ink"
            said = [Said(node.label, 600, fill)]
            ends.append(self.drawn.say(self.left(number), line + 20, said, self.inner(number), _LABEL))
        self.y = max(ends) + 2

    def _height(self, said: Sequence[Said], width: float) -> float:
        lines = [broken(one.words, width - (18 if one.sign else 0), _TEXT, bold=one.weight > 400) for one in said]
        return _LINE * sum(map(len, lines))

    def _above(self, number: int, node: Node) -> Iterable[Said]:
        """Yield what stands above a node: that it is now, the text, the date and what is not known of it, marks."""
        event, standing = node.event, self.standing
        text = standing.text if standing else 1
        now = node.state == "now"
        if now:
            yield Said(_now(text, past=bool(standing and standing.past)), 600, node.group)
        elif event and text > 1 and event.text == text and not self._of_text(number - 1, text):
            yield Said(_("Text %(number)s") % {"number": text}, 600, "ink")
        if event:
            yield Said(render_short(event.on), 600 if now else 400, node.group if now else "ink-2")
            if words := precision_words(event.on, event.certainty):
                yield Said(words)
            if event.out_of_procedure:
                yield Said(_("Out of procedure"), sign="flag")
        elif node.state == "gap":
            yield Said(_("not recorded"))
        elif node.planned:
            yield Said(_("planned: %(day)s") % {"day": render_short(node.planned)})
        if now and standing and standing.hold_since:
            yield Said(_("On hold since %(day)s") % {"day": render_short(standing.hold_since)}, sign="hold")

    def _of_text(self, number: int, text: int) -> bool:
        """Whether the text is named at a node already."""
        event = self.nodes[number].event if number >= 0 else None
        return event is not None and event.text == text

    def _earlier(self) -> Sequence[tuple[int, float]]:
        """Write what is told of the text that was given up; return the columns of its nodes with its height."""
        found = [(number, node) for number, node in enumerate(self.nodes) if node.earlier]
        ends = []
        for number, node in found:
            event = node.earlier
            if event is None:
                continue
            told = [Said(_("Text %(number)s") % {"number": event.text}, 600, "ink")] if number == found[0][0] else []
            told.append(Said(render_short(event.on)))
            if words := precision_words(event.on, event.certainty):
                told.append(Said(words))
            ends.append((number, self.drawn.say(self.left(number), self.y, told, self.inner(number))))
        if not ends:
            return ()
        height = max(end for _number, end in ends) + 12
        self.y = height + 14
        return [(number, height) for number, _end in ends]

    def _branch(self, earlier: Sequence[tuple[int, float]], line: float) -> None:
        """Draw the branch of the earlier text: it leaves the path, and ends in a cross."""
        (first, height), (last, _height) = earlier[0], earlier[-1]
        leaves, joins = self.centre(first) - 0.6 * (_COLUMN + _APART), self.centre(first) - 16
        ends = self.centre(last) + 0.5 * (_COLUMN + _APART)
        lines = self.drawn.lines
        if first:
            curve = (
                f"M{leaves:.1f} {line:.1f}L{joins - 14:.1f} {height + 8:.1f}Q{joins - 10:.1f} {height:.1f} {joins:.1f} "
            )
            curve += f"{height:.1f}"
            lines.append(Line(curve, "line-strong", 1.6))
        lines.append(Line(f"M{joins:.1f} {height:.1f}H{self.centre(last):.1f}", "line-strong", 1.6))
        lines.append(Line(f"M{self.centre(last):.1f} {height:.1f}H{ends:.1f}", "line-strong", 1.6, "3 3"))
        for number, _same in earlier:
            self.drawn.signs.append(Sign("dot", self.centre(number), height, "line-strong"))
        self.drawn.signs.append(Sign("cross", ends + 5, height, "line-strong"))

    # ---- what the steps need, and by which law ----
    def columns(self) -> None:
        """Write under each stage the steps that lead there, what they need, and the law."""
        steps = self.steps
        self._row([[Said(self._named(name)) for name in names] for names in steps])
        self._headed(_("What the step needs"))
        self._row([list(self._needs(names)) for names in steps])
        self._headed(_("The law under the step"))
        self._row([self._laws(names) or [Said("–")] if names else [] for names in steps], gap=4)

    def _into(self, stage: Stage) -> list[Transition]:
        """Return the steps along the path that lead to a stage; to one beside it, all."""
        names = self.along if stage in self.rules.path else self.rules.transitions
        return [name for name in names if EDGES[name].target == stage]

    def _named(self, name: Transition) -> str:
        label = self.rules.step_label(name)
        return f"{label} ({_('by itself')})" if name in self.rules.automatic else label

    def _needs(self, names: Sequence[Transition]) -> Iterable[Said]:
        told = [brief(requirement) for name in names for requirement in self.rules.transitions[name].requires]
        for words in dict.fromkeys(told):
            yield Said(words, fill="ink")
        if names and not told:
            yield Said(_("nothing beforehand"))
        standing = self.standing
        if standing and standing.missing and standing.following in names:
            missing = ngettext("%(number)s thing is missing", "%(number)s things are missing", standing.missing)
            yield Said(missing % {"number": standing.missing}, 600, "soon", "missing")

    def _laws(self, names: Sequence[Transition]) -> list[Said]:
        """Return the provisions under steps: of what they need, and of the tasks that come before them."""
        laws = [pick(need.law).text for name in names for need in self.rules.transitions[name].requires]
        laws += [pick(task.law).text for task in self.rules.tasks if task.transition in names]
        return [Said(self.cited.cite(law), fill="ink") for law in dict.fromkeys(laws) if law]

    def _headed(self, title: str) -> None:
        self.drawn.lines.append(Line(f"M0 {self.y + 8:.1f}H{self.drawn.width:.1f}", "line"))
        self.drawn.texts.append(Text(0, self.y + 28, title, _TEXT, 600))
        self.y += 34

    def _row(self, cells: Sequence[Sequence[Said]], gap: float = 2) -> None:
        """Write a cell into each column; the row is as high as the highest."""
        ends = [self.y]
        for number, cell in enumerate(cells):
            y = self.y
            for said in cell:
                y = self.drawn.say(self.left(number), y, [said], self.inner(number)) + gap
            ends.append(y)
        self.y = max(ends) + 4

    # ---- the other ways ----
    def others(self) -> None:
        """Draw each other step as a line under the columns: from where it starts to where it leads."""
        names = [name for name in self.rules.transitions if name not in self.along]
        if not names:
            return
        self._headed(_("Other ways out and back"))
        top = self.y
        places = {node.stage: number for number, node in enumerate(self.nodes)}
        # Behind the lines, so that one sees which column a dot belongs to.
        guides = [Line("", "line") for _node in self.nodes]
        start = len(self.drawn.lines)
        for name in names:
            self._way(name, places)
        for number, guide in enumerate(guides):
            path = f"M{self.centre(number):.1f} {top + 2:.1f}V{self.y - 6:.1f}"
            self.drawn.lines.insert(start, guide._replace(path=path, dash="2 4"))

    def _way(self, name: Transition, places: dict[Stage, int]) -> None:
        rules, target = self.rules, EDGES[name].target
        sources = [stage for stage in Stage if stage in rules.transitions[name].sources]
        on_path = [places[stage] for stage in sources if stage in places]
        beside = [rules.stage_label(stage) for stage in sources if stage not in places]
        words = f"{self._named(name)} → {rules.stage_label(target)}"
        if beside and on_path:
            words += f" ({_('also from: %(stages)s') % {'stages': ', '.join(beside)}})"
        elif beside:
            words += f" ({_('from: %(stages)s') % {'stages': ', '.join(beside)}})"
        laws = " · ".join(said.words for said in self._laws([name]))
        begin = min([*on_path, places[target]] if target in places else on_path, default=0)
        x, width = self.left(begin), self.drawn.width - self.left(begin)
        wanted = min(self.drawn.width, measured(words, _TEXT, bold=True) + 4)
        if wanted > width:
            x, width = self.drawn.width - wanted, wanted
        y = self.drawn.say(x, self.y, [Said(words, 600, "ink")], width)
        if laws:
            room = max(width, min(self.drawn.width, 560))
            y = self.drawn.say(min(x, self.drawn.width - room), y, [Said(laws)], room)
        line = y + 12
        off = next((stage for stage in sources if stage not in places), None)
        self._drawn_way(line, on_path, places.get(target), target, off)
        self.y = line + 20

    def _drawn_way(
        self, line: float, sources: Sequence[int], target: int | None, stage: Stage, off: Stage | None
    ) -> None:
        here = next((n for n, node in enumerate(self.nodes) if node.state == "now"), None)
        fill = stage.group
        if target is None:
            start = self.centre(sources[0]) if sources else self.centre(len(self.nodes) - 1)
            end = (self.centre(sources[-1]) if sources else start) + 0.55 * (_COLUMN + _APART)
            path = f"M{start:.1f} {line:.1f}H{end:.1f}"
            self.drawn.signs.append(Sign("stage", end + 12, line, fill, stage))
        else:
            aim = self.centre(target)
            far = [self.centre(number) for number in sources if number > target]
            near = [self.centre(number) for number in sources if number < target]
            begin = max(far) if far else min(near) if near else aim + 0.55 * (_COLUMN + _APART)
            if not sources and off:
                self.drawn.signs.append(Sign("stage", begin + 12, line, off.group, off))
            end = aim + 10 if begin > aim else aim - 10
            path = f"M{begin:.1f} {line:.1f}H{end:.1f}"
            self.drawn.signs.append(Sign("stage", aim, line, fill, stage))
        self.drawn.lines.append(Line(path, fill, 1.8, arrow=True))
        for number in sources:
            if number != target:
                kind = "dot-here" if number == here else "dot"
                self.drawn.signs.append(Sign(kind, self.centre(number), line, fill))

    # ---- what is cited ----
    def acts(self) -> None:
        """Name the acts that are cited."""
        if not self.cited.numbers:
            return
        self.drawn.lines.append(Line(f"M0 {self.y + 4:.1f}H{self.drawn.width:.1f}", "line"))
        self.y += 12
        for act, number in self.cited.numbers.items():
            self.y = self.drawn.say(0, self.y, [Said(f"[{number}] {act}")], self.drawn.width)


# ---- as text ----
def mermaid(rules: Procedure) -> str:
    """Return the procedure as a state diagram that Mermaid draws."""
    lines = ["stateDiagram-v2"]
    lines += [f"    state {_quoted(rules.stage_label(stage))} as {stage.value}" for stage in rules.stages]
    lines.append(f"    [*] --> {rules.path[0].value}")
    lines += [
        f"    {source.value} --> {EDGES[name].target.value}: {rules.step_label(name)}"
        for name in Transition
        if name in rules.transitions
        for source in rules.transitions[name].sources
    ]
    lines += [f"    {stage.value} --> [*]" for stage in rules.stages if stage.group == Group.ENDED]
    return "\n".join(lines)


def _quoted(label: str) -> str:
    return '"{}"'.format(label.replace('"', "'"))
