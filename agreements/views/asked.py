"""What is asked of a list, in words: the names of facets and of their values, and of a whole selection."""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from agreements import procedures
from agreements.choices import Ball, Group, InstrumentKind, MeetingStatus, Stage
from agreements.dates import render_day
from agreements.facets import FACETS, NOT_NAMED, Scope, Span
from agreements.findings import LABELS, STRENGTH_LABELS
from agreements.models import Area, Format, Party, Unit, User
from agreements.models.base import Coded
from agreements.selections import AgreementSelection, CalendarSelection, Selection, TaskSelection
from agreements.words import Worded, pick, sorting


# ---- agreements ----
def facet_titles() -> dict[str, str]:
    """Return what the facets are called."""
    return {
        "attention": _("What needs attention"),
        "group": _("Group of stages"),
        "stage": _("Stage"),
        "ball": _("Who must act"),
        "party": _("Party"),
        "area": _("Area"),
        "kind": _("Kind"),
        "procedure": _("Procedure"),
        "binding": _("Binding force"),
        "lead_unit": _("Lead unit"),
        "officer": _("Responsible officer"),
        "hold": _("Hold"),
    }


def of_labels() -> dict[str, str]:
    """Return whose agreements may be asked for."""
    return {Scope.MINE: _("My agreements"), Scope.UNIT: _("Agreements of my unit")}


def span_titles() -> dict[str, str]:
    """Return what the dates are called between which agreements are looked for."""
    return {
        "valid_until": _("Valid until"),
        "planned_signing": _("Planned signing"),
        "since": _("In its stage since"),
        "changed_at": _("Last change"),
    }


def span_words(span: Span) -> str:
    """Say between which days."""
    if span.first and span.last:
        return _("%(first)s – %(last)s") % {"first": render_day(span.first), "last": render_day(span.last)}
    if span.first:
        return pgettext("days", "from %(day)s") % {"day": render_day(span.first)}
    return pgettext("days", "until %(day)s") % {"day": render_day(span.last)} if span.last else ""


def order_words(order: str) -> str:
    """Say by what a list is in order."""
    title = {
        "title": _("Title"),
        "reference": _("Reference"),
        "stage": _("Stage"),
        "days": _("Days in stage"),
        "planned": _("Next planned date"),
        "valid_until": _("Valid until"),
        "changed": _("Last change"),
        "ball": _("Who must act"),
    }[order.removeprefix("-")]
    return _("%(column)s, descending") % {"column": title} if order.startswith("-") else title


def facet_values() -> dict[str, list[tuple[str, Worded]]]:
    """Return the values of those facets of which the values are always the same."""
    return {
        "attention": [(code, _own(label)) for code, label in (STRENGTH_LABELS | LABELS).items()],
        "group": [(group, _own(group.label)) for group in Group],
        "stage": [(stage, _own(stage_label(stage))) for stage in Stage],
        "ball": [(ball, _own(ball.label)) for ball in Ball],
        "kind": [(kind, _own(kind.label)) for kind in InstrumentKind],
        "procedure": [(code, pick(rules.title)) for code, rules in procedures.load(settings.PROCEDURES_DIR).items()],
        "binding": [("yes", _own(_("binding"))), ("no", _own(_("not binding")))],
        "hold": [("yes", _own(_("On hold")))],
    }


def stage_label(stage: Stage) -> str:
    """Return what a stage is called, and what else procedures call it: In force; in effect."""
    known = procedures.load(settings.PROCEDURES_DIR).values()
    names = [str(stage.label), *(rules.stage_label(stage) for rules in known if stage in rules.stages)]
    first, *others = dict.fromkeys(names)
    return "; ".join([first, *(name[:1].lower() + name[1:] for name in others)])


def answerable(selections: Sequence[AgreementSelection]) -> dict[str, dict[str, str]]:
    """Return what the lead units and officers are called that selections name; two queries at most."""
    return {
        "lead_unit": {NOT_NAMED: not_named(), **_named(Unit, _codes(selections, "lead_unit"))},
        "officer": {NOT_NAMED: not_named(), **_people(_codes(selections, "officer"))},
    }


def not_named() -> str:
    """Say that no lead unit, or no officer, is named."""
    return _("not named")


def _own(label: Any) -> Worded:
    return Worded(str(label), "")


def named(rows: Iterable[Coded | Party]) -> list[tuple[str, str]]:
    """Return code and name of what can be chosen, in the alphabetical order of the reader's language."""
    return sorted(((row.code, row.name.text) for row in rows), key=lambda pair: sorting(pair[1]))


# ---- tasks ----
def whose_labels() -> dict[str, str]:
    """Return whose tasks may be asked for."""
    return {"mine": _("My tasks"), "unit": _("Tasks of my unit"), "all": _("All tasks")}


def due_labels() -> dict[str, str]:
    """Return when tasks may be due that are asked for."""
    return {"": _("At any time"), "late": _("Late"), "soon": _("Due within two weeks"), "undated": _("Without a date")}


# ---- whole selections ----
@dataclass(frozen=True)
class _Names:
    """What the codes in some selections stand for."""

    parties: Mapping[str, str]
    areas: Mapping[str, str]
    formats: Mapping[str, str]
    units: Mapping[str, str]
    officers: Mapping[str, str]


def in_words(selections: Sequence[Selection]) -> list[str]:
    """Say of each what it asks for; five queries at most for any number. A code that is not known stands for itself."""
    names = _Names(
        _named(Party, _codes(selections, "party")),
        _named(Area, _codes(selections, "area")),
        _named(Format, _codes(selections, "format")),
        _named(Unit, _codes(selections, "lead_unit")),
        _people(_codes(selections, "officer")),
    )
    return [" · ".join(_parts(one, names)) for one in selections]


def _codes(selections: Iterable[Selection], parameter: str) -> set[str]:
    return {value for one in selections for name, value in one.parameters() if name == parameter}


def _named(model: type[Party | Area | Format | Unit], codes: Collection[str]) -> dict[str, str]:
    return {row.code: row.name.text for row in model._default_manager.filter(code__in=codes)} if codes else {}


def _people(accounts: Collection[str]) -> dict[str, str]:
    return {user.username: str(user) for user in User.objects.filter(username__in=accounts)} if accounts else {}


def _parts(asked: Selection, names: _Names) -> Iterator[str]:
    match asked:
        case AgreementSelection():
            yield from _of_agreements(asked, names)
        case TaskSelection():
            yield from _of_tasks(asked)
        case CalendarSelection():
            yield from _of_calendar(asked, names)


def _of_agreements(asked: AgreementSelection, names: _Names) -> Iterator[str]:
    if asked.empty:
        yield _("all agreements")
    if asked.words:
        yield _("“%(words)s”") % {"words": asked.words}
    if asked.of:
        yield of_labels()[asked.of]
    fixed = {name: {code: label.text for code, label in pairs} for name, pairs in facet_values().items()}
    known = fixed | {
        "party": names.parties,
        "area": names.areas,
        "lead_unit": {**names.units, NOT_NAMED: not_named()},
        "officer": {**names.officers, NOT_NAMED: not_named()},
    }
    titles = facet_titles()
    for name in FACETS:
        chosen = asked.chosen.get(name, frozenset())
        if name == "stage":
            told = list(_stages(chosen, known[name].__getitem__))
        else:
            told = sorted((known[name].get(code, code) for code in chosen), key=sorting)
        if told:
            yield ", ".join(told) if name == "hold" else f"{titles[name]}: {', '.join(told)}"
    for name, title in span_titles().items():
        if span := asked.spans.get(name):
            yield f"{title}: {span_words(span)}"
    if asked.order:
        yield _("in the order: %(order)s") % {"order": order_words(asked.order)}


def _stages(chosen: frozenset[str], label: Callable[[str], str]) -> Iterator[str]:
    """Name the groups of which every stage is chosen, and the other stages, in the order of an agreement's life."""
    for group in Group:
        stages = Stage.of(group)
        if chosen.issuperset(stages):
            yield str(group.label)
        else:
            yield from (label(stage) for stage in stages if stage in chosen)


def _of_tasks(asked: TaskSelection) -> Iterator[str]:
    yield whose_labels()[asked.of]
    if asked.due:
        yield due_labels()[asked.due]
    if asked.side:
        yield str(Ball(asked.side).label)


def _of_calendar(asked: CalendarSelection, names: _Names) -> Iterator[str]:
    if not asked.asked:
        yield _("the whole calendar")
    if asked.mine:
        yield _("only what I am responsible for")
    if asked.format:
        yield names.formats.get(asked.format, asked.format)
    if asked.party:
        yield names.parties.get(asked.party, asked.party)
    if asked.status in MeetingStatus.values:
        yield str(MeetingStatus(asked.status).label)
