"""The pages of documents: keeping a file, handing it out, the dossier, comparing two versions."""

from collections.abc import Iterable, Sequence
from typing import Any
from uuid import UUID

from csp.decorators import csp_update
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse, QueryDict, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, render
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from agreements import reports
from agreements.choices import Level
from agreements.document_forms import LanguagesForm, MarkingForm, UploadForm
from agreements.documents import comparing, dossier, previewing, serving
from agreements.documents.shelf import File, Item, shelf
from agreements.models import Agreement, Document, DocumentVersion, Entry
from agreements.views.acting import Act
from agreements.views.agreement import visible_agreement


class Upload(Act):
    """Keeps a file. Without JavaScript the answer is a page; the script of the page asks for JSON and follows it."""

    right = "record"
    template = "agreements/upload.html"
    document: Document | None = None

    def find(self, **kwargs: Any) -> None:
        """Find the agreement, and the document of which it is to be the next version. Raises Http404."""
        super().find(**kwargs)
        if key := self.request.GET.get("document"):
            seen = Document.objects.for_user(self.user).filter(agreement=self.agreement)
            self.document = get_object_or_404(seen, pk=_key(key))

    def title(self) -> str:
        """Say whether it is a new document."""
        if self.document is not None:
            return _("Keep the next version of “%(document)s”") % {"document": self.document}
        return _("Keep a document with its file")

    def form(self, data: QueryDict | None) -> UploadForm:
        """Return the form, filled in with what the address names."""
        asked = {name: self.request.GET[name] for name in ("kind", "language") if name in self.request.GET}
        sent = self.request.FILES if data is not None else None
        return UploadForm(self.agreement, self.user, data, sent, document=self.document, initial=asked)

    def post(self, request: HttpRequest, **_kwargs: Any) -> HttpResponse:
        """Keep the file and lead to the agreement."""
        response = super().post(request)
        if response.status_code == 302 and request.headers.get("Accept") == "application/json":
            return JsonResponse({"address": response["Location"]})
        return response

    def written(self, result: DocumentVersion) -> Entry | None:
        """Return the entry of the file, if whoever keeps it may strike it out again."""
        return super().written(result.entry)

    def done(self, form: UploadForm, result: DocumentVersion) -> str:
        """Say what was kept."""
        return _("Kept: %(document)s, version %(number)s (%(name)s).") % {
            "document": result.document,
            "number": result.number,
            "name": result.name,
        }


class Mark(Act):
    """Gives a document another level or title."""

    right = "record"
    document: Document

    def find(self, **kwargs: Any) -> None:
        """Find the agreement and the document. Raises Http404."""
        super().find(**kwargs)
        seen = Document.objects.for_user(self.user).filter(agreement=self.agreement).select_related("agreement")
        self.document = get_object_or_404(seen, pk=kwargs["document"])

    def title(self) -> str:
        """Say which document it is."""
        return _("Level and title of “%(document)s”") % {"document": self.document}

    def form(self, data: QueryDict | None) -> MarkingForm:
        """Return the form, filled in with what is recorded."""
        return MarkingForm(self.document, self.user, data)

    def context(self) -> dict[str, Any]:
        """Name the button."""
        return {"button": _("Save"), "wide": ("title_en", "title_ru", "title_kk")}

    def done(self, form: MarkingForm, result: Document) -> str:
        """Say what the document is called now, and its level."""
        told = {"document": result, "level": Level(result.level).label}
        return _("Saved: %(document)s, level: %(level)s.") % told


class Languages(Act):
    """States in which languages the text is authentic."""

    right = "edit"

    def title(self) -> str:
        """Say what is stated."""
        return _("Authentic languages")

    def form(self, data: QueryDict | None) -> LanguagesForm:
        """Return the form, filled in with what is stated."""
        return LanguagesForm(self.agreement, self.user, data)

    def done(self, form: LanguagesForm, result: Agreement) -> str:
        """Say that it was recorded."""
        return _("The authentic languages are recorded.")


@require_safe
def file(request: HttpRequest, document_version: UUID) -> HttpResponseBase:
    """Hand out a file to who may see its document."""
    version = get_object_or_404(DocumentVersion.objects.for_user(request.user), pk=document_version)
    return serving.deliver(request, version)


@require_safe
def shown(request: HttpRequest, document_version: UUID) -> HttpResponseBase:
    """Hand out a picture or a PDF as a part of its preview. Raises Http404 for what a browser must not show."""
    version = get_object_or_404(DocumentVersion.objects.for_user(request.user), pk=document_version)
    media_type = previewing.inline_type(version)
    if not media_type:
        raise Http404
    return serving.shown(version, media_type)


@require_safe
@csp_update({"frame-src": ["'self'"]})  # type: ignore[arg-type]  # typed for views without parameters alone
def preview(request: HttpRequest, document_version: UUID) -> HttpResponse:
    """Show what is in a file, and what is known of it."""
    versions = DocumentVersion.objects.for_user(request.user).select_related("document__agreement", "uploaded_by")
    version = get_object_or_404(versions, pk=document_version)
    (item,) = [item for item in shelf(version.document.agreement, request.user) if item.row.pk == version.document_id]
    file = next(file for file in item.files if file.row.pk == version.pk)
    earlier = [other for other in item.live if other.row.number < version.number]
    context = {
        "section": "agreements",
        "agreement": version.document.agreement,
        "item": item,
        "file": file,
        "version": version,
        "preview": previewing.preview(version),
        "others": [other for other in item.files if other.row.pk != version.pk],
        "earlier": earlier[0] if earlier else None,
        "level": Level(version.document.level).label,
    }
    return render(request, "agreements/preview.html", context)


@require_safe
def packed(request: HttpRequest, reference: str) -> HttpResponseBase:
    """Hand out all files of an agreement that the reader may see, as one ZIP, and the dossier that tells of it."""
    agreement = visible_agreement(request.user, reference)
    name = f"{agreement.reference}.zip"
    headers = {
        "Content-Type": "application/zip",
        "Content-Disposition": content_disposition_header(True, name) or "attachment",
    }
    pieces: Iterable[bytes] = ()
    if request.method == "GET":
        found = dossier.contents(agreement, shelf(agreement, request.user))
        pieces = dossier.packed(agreement, found, _told(request.user, agreement))
    response: HttpResponseBase = serving.secured(StreamingHttpResponse(pieces, headers=headers))
    return response


def _told(user: Any, agreement: Agreement) -> list[tuple[str, bytes]]:
    """Return the report on an agreement for people and for programs, as files with their names."""
    content = reports.REPORTS["agreement"].build(user, agreement=agreement)
    made = [(form, reports.render("agreement", content, form)) for form in ("pdf", "json")]
    return [
        (reports.file_name("agreement", content, form), told.encode() if isinstance(told, str) else told)
        for form, told in made
    ]


@require_safe
def compare(request: HttpRequest, reference: str) -> HttpResponse:
    """Show how one version of a text differs from another."""
    agreement = visible_agreement(request.user, reference)
    items = shelf(agreement, request.user)
    known = {str(file.row.pk): (item, file) for item in items for file in item.live}
    asked = [known.get(request.GET.get(name, "")) for name in ("before", "after")]
    offered = asked if any(asked) else _last_two(items) or asked
    context: dict[str, Any] = {
        "section": "agreements",
        "agreement": agreement,
        "items": [item for item in items if item.live],
        "before": offered[0],
        "after": offered[1],
        "difference": None,
        "problem": "",
    }
    if all(asked):
        context |= _compared(*(chosen[1].row for chosen in asked if chosen))
    return render(request, "agreements/compare.html", context)


def _last_two(items: Sequence[Item]) -> list[tuple[Item, File]]:
    """Return the last two versions of the first document that has as many, the earlier first; nothing if none has."""
    return next(([(item, file) for file in item.live[1::-1]] for item in items if len(item.live) > 1), [])


def _compared(before: DocumentVersion, after: DocumentVersion) -> dict[str, Any]:
    try:
        return {"difference": comparing.compare(comparing.paragraphs(before), comparing.paragraphs(after))}
    except comparing.NoText as why:
        return {"problem": str(why)}
    except FileNotFoundError:
        return {"problem": _("A file is missing from the storage. Tell the administrator.")}


def _key(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None
