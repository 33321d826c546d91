"""The search of the head: one box for agreements, parties, documents, sources, meetings and tasks."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.core.paginator import Paginator
from django.db.models import Count, Prefetch
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_safe

from agreements import numbers, search
from agreements.choices import DocumentKind, MeetingStatus, Stage, TaskStatus
from agreements.folding import Sought
from agreements.glossary import Term
from agreements.models import Agreement, Document, DocumentVersion, Meeting, Participant, Party, Task, User
from agreements.places import place_words
from agreements.tasks import title_of
from agreements.words import Worded

#: How many of each register are shown beside the others, how many of one on a page, how long a question may be.
_FIRST, _PAGE, _LONGEST = 6, 50, 200


@dataclass(frozen=True)
class Hit:
    """Something that was found: what it is called, where it is, what else is told of it.

    `beside` is another wording in which the words stand, where the title does not have them all.
    """

    title: Worded
    address: str
    notes: Sequence[str] = ()
    beside: Worded | None = None
    reference: Worded | None = None
    stage: tuple[str, str, str] | None = None


@dataclass(frozen=True)
class Group:
    """What was found in one register: so many, the first of them, and where all of them are listed."""

    code: str
    title: str
    total: int
    hits: Sequence[Hit]
    all_address: str = ""


@require_safe
def everything(request: HttpRequest) -> HttpResponse:
    """Show what every register has to the words asked for; with `in`, all that one of them has."""
    user: Any = request.user
    text = " ".join(request.GET.get("q", "").replace("\x00", "").split())[:_LONGEST]
    sought, asked = Sought.read(text), request.GET.get("in", "")
    context: dict[str, Any] = {"section": "search", "text": text, "sought": sought, "registers": _titles().values()}
    if not text:
        return render(request, "search/search.html", context)
    if asked in _REGISTERS:
        page = Paginator(_REGISTERS[asked].find(text, sought, user), _PAGE).get_page(request.GET.get("page"))
        hits = _REGISTERS[asked].show(list(page.object_list), sought, user)
        group = Group(asked, _titles()[asked], page.paginator.count, list(hits))
        context |= {
            "groups": [group] if hits else [],
            "one": True,
            "whole_address": _address(text),
            "page": page,
            "previous": _address(text, asked, page.previous_page_number()) if page.has_previous() else "",
            "following": _address(text, asked, page.next_page_number()) if page.has_next() else "",
        }
    else:
        context["groups"] = [group for code in _REGISTERS if (group := _group(code, text, sought, user)).total]
    context["total"] = sum(group.total for group in context["groups"])
    if not context["total"]:
        context["suggestions"] = [(one, _address(one)) for one in search.suggestions(text, user)]
    return render(request, "search/search.html", context)


def _address(text: str, asked: str = "", number: int = 1) -> str:
    pairs = {"q": text} | ({"in": asked} if asked else {}) | ({"page": number} if number > 1 else {})
    return f"{reverse('search')}?{urlencode(pairs)}"


def _group(code: str, text: str, sought: Sought, user: User) -> Group:
    register = _REGISTERS[code]
    found = register.find(text, sought, user)
    total = len(found) if isinstance(found, list) else found.count()
    hits = list(register.show(list(found[:_FIRST]), sought, user)) if total else []
    listed = f"{reverse('agreement-list')}?{urlencode({'q': text})}"
    whole = listed if code == "agreements" else _address(text, code) if total > len(hits) else ""
    return Group(code, _titles()[code], total, hits, whole)


def _titles() -> dict[str, str]:
    return {
        "agreements": _("Agreements"),
        "parties": _("Parties"),
        "documents": _("Documents"),
        "sources": _("Sources and evidence"),
        "meetings": _("Meetings"),
        "tasks": _("Tasks"),
        "glossary": _("Glossary"),
    }


def _beside(sought: Sought, title: Worded, others: Iterable[Worded]) -> Worded | None:
    """Return the other wording that has most of the words, where it has more of them than the title."""

    def found(worded: Worded) -> int:
        return sum(mark for _piece, mark in sought.marked(worded.text))

    best = max(others, key=found, default=None)
    return best if best and found(best) > found(title) else None


def _wordings(*texts: dict[str, str]) -> Iterable[Worded]:
    return (Worded(text, language) for one in texts for language, text in one.items() if text)


# ---- the registers ----
def _agreements(rows: list[Agreement], sought: Sought, _user: User) -> Iterable[Hit]:
    for row in rows:
        label = row.rules.stage_label(Stage(row.stage))
        numbered = [
            text for text in (row.register_number, row.un_number) if text and _beside(sought, _NONE, [_as(text)])
        ]
        yield Hit(
            row.short_title,
            row.get_absolute_url(),
            [_("since %(day)s") % {"day": row.since}, *numbered],
            _beside(sought, row.short_title, _wordings({"": row.title.text}, row.short_titles, row.titles)),
            _as(row.reference),
            (row.stage, row.group, label),
        )


_NONE = Worded("", "")


def _as(text: str) -> Worded:
    return Worded(text, "")


def _parties(rows: list[Party], sought: Sought, user: User) -> Iterable[Hit]:
    seen = Agreement.objects.for_user(user).kept().order_by()
    counted = Participant.objects.filter(party__in=rows, agreement__in=seen).order_by().values_list("party")
    counts = dict(counted.annotate(Count("pk")))
    for row in rows:
        number = counts.get(row.pk, 0)
        words = ngettext("%(number)s agreement", "%(number)s agreements", number)
        yield Hit(
            row.name,
            reverse("party", args=[row.code]),
            [words % {"number": numbers.grouped(number)}] if row.code != settings.OWN_SIDE else [_("Own side")],
            _beside(sought, row.name, _wordings(row.names)),
            _as(row.code),
        )


def _documents(rows: list[Document], sought: Sought, _user: User) -> Iterable[Hit]:
    for row in rows:
        files = list(row.versions.all())
        kind = str(DocumentKind(row.kind).label)
        wordings = [*_wordings(row.titles), *(_as(text) for file in files for text in (file.name, file.received_from))]
        notes = [
            *([kind] if kind != row.title.text else []),
            *([str(files[0].dated)] if files and files[0].dated else []),
        ]
        yield Hit(
            row.title,
            f"{row.agreement.get_absolute_url()}#documents",
            [*notes, row.agreement.short_title.text],
            _beside(sought, row.title, wordings),
        )


def _citations(rows: list[search.Citation], sought: Sought, user: User) -> Iterable[Hit]:
    about = Agreement.objects.for_user(user).in_bulk({row.agreement for row in rows})
    for row in rows:
        agreement = about[row.agreement]
        yield Hit(_as(row.text), f"{agreement.get_absolute_url()}#history", [agreement.short_title.text])


def _meetings(rows: list[Meeting], sought: Sought, _user: User) -> Iterable[Hit]:
    for row in rows:
        titles = {language: getattr(row, f"title_{language}") for language in row.format.names}
        counterparts = {"en": row.counterpart, "ru": row.counterpart_ru, "kk": row.counterpart_kk}
        yield Hit(
            row.title,
            row.get_absolute_url(),
            [
                str(row.on),
                str(MeetingStatus(row.status).label),
                *([place_words(row.place)] if row.place else []),
            ],
            _beside(sought, row.title, _wordings(titles, row.format.names, counterparts, {"": row.place})),
        )


def _tasks(rows: list[Task], sought: Sought, _user: User) -> Iterable[Hit]:
    for row in rows:
        due = [_("due %(day)s") % {"day": row.due}] if row.due and row.status == TaskStatus.OPEN else []
        yield Hit(
            title_of(row),
            f"{row.agreement.get_absolute_url()}#tasks",
            [str(TaskStatus(row.status).label), *due, row.agreement.short_title.text],
            _beside(sought, title_of(row), _wordings(row.title_texts)),
        )


def _terms(rows: list[Term], sought: Sought, _user: User) -> Iterable[Hit]:
    for row in rows:
        yield Hit(row.name, f"{reverse('glossary')}#term-{row.code}", beside=row.meaning)


@dataclass(frozen=True)
class _Register:
    """How one register is searched, and how what it has is shown."""

    find: Callable[[str, Sought, User], Any]
    show: Callable[[list[Any], Sought, User], Iterable[Hit]]


_FILES = Prefetch("versions", DocumentVersion.objects.live().order_by("-number"))
_REGISTERS = {
    "agreements": _Register(
        lambda _text, sought, user: search.agreements(sought, user).select_related("procedure_version"), _agreements
    ),
    "parties": _Register(lambda _text, sought, user: search.parties(sought, user), _parties),
    "documents": _Register(
        lambda _text, sought, user: search.documents(sought, user).select_related("agreement").prefetch_related(_FILES),
        _documents,
    ),
    "sources": _Register(lambda text, _sought, user: search.citations(text, user), _citations),
    "meetings": _Register(
        lambda _text, sought, user: search.meetings(sought, user).select_related("format"), _meetings
    ),
    "tasks": _Register(
        lambda _text, sought, user: search.tasks(sought, user).select_related("agreement", "party"), _tasks
    ),
    "glossary": _Register(lambda _text, sought, _user: search.terms(sought), _terms),
}
