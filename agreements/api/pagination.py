"""Pagination of lists: by cursor, so that a page stays the same page while others write."""

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from typing import Any, Protocol, cast

from django.core import signing
from django.db.models import Field, Q
from django.utils.translation import gettext as _
from rest_framework.exceptions import ErrorDetail, ValidationError
from rest_framework.pagination import BasePagination
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.utils.urls import replace_query_param

from agreements import events, sealed

_COUNT = {"type": "integer", "minimum": 0, "description": "How many rows all pages have; only where it is asked for."}
_FORWARDS, _BACKWARDS = "next", "previous"


class Sieve(Protocol):
    """Keeps some of the rows that are read for a page, where the database cannot say which.

    `most` rows at most are looked at, so that no page costs more than another: it may hold fewer rows than was asked
    for, and there may be a next one nevertheless.
    """

    most: int

    def __call__(self, rows: Sequence[Any]) -> list[Any]:
        """Return the rows that are kept."""


class Paged(ABC):
    """A list that reads its pages itself."""

    model: Any

    @abstractmethod
    def count(self) -> int:
        """Return how many rows it has."""

    @abstractmethod
    def page(self, order: Sequence[str], position: Sequence[str | None] | None, number: int) -> list[Any]:
        """Return so many rows in an order, behind a position or from the beginning."""


class Cursor(BasePagination):
    """Pages of 50, at most 200, each beginning behind the last row of the page before.

    A cursor names a row by all columns of the order, so rows that share a moment are neither skipped nor repeated, and
    an insertion moves no page. It is signed: only what was handed out comes back. The last column of the order must be
    unique, and only the first may be empty: rows without a value come last in the rising order.
    """

    page_size = 50
    max_page_size = 200
    #: What an address may carry.
    parameters: tuple[str, ...] = ("cursor", "page_size", "count")
    #: Whether there is a last page.
    ends = True
    #: How many rows at a time are read of a list that is asked for as a whole.
    at_once = 500
    ordering: Sequence[str] = ("-changed_at", "pk")

    def paginate_queryset(self, queryset: Any, request: Request, view: Any = None) -> list[Any]:
        """Return the rows of the page that the address names. Raises ValidationError for what is not a cursor."""
        self.request, self.ordering = request, getattr(view, "ordering", self.ordering)
        self.model = queryset.model
        self.salt = f"cursor:{self.model._meta.label_lower}:{','.join(self.ordering)}"
        size = self._size(request)
        direction, position = self._read(request)
        order = [_turned(name) for name in self.ordering] if direction == _BACKWARDS else list(self.ordering)
        self.count = queryset.count() if self._counts(request) else None
        sieve: Sieve | None = getattr(view, "sieve", None)
        most = max(size, sieve.most) if sieve else size
        rows = self.first(queryset, order, position, most + 1)
        read = rows[:most]
        page = sieve(read) if sieve else list(read)
        more = len(rows) > most or len(page) > size
        if len(page) > size:
            page = page[:size]
            read = read[: read.index(page[-1]) + 1]
        if direction == _BACKWARDS:
            page.reverse()
            read.reverse()
        self.has_next = more if direction == _FORWARDS else bool(read)
        self.has_previous = more if direction == _BACKWARDS else position is not None and bool(read)
        self.read = read
        return page

    def get_paginated_response(self, data: Any) -> Response:
        """Return the page between the addresses of its neighbours; how many rows there are only where it is asked."""
        counted = {} if self.count is None else {"count": self.count}
        return Response(
            {
                "next": self._link(_FORWARDS, self.read[-1]) if self.has_next else None,
                "previous": self._link(_BACKWARDS, self.read[0]) if self.has_previous else None,
                **counted,
                "results": data,
            }
        )

    def first(self, queryset: Any, order: Sequence[str], position: Sequence[str | None] | None, number: int) -> Any:
        """Return so many rows behind a position, or from the beginning."""
        if isinstance(queryset, Paged):
            return queryset.page(order, position, number)
        return first(queryset, order, position, number)

    def take_whole(self) -> None:
        """Read more rows at a time, for who wants all of them."""
        self.page_size = self.max_page_size = self.at_once

    def next_token(self) -> str | None:
        """Return the cursor of the page behind the one that was read; None behind the last."""
        return self._token(_FORWARDS, self.read[-1]) if self.has_next else None

    def _counts(self, request: Request) -> bool:
        text = request.query_params.get("count", "false")
        if text not in ("true", "false"):
            raise ValidationError({"count": [ErrorDetail(_("Give true or false."), code="invalid")]})
        return text == "true"

    def _size(self, request: Request) -> int:
        text = request.query_params.get("page_size", str(self.page_size))
        if not (text.isascii() and text.isdigit() and len(text) < 6 and 1 <= int(text) <= self.max_page_size):
            message = _("Give a whole number from 1 to %(longest)s.") % {"longest": self.max_page_size}
            raise ValidationError({"page_size": [message]})
        return int(text)

    def _read(self, request: Request) -> tuple[str, list[str | None] | None]:
        token = request.query_params.get("cursor")
        if token is None:
            return _FORWARDS, None
        try:
            direction, position = self._signer.unsign_object(token)
        except signing.BadSignature as error:
            message = _("This is not a cursor of this list. Follow “next”, or begin again without a cursor.")
            raise ValidationError({"cursor": [message]}) from error
        return direction, position

    def _link(self, direction: str, row: Any) -> str:
        return replace_query_param(self.request.build_absolute_uri(), "cursor", self._token(direction, row))

    def _token(self, direction: str, row: Any) -> str:
        return self._signer.sign_object([direction, self._position(row)])

    @property
    def _signer(self) -> signing.Signer:
        """What signs cursors. It names no moment: a page that has not changed is the same page, under the same tag."""
        return signing.Signer(salt=self.salt)

    def _position(self, row: Any) -> list[str | None]:
        """Return what names a row: the values of the columns of the order."""
        fields = fields_of(self.model, self.ordering)
        return [None if field.value_from_object(row) is None else field.value_to_string(row) for field in fields]

    # ---- schema ----
    def get_paginated_response_schema(self, schema: Mapping[str, Any]) -> dict[str, Any]:
        """Return the schema of a page of what `schema` describes."""
        link = {"type": ["string", "null"], "format": "uri"}
        return {
            "type": "object",
            "required": ["next", "previous", "results"],
            "properties": {"next": link, "previous": link, "count": _COUNT, "results": schema},
            "additionalProperties": False,
        }

    def get_schema_operation_parameters(self, view: Any) -> list[dict[str, Any]]:
        """Return what the address of a list takes."""
        size = {"type": "integer", "minimum": 1, "maximum": self.max_page_size, "default": self.page_size}
        described = (
            ("cursor", "Where the page begins; taken from “next” or “previous”.", {"type": "string"}),
            ("page_size", "How many rows a page has.", size),
            ("count", "Whether to say how many rows all pages have.", {"type": "boolean", "default": False}),
        )
        return [
            {"name": name, "required": False, "in": "query", "description": text, "schema": schema}
            for name, text, schema in described
            if name in self.parameters
        ]


class ComputedCursor(Cursor):
    """Pages of rows that were computed, and stand in order by the `key` of a row, a list of texts."""

    at_once = 99_999

    def paginate_queryset(self, queryset: Any, request: Request, view: Any = None) -> list[Any]:
        """Return the rows of the page that the address names. Raises ValidationError for what is not a cursor."""
        self.request, self.salt = request, f"cursor:computed:{request.path}"
        size = self._size(request)
        direction, position = self._read(request)
        rows = list(queryset)
        self.count = len(rows) if self._counts(request) else None
        if position is not None:
            forwards = direction == _FORWARDS
            keys = [(self._position(row), row) for row in rows]
            rows = [row for key, row in keys if (key > position if forwards else key < position)]
        self.has_next = len(rows) > size if direction == _FORWARDS else bool(rows)
        self.has_previous = len(rows) > size if direction == _BACKWARDS else position is not None and bool(rows)
        self.read = rows[:size] if direction == _FORWARDS else rows[-size:]
        return self.read

    def _position(self, row: Any) -> list[str | None]:
        """Return what names a row."""
        return list(row.key)


class CodeCursor(ComputedCursor):
    """Pages of what is kept in files, in the order of codes."""

    def _position(self, row: Any) -> list[str | None]:
        """Return what names a row."""
        return [row.code]


class Following(Cursor):
    """Pages of events: they only lead on, and there is always a next one, which may be empty for now."""

    parameters = ("cursor", "page_size")
    ends = False

    def begin(self, request: Request) -> tuple[int, int]:
        """Return the position behind which the page begins, and its size. Raises ValidationError."""
        self.request = request
        token, size = request.query_params.get("cursor"), self._size(request)
        try:
            match token:
                case None:
                    return 0, size
                case "now":
                    return events.place(), size
            return events.position_of(token), size
        except sealed.Unreadable as error:
            message = _("This is not a cursor of the events. Follow “next”, or begin again without a cursor.")
            raise ValidationError({"cursor": [message]}) from error

    def answer(self, data: Any, *, reached: int, more: bool) -> Response:
        """Return the page and the address of the next one."""
        link = replace_query_param(self.request.build_absolute_uri(), "cursor", events.cursor_of(reached))
        response = Response({"next": link, "more": more, "results": data})
        # Whatever cursor a reader of the same events was given before leads on as well.
        response.passing = link  # type: ignore[attr-defined]
        return response

    def get_schema_operation_parameters(self, view: Any) -> list[dict[str, Any]]:
        """Return what the address takes."""
        described = super().get_schema_operation_parameters(view)
        text = "Where the page begins; taken from “next” or from an event. “now”: behind all that is there."
        return [item | ({"description": text} if item["name"] == "cursor" else {}) for item in described]

    def get_paginated_response_schema(self, schema: Mapping[str, Any]) -> dict[str, Any]:
        """Return the schema of a page of what `schema` describes."""
        described = {
            "next": {"type": "string", "format": "uri", "description": "Where to go on, now or later."},
            "more": {"type": "boolean", "description": "Whether there is more to be read at once."},
            "results": schema,
        }
        return {
            "type": "object",
            "required": list(described),
            "properties": described,
            "additionalProperties": False,
        }


def _turned(name: str) -> str:
    return name[1:] if name.startswith("-") else f"-{name}"


def first(queryset: Any, order: Sequence[str], position: Sequence[str | None] | None, number: int) -> list[Any]:
    """Return so many rows behind a position, or from the beginning.

    Where the first column may be empty, the rows that have a value and those that have none are asked for one after the
    other: so both are read off an index, from the position on.
    """
    column, falls = order[0].lstrip("-"), order[0].startswith("-")
    if not may_be_empty(queryset.model, column):
        return list(behind(queryset, order, position)[:number])
    rows: list[Any] = []
    for empty in (True, False) if falls else (False, True):
        within = position is not None and empty == (position[0] is None)
        if position is not None and not within and empty == falls:
            continue  # they stand before the position
        of_these = queryset.filter(**{f"{column}__isnull": empty})
        after = position if within else None
        columns, beyond = (order[1:], after and after[1:]) if empty else (order, after)
        rows += behind(of_these, columns, beyond)[: number - len(rows)]
        if len(rows) == number:
            break
    return rows


def fields_of(model: Any, order: Sequence[str]) -> list[Field]:
    """Return the columns of an order; lists are ordered by columns, never by relations."""
    names, told = (name.lstrip("-") for name in order), model._meta
    return [cast(Field, told.pk if name == "pk" else told.get_field(name)) for name in names]


def may_be_empty(model: Any, column: str) -> bool:
    """Whether rows can be without a value in a column."""
    return column != "pk" and bool(getattr(model._meta.get_field(column), "null", False))


def behind(queryset: Any, order: Sequence[str], position: Sequence[Any] | None) -> Any:
    """Return the rows behind a position in their order: greater in the first column, or equal there and so on.

    The first column is bounded on its own, so that an index is entered at the position, not read up to it.
    """
    rows = queryset.order_by(*order)
    return rows if position is None else rows.filter(_beyond(order, position))


def _beyond(order: Sequence[str], position: Sequence[Any]) -> Q:
    (name, *names), (value, *values) = order, position
    column, beyond = name.lstrip("-"), "lt" if name.startswith("-") else "gt"
    if not names:
        return Q(**{f"{column}__{beyond}": value})
    further = Q(**{f"{column}__{beyond}": value}) | _beyond(names, values)
    return Q(**{f"{column}__{beyond}e": value}) & further
