"""Lists as tables: the whole of a list as CSV or XLSX, page by page from the database to who asks."""

import csv
import io
from collections.abc import Callable, Iterator
from functools import partial
from itertools import chain
from typing import Any

from django.http import StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.utils import translation
from rest_framework.renderers import BaseRenderer
from rest_framework.request import Request

from agreements.api import columns
from agreements.reports.as_csv import safe
from agreements.reports.workbook import Look, Page, Workbook

_WIDTH = 18
_NAME_LENGTH = 31


class Table(BaseRenderer):
    """The form of a table, as far as it is negotiated; its rows are written as they come, not rendered at the end."""

    def render(self, data: Any, accepted_media_type: Any = None, renderer_context: Any = None) -> Any:
        """Return nothing: what is not a table is told as a problem."""
        return b""


class Csv(Table):
    """CSV (RFC 4180) in UTF-8, safe to open."""

    media_type = "text/csv"
    format = "csv"


class Xlsx(Table):
    """An XLSX workbook of one sheet."""

    media_type = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
    format = "xlsx"


#: The forms of lists beside JSON.
FORMS: tuple[type[Table], ...] = (Csv, Xlsx)


def handed_over(view: Any, handler: Callable[..., Any], names: columns.Names) -> Callable[..., HttpResponseBase]:
    """Return what answers with the whole list as a table.

    The pages are those that JSON gives, asked for one after the other: of the same rows, under the same filters and
    rights, none twice and none left out while others write, and no more than one page in memory.
    """

    def handle(request: Request, *args: Any, **kwargs: Any) -> HttpResponseBase:
        form, language = request.accepted_renderer.format, translation.get_language()
        pages = _pages(request, view, partial(handler, request, *args, **kwargs), language or "en")
        # The first page is asked for at once: what is wrong with the request is still told as a problem.
        rows = _begun(pages, names)
        name = "-".join(part for part in request.path.partition("/v1/")[2].split("/") if part)
        headers = {"Content-Disposition": f'attachment; filename="{name}.{form}"'}
        if form == Csv.format:
            return StreamingHttpResponse(_lines(names, rows), content_type="text/csv; charset=utf-8", headers=headers)
        book = _book(name, names, rows, language or "en")
        return StreamingHttpResponse(book, content_type=Xlsx.media_type, headers=headers)

    return handle


def _pages(request: Request, view: Any, ask: Callable[[], Any], language: str) -> Iterator[list[Any]]:
    view.paginator.take_whole()
    while True:
        # Rows are written after the middleware has ended.
        with translation.override(language):
            page = ask().data
        yield page["results"]
        token = view.paginator.next_token() if view.pages() else None
        if token is None:
            return
        asked: Any = request._request.GET.copy()
        asked["cursor"] = token
        request._request.GET = asked


def _begun(pages: Iterator[list[Any]], names: columns.Names) -> Iterator[list[columns.Value]]:
    first = next(pages)

    def rows() -> Iterator[list[columns.Value]]:
        for page in chain([first], pages):
            yield from (list(columns.cells(row, names)) for row in page)

    return rows()


def _lines(names: columns.Names, rows: Iterator[list[columns.Value]]) -> Iterator[bytes]:
    out = io.StringIO()
    writer = csv.writer(out)
    out.write("\ufeff")
    writer.writerow(columns.heads(names))
    for row in rows:
        writer.writerow([_text(value) for value in row])
        yield out.getvalue().encode()
        out.seek(0)
        out.truncate()
    yield out.getvalue().encode()


def _text(value: columns.Value) -> str:
    return "" if value is None else safe(str(value), number=isinstance(value, int | float))


def _book(name: str, names: columns.Names, rows: Iterator[list[columns.Value]], language: str) -> Iterator[bytes]:
    """Yield a workbook as it is written; no more of it is kept than was not handed on yet."""
    heads = columns.heads(names)
    book = Workbook({"dc:title": name, "dc:language": language}, None, piecemeal=True)
    page = Page("", "&R&8&P / &N", landscape=True)
    with book.sheet(name[:_NAME_LENGTH], page, [_WIDTH] * len(heads), first=True, filtered=True) as sheet:
        head, plain = book.look(Look(bold=True, head=True)), book.look(Look())
        sheet.row((text, head) for text in heads)
        for row in rows:
            sheet.row((value, plain) for value in row)
            if piece := book.taken():
                yield piece
    yield book.close()
