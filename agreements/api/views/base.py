"""What all views of the API share: rights before values, known parameters only, versions, nothing kept by proxies."""

from collections.abc import Callable, Collection, Mapping
from functools import partial
from types import SimpleNamespace
from typing import Any, ClassVar, Protocol, cast

from django import forms
from django.conf import settings
from django.db import transaction
from django.http import HttpRequest
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext as _
from rest_framework.exceptions import ErrorDetail, MethodNotAllowed, NotFound, PermissionDenied
from rest_framework.mixins import ListModelMixin, RetrieveModelMixin
from rest_framework.negotiation import BaseContentNegotiation, DefaultContentNegotiation
from rest_framework.permissions import SAFE_METHODS, BasePermission, IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView
from rest_framework.viewsets import GenericViewSet

from agreements import access, registers, retrying
from agreements.api import columns, conditional, deprecation, idempotency, tables
from agreements.api.fields import unknown
from agreements.api.parsing import Json
from agreements.api.problems import BadParameters, NoCondition, Stale
from agreements.api.schema import Schema
from agreements.api.signing_in import Scoped, outside
from agreements.busy import ReadOnly
from agreements.lookups import ReferencesField, WordsField
from agreements.models import User

#: The parameters that say in which form, which part and which order of a list is asked for.
FORMAT, FIELDS, ORDERING, EXPAND = "format", "fields", "ordering", "expand"
#: The orders of lists of what has a code.
BY_CODE: Mapping[str, tuple[str, ...]] = {"code": ("code",), "-code": ("-code",)}


def orders(**columns: str) -> dict[str, tuple[str, ...]]:
    """Return the orders by columns, both ways: those by an index on the column and the key, and the same turned round.

    A column that begins with a minus has an index that falls: its key rises while it falls.
    """
    found: dict[str, tuple[str, ...]] = {}
    for name, column in columns.items():
        bare, falls = column.lstrip("-"), column.startswith("-")
        rising, falling = (bare, "-pk" if falls else "pk"), (f"-{bare}", "pk" if falls else "-pk")
        both = {name: rising, f"-{name}": falling}
        found |= dict(reversed(both.items())) if falls else both
    return found


#: The form of keys in addresses.
UUID = r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}"


class Versioned(Protocol):
    """A record of which changes name the version that they were made on."""

    pk: Any

    @property
    def version(self) -> Any:
        """The present version."""


class Rights(BasePermission):
    """Asks for one of the rights that a view names for its action; the operation asks again, for the record itself."""

    def has_permission(self, request: Request, view: Any) -> bool:
        """Whether the user holds one of the rights."""
        rights = view.rights.get(getattr(view, "action", None), ())
        if rights and not any(access.may(request.user, right) for right in rights):  # type: ignore[arg-type]
            raise PermissionDenied(registers.NOT_PERMITTED.sentence)
        return True


class ByHeader(DefaultContentNegotiation):
    """Chooses the form of an answer by the header Accept; where there are several, `format` overrides it."""

    settings: Any = SimpleNamespace(URL_FORMAT_OVERRIDE=None)

    def select_renderer(self, request: Request, renderers: Any, format_suffix: str | None = None) -> Any:
        """Return the form; one that is not known is refused later, when it is clear who asks."""
        named = [one for one in renderers if len(renderers) > 1 and one.format == request.query_params.get(FORMAT)]
        return (named[0], named[0].media_type) if named else super().select_renderer(request, renderers, format_suffix)


def _freed(rendered: Response) -> None:
    """Let an answer no longer refer to itself, so that it goes as soon as it is sent."""
    rendered.renderer_context.pop("response", None)  # type: ignore[attr-defined]


class House(APIView):
    """The rules of the house for one address."""

    content_negotiation_class: type[BaseContentNegotiation] = ByHeader
    parser_classes = [Json]
    permission_classes = [IsAuthenticated, Scoped, Rights]
    schema = Schema()
    metadata_class = None
    http_method_names = ["get", "head", "post", "patch", "options"]
    #: The actions that ask by POST, and write nothing.
    asking: ClassVar[tuple[str, ...]] = ()
    #: Whether what is made here lets others reach what its maker reaches.
    makes_keys: ClassVar[bool] = False
    #: What the answer says of how often may be asked; empty where that is not counted.
    pace: Mapping[str, str] = {}
    #: What of it is going to leave, by action or by action and parameter.
    deprecated: ClassVar[deprecation.Deprecated] = {}
    #: The rights of which an action needs one.
    rights: ClassVar[Mapping[str, tuple[str, ...]]] = {}
    #: The parameters that an action takes beside those of lists.
    parameters: ClassVar[Mapping[str, tuple[str, ...]]] = {}

    def initialize_request(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Request:
        """Read addresses as UTF-8 whatever the other side declares for its body."""
        if request.encoding is not None:  # to set it means to read the address anew
            request.encoding = None  # type: ignore[assignment]
        return super().initialize_request(request, *args, **kwargs)

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        """Answer, and keep no answer: a view refers to itself, and only the collector would let go what it holds."""
        response = super().dispatch(request, *args, **kwargs)
        del self.response
        return response

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        """Refuse methods and parameters that are not known, once it is clear who asks; what has a key is done once.

        What is asked for is repeated where others were at work at the same moment, its key and its answer with it, and
        where the replica that it read from went away.
        """
        super().initial(request, *args, **kwargs)
        if request.method not in self.allowed_methods and request.method != "HEAD":
            raise MethodNotAllowed(str(request.method))
        if settings.READ_ONLY and self.writes:
            raise ReadOnly
        known = self.known_parameters()
        strangers = [name for name in request.query_params if name not in known and request.method != "OPTIONS"]
        if strangers:
            message = _("This parameter is not known here. Known are: %(known)s.") % {"known": ", ".join(known) or "–"}
            raise BadParameters({name[:60]: [ErrorDetail(message, code="unknown")] for name in strangers})
        asked = request.query_params
        if repeated := [name for name in asked if len(asked.getlist(name)) > 1 and name not in self.repeatable()]:
            message = _("Give this parameter once: one value counts.")
            raise BadParameters({name[:60]: [ErrorDetail(message, code="repeated")] for name in repeated})
        if request.method == "POST" and idempotency.HEADER in request.headers:
            self.post = idempotency.once(self, getattr(self, "post", self.http_method_not_allowed))
        if request.method in self.allowed_methods:
            method = str(request.method).lower()
            handle = partial(self.handle, getattr(self, method))
            setattr(self, method, lambda *args, **kwargs: retrying.repeated(partial(handle, *args, **kwargs)))

    def handle(self, handler: Callable[..., Any], request: Request, *args: Any, **kwargs: Any) -> Any:
        """Answer a request by the handler of its method, anew each time that it is repeated."""
        return handler(request, *args, **kwargs)

    @property
    def writes(self) -> bool:
        """Whether what is asked for may write."""
        return self.request.method not in SAFE_METHODS and getattr(self, "action", None) not in self.asking

    def known_parameters(self) -> tuple[str, ...]:
        """Return the parameters that the address takes."""
        return self.parameters.get(getattr(self, "action", None) or "", ())

    def repeatable(self) -> Collection[str]:
        """Return the parameters that may be given several times."""
        return ()

    @property
    def default_response_headers(self) -> dict[str, str]:
        """Return the headers of every answer; what one reader may see is nobody else’s to keep."""
        vary = "Accept, Accept-Language, Authorization, Cookie"
        return {**super().default_response_headers, "Cache-Control": "no-store", "Vary": vary}

    def options(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Response:
        """Say in `Allow` which methods the address takes; whatever it names, and whether or not that is there."""
        return Response(status=204)

    def finalize_response(self, request: Request, response: Any, *args: Any, **kwargs: Any) -> Any:
        """Return the answer with its tag, or say that nothing has changed."""
        settled = super().finalize_response(request, response, *args, **kwargs)
        action = getattr(self, "action", None) or str(request.method).lower()
        for name, value in {**self.pace, **deprecation.headers(self.deprecated, action, request.GET)}.items():
            settled.headers[name] = value
        if isinstance(settled, Response):
            settled.add_post_render_callback(_freed)
            settled.add_post_render_callback(lambda rendered: conditional.tagged(request, rendered))
        return settled

    @property
    def user(self) -> User:
        """Who asks; nobody who has not signed in comes this far."""
        return cast(User, self.request.user)


class Records(House, GenericViewSet):
    """Records of one kind; the class says how they are ordered, read and found."""

    #: The actions that name the version that they are made on.
    conditional: ClassVar[tuple[str, ...]] = ("partial_update",)
    #: The order of lists: the last column is unique.
    ordering: tuple[str, ...] = ("-changed_at", "pk")

    #: The order of the list as a table, where none is asked for: one in which nothing moves while it is handed over.
    table_ordering: tuple[str, ...] = ()
    #: The orders in which a list can be asked for, by name; the first one is that of `ordering`.
    orderings: ClassVar[Mapping[str, tuple[str, ...]]] = {}
    #: The same of other lists than that of the records themselves, by action.
    row_orderings: ClassVar[Mapping[str, Mapping[str, tuple[str, ...]]]] = {}
    #: What reads the rows of lists other than that of the records themselves, by action.
    row_classes: ClassVar[Mapping[str, Any]] = {}
    #: What of the answer is asked for; None: all of it.
    chosen: columns.Names | None = None

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        """Take in which form, which part and which order of the answer is asked for. Raises BadParameters."""
        super().initial(request, *args, **kwargs)
        if request.method not in ("GET", "HEAD"):
            return
        asked, known = request.query_params, self.known_parameters()
        blank = [name for name in self._filters() if "" in asked.getlist(name) and not self._is_of_words(name)]
        if blank:
            message = _("Give a value, or leave this parameter out.")
            raise BadParameters({name: [ErrorDetail(message, code="blank")] for name in blank})
        if FIELDS in asked and FIELDS in known:
            self.chosen = columns.chosen(self.names, asked.getlist(FIELDS))
        known_forms = [one.format for one in self.get_renderers()]
        for name, words in ((FORMAT, known_forms), (ORDERING, list(self.orders))):
            if name in asked and name in known and asked[name] not in words:
                raise BadParameters({name: [unknown(asked[name], words)]})
        if ORDERING in asked:
            self.ordering = self.orders[asked[ORDERING]]
        elif self.action == "list" and isinstance(request.accepted_renderer, tables.Table):
            self.ordering = self.table_ordering or self.ordering

    def handle(self, handler: Callable[..., Any], request: Request, *args: Any, **kwargs: Any) -> Any:
        """Answer a request; where a table is asked for, by all pages of the list."""
        if isinstance(request.accepted_renderer, tables.Table):
            handler = tables.handed_over(self, handler, self.table_columns if self.chosen is None else self.chosen)
        return super().handle(handler, request, *args, **kwargs)

    def known_parameters(self) -> tuple[str, ...]:
        """Return the parameters of the action; a list takes its filters, its order and the page."""
        known = super().known_parameters()
        if self.pages():
            as_table = isinstance(getattr(self.request, "accepted_renderer", None), tables.Table)
            known += (*self._filters(),) + (() if as_table else self.pagination_class.parameters)  # type: ignore[union-attr]
        if self.orders:
            known += (ORDERING,)
        if self.tabular():
            known += (FORMAT,)
        return (*known, FIELDS) if self.selectable() else known

    def repeatable(self) -> Collection[str]:
        """Return the parameters that may be given several times: what names parts, and filters that are widened."""
        several = (WordsField, ReferencesField)
        return {
            FIELDS,
            EXPAND,
            *(name for name, one in self._filters().items() if issubclass(one.field_class, several)),
        }

    @property
    def orders(self) -> Mapping[str, tuple[str, ...]]:
        """The orders in which the list of the action can be asked for."""
        return self.orderings if self.action == "list" else self.row_orderings.get(self.action, {})

    def _filters(self) -> Mapping[str, Any]:
        """Return the filters of the list by their names."""
        filters = getattr(self, "filterset_class", None)
        return filters.base_filters if filters else {}

    def _is_of_words(self, name: str) -> bool:
        """Whether a filter seeks words: none are found everywhere; elsewhere a value that is empty is a slip."""
        return issubclass(self._filters()[name].field_class, forms.CharField)

    def filter_queryset(self, queryset: Any) -> Any:
        """Filter a list where its address asks for it; filters that nobody asked for take longer than the query."""
        asked = set(self.request.query_params) & self._filters().keys()
        return super().filter_queryset(queryset) if asked else queryset

    def get_renderers(self) -> list[Any]:
        """Return the forms of the answer: a list comes as a table, too."""
        return [*super().get_renderers(), *(form() for form in tables.FORMS if self.tabular())]

    def tabular(self) -> bool:
        """Whether the action gives a list that comes to an end, and so can be had as a table."""
        ends = getattr(self.pagination_class, "ends", True)
        return ends and (self.pages() or self.action == "list")

    def selectable(self) -> bool:
        """Whether it can be asked which part of the answer is wanted."""
        return self.tabular() or self.action in ("retrieve", "list")

    @property
    def row_class(self) -> Any:
        """The serializer of one row of what the action tells."""
        return self.row_classes.get(self.action) or self.get_serializer_class()

    @property
    def names(self) -> columns.Names:
        """The names of what is told of one record."""
        return columns.names_of(self.row_class)

    @property
    def table_columns(self) -> columns.Names:
        """The columns of the list as a table, where it is not asked for some of them."""
        return self.names

    def finalize_response(self, request: Request, response: Any, *args: Any, **kwargs: Any) -> Any:
        """Return the answer without what was not asked for."""
        if self.chosen is not None and isinstance(response, Response) and response.status_code == 200:
            page = self.action != "retrieve"
            told = response.data["results"] if page else response.data
            kept = columns.kept(told, self.chosen)
            response.data = {**response.data, "results": kept} if page else kept
        return super().finalize_response(request, response, *args, **kwargs)

    def pages(self) -> bool:
        """Whether the action gives pages of a list."""
        return bool(self.action == "list")

    def validated(self, serializer_class: Any, **context: Any) -> Any:
        """Return the serializer of what was sent. Raises ValidationError."""
        serializer = serializer_class(data=self.request.data, context={**self.get_serializer_context(), **context})
        serializer.is_valid(raise_exception=True)
        return serializer


class Lists(ListModelMixin, Records):
    """Records that are listed only."""


class Reads(RetrieveModelMixin, Lists):
    """Records that are listed, and read one by one with their version."""

    def retrieve(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Return one record under its version."""
        return self.answer(self.get_object())

    def answer(self, record: Any, status: int = 200) -> Response:
        """Return a record with its version as the entity tag; a new one with its address."""
        told = self.get_serializer(record).data
        headers = {"ETag": conditional.tag_of(told["version"])}
        if status == 201:
            headers["Location"] = told["url"]
        return Response(told, status, headers=headers)

    def get_object(self) -> Any:
        """Return the record that the address names, if the user may see it; filters are for lists."""
        return get_object_or_404(self.get_queryset(), **{self.lookup_field: self.kwargs[self.lookup_field]})

    def again(self, record: Versioned) -> Any:
        """Return a record that was just written as its reader sees it. Raises where he no longer does."""
        kept = self.get_queryset().filter(pk=record.pk).first()
        if kept is None:
            raise outside(self.user) if self.user.areas_only else NotFound
        return kept

    def match(self, record: Versioned) -> None:
        """Compare If-Match with the version of a record that is locked. Raises Stale, or NoCondition without one."""
        condition = self.request.headers.get("If-Match")
        if condition is None:
            raise NoCondition
        if not conditional.names(condition, record.version):
            raise Stale


class Writes(Reads):
    """Records that are made and changed too."""

    #: What the requests that make and change a record say.
    input_class: Any = None
    edit_class: Any = None
    #: What changes a record of this kind: a context in which its columns are set.
    editing: ClassVar[Any] = staticmethod(registers.editing)

    def create(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Make a record, and return it with its address."""
        given = self.validated(self.input_class)
        with transaction.atomic():  # what a token of some areas would not see again is not made
            made = self.again(given.open(by=self.user))
        return self.answer(made, 201)

    def partial_update(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Change what the request names, and return the record as it is now."""
        record = self.get_object()
        change = self.validated(self.edit_class)
        with transaction.atomic():
            with self.editing(record, by=self.user) as fresh:
                self.match(fresh)
                change.apply(fresh)
            changed = self.again(record)
        return self.answer(changed)


class Nothing(House):
    """Every other address below the API."""

    schema = None  # type: ignore[assignment]

    @property
    def default_response_headers(self) -> dict[str, str]:
        """Return the headers of every answer, without the methods of what is not there."""
        headers = super().default_response_headers
        del headers["Allow"]
        return headers

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        """Answer that nothing is here, to those who have signed in."""
        APIView.initial(self, request, *args, **kwargs)
        raise NotFound(_("Nothing is here. Addresses end with a slash; all of them stand in schema/."))
