"""Lists as tables: the whole of a list as CSV or XLSX, page by page from the database to who asks."""

import csv
import io
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, date, datetime
from functools import lru_cache, partial
from itertools import chain, islice
from typing import Any

from django.http import StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.utils import translation
from rest_framework.renderers import BaseRenderer
from rest_framework.request import Request

from agreements.api import columns
from agreements.api.columns import Value
from agreements.reports.as_csv import safe, safe_all
from agreements.reports.workbook import Look, Page, Workbook, number_of

#: Some rows of a table, column by column.
Part = Sequence[Sequence[Value]]

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
    rights, none twice and none left out while others write, and no more than one page in memory; but what is moved
    in the order meanwhile, as by a change in the order of changes, which is why a view may have another one for
    tables. A view that can tell the same without building what JSON needs is asked for `planned` columns instead.
    """

    def handle(request: Request, *args: Any, **kwargs: Any) -> HttpResponseBase:
        form, language = request.accepted_renderer.format, translation.get_language() or "en"
        plan = view.planned(names) if hasattr(view, "planned") else None
        parts = _told(request, view, partial(handler, request, *args, **kwargs), names) if plan is None else plan.parts
        # The first part is asked for at once: what is wrong with the request is still told as a problem.
        parts = _begun(parts, language)
        name = "-".join(part for part in request.path.partition("/v1/")[2].split("/") if part)
        headers = {"Content-Disposition": f'attachment; filename="{name}.{form}"'}
        if form == Csv.format:
            lines = _lines(columns.heads(names), parts, None if plan is None else plan.given)
            return StreamingHttpResponse(lines, content_type="text/csv; charset=utf-8", headers=headers)
        book = _book(name, columns.heads(names), parts, columns.dates_of(view.row_class), language)
        return StreamingHttpResponse(book, content_type=Xlsx.media_type, headers=headers)

    return handle


def _told(request: Request, view: Any, ask: Callable[[], Any], names: columns.Names) -> Iterator[Part]:
    """Yield the rows of the pages of JSON, taken apart into cells."""
    view.paginator.take_whole()
    while True:
        page = ask().data
        yield list(zip(*(columns.cells(row, names) for row in page["results"]), strict=True))
        token = view.paginator.next_token() if view.pages() else None
        if token is None:
            return
        asked: Any = request._request.GET.copy()
        asked["cursor"] = token
        request._request.GET = asked


def _begun(parts: Iterator[Part], language: str) -> Iterator[Part]:
    """Return the parts, of which the first is read already; the others are, after the middleware has ended."""
    first = list(islice(parts, 1))

    def rest() -> Iterator[Part]:
        while True:
            with translation.override(language):
                part = next(parts, None)
            if part is None:
                return
            yield part

    return chain(first, rest())


def _lines(heads: Sequence[str], parts: Iterator[Part], given: Sequence[bool] | None) -> Iterator[bytes]:
    """Yield CSV. `given` says which columns hold texts that people wrote; where it is not known, any may."""
    out = io.StringIO()
    writer = csv.writer(out)
    out.write("\ufeff")
    writer.writerow(heads)
    yield out.getvalue().encode()
    for part in parts:
        out.seek(0)
        out.truncate()
        if given is None:
            made: Part = [list(map(_text, column)) for column in part]
        else:
            texts: Any = zip(part, given, strict=True)
            made = [safe_all(column) if one else column for column, one in texts]
        writer.writerows(zip(*made, strict=True))
        yield out.getvalue().encode()


def _text(value: Value) -> str:
    return "" if value is None else safe(str(value), number=isinstance(value, int | float))


#: How spreadsheets show days and moments, whatever language they speak; moments are those of UTC.
_SHOWN = {date: "yyyy-mm-dd", datetime: "yyyy-mm-dd hh:mm:ss"}
_DAY = re.compile(r"\d{4}-\d\d-\d\d")
_SECONDS = 86_400


def _book(
    name: str, heads: Sequence[str], parts: Iterator[Part], dates: Mapping[str, type[date]], language: str
) -> Iterator[bytes]:
    """Yield a workbook as it is written; no more of it is kept than was not handed on yet."""
    book = Workbook({"dc:title": name, "dc:language": language}, None, piecemeal=True)
    page = Page("", "&R&8&P / &N", landscape=True)
    with book.sheet(name[:_NAME_LENGTH], page, [_WIDTH] * len(heads), first=True, filtered=True) as sheet:
        head, plain = book.look(Look(bold=True, head=True)), book.look(Look())
        looks = {kind: book.look(Look(wrap=False, shown=shown)) for kind, shown in _SHOWN.items()}
        kinds = [dates.get(one) for one in heads]
        sheet.row((text, head) for text in heads)
        for part in parts:
            cells = [
                _dated(column, kind, looks[kind], plain) if kind else [(value, plain) for value in column]
                for column, kind in zip(part, kinds, strict=bool(part))  # a page may have no rows
            ]
            for row in zip(*cells, strict=True):
                sheet.row(row)
            if piece := book.taken():
                yield piece
    yield book.close()


def _dated(column: Sequence[Value], kind: type[date], look: int, plain: int) -> list[tuple[Value, int]]:
    """Return the cells of days or moments as numbers; what no spreadsheet keeps as one stays a text."""
    number = _number_of_moment if kind is datetime else _number_of_day
    kept = [(value, number(value)) if isinstance(value, str) else (value, None) for value in column]
    return [(value, plain) if found is None else (found, look) for value, found in kept]


@lru_cache(maxsize=4096)
def _number_of_day(text: str) -> int | None:
    return number_of(date.fromisoformat(text)) if _DAY.fullmatch(text) else None


def _number_of_moment(text: str) -> float | None:
    day = _number_of_day(text[:10])
    moment = datetime.fromisoformat(text).astimezone(UTC)
    within = moment.hour * 3600 + moment.minute * 60 + moment.second + moment.microsecond / 1e6
    return None if day is None else day + within / _SECONDS
