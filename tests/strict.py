"""What the tests do not let pass: unknown template variables, order by accident, a journal left without triggers."""

import sys
from collections.abc import Iterator
from pathlib import Path
from types import FrameType
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parent.parent
_OWN_TEMPLATES = (str(ROOT / "templates"), str(ROOT / "agreements"))


class UnknownVariable(str):
    """The engine's `string_if_invalid`: a variable that one of our own templates uses must exist.

    Templates of Django and of libraries rely on unknown variables being empty. `{% if name %}` stays allowed.
    """

    __slots__ = ()

    def __new__(cls) -> "UnknownVariable":
        """Return the text in whose place the engine puts the name of the variable."""
        return super().__new__(cls, "%s")

    def __mod__(self, variable: Any) -> str:
        """Fail the test when the template is ours."""
        from django.template.base import UNKNOWN_SOURCE, Node

        frame: FrameType | None = sys._getframe(1)
        while frame:
            node = frame.f_locals.get("self")
            if isinstance(node, Node) and hasattr(node, "origin"):
                if node.origin.name.startswith(_OWN_TEMPLATES) or node.origin.name == UNKNOWN_SOURCE:
                    line = getattr(getattr(node, "token", None), "lineno", "?")
                    pytest.fail(f"{node.origin.name}:{line} uses “{variable}”, which is not in the context.")
                return ""
            frame = frame.f_back
        return ""


def strict_loops(patch: pytest.MonkeyPatch) -> None:
    """Make `{% for %}` over an unknown variable as wrong as printing it; Django itself loops over nothing."""
    from django.template.base import FilterExpression
    from django.template.defaulttags import ForNode

    resolve = FilterExpression.resolve

    def resolve_strictly(self: FilterExpression, context: Any, ignore_failures: bool = False) -> Any:
        if ignore_failures and isinstance(sys._getframe(1).f_locals.get("self"), ForNode):
            ignore_failures = False
        return resolve(self, context, ignore_failures)

    patch.setattr(FilterExpression, "resolve", resolve_strictly)


def reverse_unordered(patch: pytest.MonkeyPatch) -> None:
    """Turn the rows of a query set without an order around: a test that needs their order fails, every time."""
    from django.db.models import query

    def turned(iterate: Any) -> Any:
        def rows(self: Any) -> Iterator[Any]:
            return iterate(self) if self.queryset.ordered else reversed(list(iterate(self)))

        return rows

    for kind in (query.ModelIterable, query.ValuesIterable, query.ValuesListIterable, query.FlatValuesListIterable):
        patch.setattr(kind, "__iter__", turned(kind.__iter__))


def lift_triggers_for_the_flush(patch: pytest.MonkeyPatch) -> None:
    """Let the flush after a transactional test empty the journal; nothing else may, `manage.py flush` neither."""
    from django.db import connections
    from django.test import TransactionTestCase

    from agreements.models import triggers

    case: Any = TransactionTestCase
    flush = case._fixture_teardown

    def teardown(self: Any) -> None:
        used = [connections[alias] for alias in self._databases_names(include_mirrors=False)]
        for connection in used:
            triggers.remove(connection)
        try:
            flush(self)
        finally:
            for connection in used:
                triggers.install(connection)

    patch.setattr(case, "_fixture_teardown", teardown)


def tell_of_whole_pages(patch: pytest.MonkeyPatch) -> None:
    """Keep for `response.context` what a page was rendered with, not also a copy for each of its hundred fragments."""
    from django.template.base import Template
    from django.test.signals import template_rendered

    def render(self: Template, context: Any) -> Any:
        if context.template is self:
            template_rendered.send(sender=self, template=self, context=context)
        return self.nodelist.render(context)

    patch.setattr(Template, "_render", render)
