"""The pages on which tables are taken over: upload, columns, trial, decisions, record, undoing."""

from collections.abc import Iterable, Mapping
from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.core.paginator import Page, Paginator
from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views import View
from django.views.decorators.http import require_POST, require_safe

from agreements import choices, imports
from agreements.forms import Operation
from agreements.guards import Refused
from agreements.import_choices import ImportOutcome, ImportState
from agreements.import_forms import ColumnsForm, LayoutForm, StartForm, TableForm, UndoForm, may
from agreements.imports import mapping as mappings
from agreements.imports.planning import table_of
from agreements.imports.reasons import sentence
from agreements.imports.vocabulary import Vocabulary
from agreements.models import Agreement, ImportRow, ImportRun, Party, User
from agreements.tabular.layout import Unreadable
from agreements.tabular.reading import Table

#: So many imports, rows and questions stand on a page.
_LISTED, _ROWS, _ASKED = 50, 100, 60


def _user(request: HttpRequest) -> User:
    """Return who asks. Raises PermissionDenied for whoever may not import."""
    user: Any = request.user
    if not may(user):
        raise PermissionDenied
    return user


def _run(request: HttpRequest, key: Any) -> tuple[User, ImportRun]:
    user = _user(request)
    return user, get_object_or_404(ImportRun.objects.for_user(user).select_related("owner", "undone_by"), pk=key)


@require_safe
def every(request: HttpRequest) -> HttpResponse:
    """Show the imports that the reader may see, the latest first."""
    user = _user(request)
    runs = ImportRun.objects.for_user(user).select_related("owner").order_by("-created_at", "pk")[:_LISTED]
    return render(request, "imports/list.html", {"section": "agreements", "rows": [_row(run) for run in runs]})


def _row(run: ImportRun) -> dict[str, Any]:
    return {"run": run, "counts": counted(run)}


def counted(run: ImportRun) -> list[dict[str, Any]]:
    """Return how many rows of an import have each outcome, in words."""
    return [
        {"outcome": outcome.value, "label": outcome.label, "number": run.counts.get(outcome.value, 0)}
        for outcome in ImportOutcome
        if run.counts.get(outcome.value, 0)
    ]


class Form(View):
    """A page with one form of an import."""

    http_method_names = ["get", "head", "post"]
    template = ""
    import_run: ImportRun | None = None

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        """Find what it is about. Raises Http404, PermissionDenied."""
        if (request.method or "").lower() not in self.http_method_names:
            return self.http_method_not_allowed(request)
        self.user = _user(request)
        if "table" in kwargs:
            self.user, self.import_run = _run(request, kwargs["table"])
        return super().dispatch(request, *args, **kwargs)

    @property
    def run(self) -> ImportRun:
        """The import."""
        assert self.import_run is not None  # noqa: S101 - dispatch found it
        return self.import_run

    def form(self, data: QueryDict | None) -> Operation:
        """Return the form."""
        raise NotImplementedError

    def context(self) -> dict[str, Any]:
        """Return what the page shows beside the form."""
        return {}

    def done(self, result: ImportRun) -> HttpResponse:
        """Answer when the operation was carried out."""
        return redirect("import", result.pk)

    def get(self, request: HttpRequest, **_kwargs: Any) -> HttpResponse:
        """Show the form."""
        return self.answer(self.form(None))

    def post(self, request: HttpRequest, **_kwargs: Any) -> HttpResponse:
        """Carry out the operation; a refusal shows what was typed and every reason."""
        form = self.form(request.POST)
        result = form.submit()
        if result is None:
            return self.answer(form, 409 if form.refused else 422)
        return self.done(result)

    def answer(self, form: Operation, status: int = 200) -> HttpResponse:
        """Render the page."""
        shown = {"section": "agreements", "form": form, "run": self.import_run} | self.context()
        return render(self.request, self.template, shown, status=status)


class Upload(Form):
    """Uploads a table and leads to its columns."""

    template = "imports/upload.html"

    def form(self, data: QueryDict | None) -> TableForm:
        """Return the form."""
        return TableForm(self.user, data, self.request.FILES if data is not None else None)

    def done(self, result: ImportRun) -> HttpResponse:
        """Lead to the columns."""
        return redirect("import-columns", result.pk)


class Columns(Form):
    """Says what the columns mean; then the import is tried."""

    template = "imports/columns.html"

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        """Open the table, unless the import has begun: then its page tells more."""
        if (request.method or "").lower() not in self.http_method_names:
            return self.http_method_not_allowed(request)
        self.user, self.import_run = _run(request, kwargs["table"])
        if not ImportState(self.run.state).is_open or self.run.owner_id != self.user.pk:
            return redirect("import", self.run.pk)
        try:
            self.table: Table = table_of(self.run)
        except (Unreadable, FileNotFoundError) as error:
            messages.error(request, str(error))
            return redirect("import", self.run.pk)
        self.suggestions = {one.column.name: one for one in mappings.suggestions(self.run.kind, self.table)}
        return super().dispatch(request, *args, **kwargs)

    def form(self, data: QueryDict | None) -> ColumnsForm:
        """Return the form."""
        return ColumnsForm(self.run, self.table, self.suggestions, self.user, data)

    def post(self, request: HttpRequest, **kwargs: Any) -> HttpResponse:
        """Read the file by another layout, if that is asked for; else settle the columns and try."""
        if "layout" not in request.POST:
            return super().post(request, **kwargs)
        form = LayoutForm(self.run, self.table, self.user, request.POST)
        if form.submit() is None:
            self.layout_form = form
            return self.answer(self.form(None), 409 if form.refused else 422)
        return redirect("import-columns", self.run.pk)

    def context(self) -> dict[str, Any]:
        """Show the layout, what is to be said of it, and the first rows."""
        names = [column.name for column in self.table.columns]
        layout = getattr(self, "layout_form", None) or LayoutForm(self.run, self.table, self.user)
        return {
            "layout": layout,
            "remarks": [str(remark) for remark in self.table.remarks],
            "columns": self.table.columns,
            "sample": [
                {"number": row.number, "cells": list(zip(names, row.cells, strict=True))}
                for row in self.table.sample(5)
            ],
        }

    def done(self, result: ImportRun) -> HttpResponse:
        """Try the import, and lead to what would become of it."""
        try:
            imports.order_check(result, by=self.user)
        except Refused as refusal:
            _tell(self.request, refusal)
        return redirect("import", result.pk)


def _tell(request: HttpRequest, refusal: Refused) -> None:
    for reason in refusal.reasons:
        messages.error(request, reason.sentence)


@require_safe
def page(request: HttpRequest, table: str) -> HttpResponse:
    """Show an import: what became of its rows, or what would; it looks again by itself while it is at work."""
    user, found = _run(request, table)
    asked = request.GET.get("outcome", "")
    rows = found.rows.order_by("number")
    if asked in ImportOutcome.values:
        rows = rows.filter(outcome=asked)
    shown = Paginator(rows, _ROWS).get_page(request.GET.get("page"))
    own = found.owner_id == user.pk
    is_open = ImportState(found.state).is_open
    start = StartForm(found, user) if own and found.state == ImportState.CHECKED and not found.trying else None
    context = {
        "section": "agreements",
        "run": found,
        "own": own,
        "is_open": is_open,
        "counts": counted(found),
        "asked": asked,
        "rows": _told(shown.object_list, user),
        **_pages(shown, {"outcome": asked} if asked else {}),
        "questions": len(found.questions) if is_open else 0,
        "start": start,
        "writes": any(found.counts.get(outcome, 0) for outcome in ImportOutcome.written()),
        "may_undo": found.state in (ImportState.DONE, ImportState.STOPPED) and found.rows.filter(live=True).exists(),
        "may_resume": own and found.state == ImportState.STOPPED,
    }
    return render(request, "imports/import.html", context)


def _pages(shown: Page, narrowed: Mapping[str, str]) -> dict[str, Any]:
    """Return a page of a list with the addresses of those before and after it."""
    before = shown.previous_page_number() if shown.has_previous() else 0
    after = shown.next_page_number() if shown.has_next() else 0
    address = {number: f"?{urlencode({**narrowed, 'page': number})}" if number else "" for number in (before, after)}
    return {"page": shown, "previous": address[before], "following": address[after]}


def _told(rows: Iterable[ImportRow], user: User) -> list[dict[str, Any]]:
    """Return rows as the page tells them, with the addresses of agreements that the reader may see."""
    found = list(rows)
    keys = [row.subject for row in found if row.subject and row.subject_kind == "agreement"]
    references = dict(Agreement.objects.for_user(user).filter(pk__in=keys).values_list("pk", "reference"))
    return [
        {
            "row": row,
            "reason": sentence(row.code, row.told) if row.code else "",
            "reference": references.get(row.subject) if row.subject else None,
        }
        for row in found
    ]


class Start(Form):
    """Begins to record what was tried."""

    http_method_names = ["post"]

    def form(self, data: QueryDict | None) -> StartForm:
        """Return the form."""
        return StartForm(self.run, self.user, data)

    def answer(self, form: Operation, status: int = 200) -> HttpResponse:
        """Lead back to the import, with every reason."""
        for error in [*form.non_field_errors(), *(error for field in form for error in field.errors)]:
            messages.error(self.request, str(error))
        return redirect("import", self.run.pk)


@require_POST
def act(request: HttpRequest, table: str, name: str) -> HttpResponse:
    """Try an import again, go on with one that was stopped, or let go of one of which nothing is recorded."""
    user, found = _run(request, table)
    try:
        match name:
            case "try":
                imports.order_check(found, by=user)
            case "resume":
                imports.resume(found, by=user)
            case "discard":
                imports.discard(found, by=user)
                messages.success(request, _("The table was let go of. Nothing of it was recorded."))
                return redirect("imports")
            case _:
                raise Http404
    except Refused as refusal:
        _tell(request, refusal)
    return redirect("import", found.pk)


class Undo(Form):
    """Undoes an import."""

    template = "imports/undo.html"

    def form(self, data: QueryDict | None) -> UndoForm:
        """Return the form."""
        return UndoForm(self.run, self.user, data)

    def context(self) -> dict[str, Any]:
        """Say what stands against it."""
        against = [] if self.request.method == "POST" else imports.built_upon(self.run)
        return {"against": against, "counts": counted(self.run)}

    def done(self, result: ImportRun) -> HttpResponse:
        """Say that it is undone."""
        messages.success(self.request, _("The import is undone: what it recorded is struck out."))
        return redirect("import", result.pk)


class Decide(View):
    """Shows what is to be decided, each thing once, and takes the answers."""

    http_method_names = ["get", "head", "post"]

    def get(self, request: HttpRequest, table: str) -> HttpResponse:
        """Show the questions."""
        user, found = _run(request, table)
        if not ImportState(found.state).is_open or found.owner_id != user.pk:
            return redirect("import", found.pk)
        shown = Paginator(found.questions, _ASKED).get_page(request.GET.get("page"))
        context = {
            "section": "agreements",
            "run": found,
            "questions": asked(shown.object_list, found, user),
            **_pages(shown, {}),
            "parties": sum(question["kind"] == "new-party" for question in found.questions),
            "twins": sum(question["kind"] == "twin" for question in found.questions),
        }
        return render(request, "imports/doubts.html", context)

    def post(self, request: HttpRequest, table: str) -> HttpResponse:
        """Keep the answers, and try the import anew."""
        user, found = _run(request, table)
        decisions: dict[str, dict[str, str]] = {}
        for place, question in enumerate(found.questions):
            chosen = request.POST.get(f"answer_{place}", "")
            written = request.POST.get(f"written_{place}", "").strip()
            if answer := written or chosen:
                decisions.setdefault(question["kind"], {})[question["key"]] = answer
        if request.POST.get("all_parties"):
            decisions.setdefault("new-party", {})["*"] = "new"
        if request.POST.get("all_twins"):
            decisions.setdefault("twin", {})["*"] = "other"
        try:
            if decisions:
                found = imports.decide(found, decisions, by=user)
            imports.order_check(found, by=user)
        except Refused as refusal:
            _tell(request, refusal)
        return redirect("import", found.pk)


#: What may be answered to each kind of question, beside what is near.
_ANSWERS: Mapping[str, tuple[str, ...]] = {
    "party": ("empty", "skip"),
    "new-party": ("new", "skip"),
    "date": ("accept", "empty", "skip"),
    "order": (),
    "number": ("empty", "skip"),
    "agreement": ("skip",),
    "duplicate": ("other", "skip"),
    "twin": ("other", "skip"),
    "differing": ("same", "change"),
    "aside": ("accept", "skip"),
    "extra": ("accept", "skip"),
    "value": (),
    "stage": ("dates", "stage", "skip"),
    "row": ("skip",),
}
#: To these a person may write an answer that is not near.
_WRITTEN = ("party", "date", "number", "agreement")


def asked(questions: Iterable[Mapping[str, Any]], run: ImportRun, user: User) -> list[dict[str, Any]]:
    """Return questions as the page asks them: the sentence, how many rows wait, the answers there are."""
    places = {(one["kind"], one["key"]): place for place, one in enumerate(run.questions)}
    vocabulary = Vocabulary(user)
    codes = {code for one in questions if one["kind"] in ("party", "new-party") for code in one["candidates"]}
    names = {party.code: str(party) for party in Party.objects.for_user(user).filter(code__in=codes)}
    found = []
    for one in questions:
        kind = one["kind"]
        near = [(code, _near(kind, code, names, vocabulary)) for code in one["candidates"] if code not in _WORDS]
        others = _ANSWERS.get(kind, ("empty", "skip"))
        if kind.startswith("entry:"):
            near = near or vocabulary.codes(kind.partition(":")[2])
        if kind.startswith("word:"):
            near = near + [pair for pair in _listed(run.kind, kind.partition(":")[2]) if pair not in near]
        found.append(
            {
                "place": places[kind, one["key"]],
                "sentence": sentence(one["code"], one["told"]),
                "rows": one["rows"],
                "first": one["first"],
                "options": [*near, *((name, _WORDS[name]) for name in others)],
                "written": kind in _WRITTEN,
                "given": run.decisions.get(kind, {}).get(one["key"], ""),
            }
        )
    return found


class _Words(dict[str, Any]):
    """What the answers are called, in the reader's language."""

    def __missing__(self, name: str) -> str:
        words = {
            "empty": _("it names nothing: leave the field empty"),
            "skip": _("leave these rows out"),
            "new": _("record this party"),
            "accept": _("take it as it was read"),
            "other": _("it is another one: record it"),
            "same": _("leave what is recorded as it is"),
            "change": _("change what is recorded"),
            "dates": _("the dates are right"),
            "stage": _("the stage is right"),
        }
        return words[name]

    def __contains__(self, name: object) -> bool:
        return name in ("empty", "skip", "new", "accept", "other", "same", "change", "dates", "stage")


_WORDS = _Words()


def _near(kind: str, code: str, names: Mapping[str, str], vocabulary: Vocabulary) -> str:
    """Return what a candidate is called."""
    if kind in ("party", "new-party"):
        known = vocabulary.known_party(code)
        return f"{names.get(code) or known or code} ({code})"
    for listed in (choices.InstrumentKind, choices.Stage):
        if kind in ("value", "stage") and code in listed.values:
            return str(listed(code).label)
    return code


def _listed(kind: str, name: str) -> list[tuple[str, str]]:
    """Return all values of a choice."""
    one = next((field for field in mappings.choosable(kind) if field.name == name), None)
    return (
        [(value, str(label)) for value, label in getattr(choices, one.choices).choices] if one and one.choices else []
    )
