"""What an answer was made of goes as soon as it is sent: nothing of it waits for the collector."""

import gc
import weakref
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.template.loader import render_to_string
from django.test import RequestFactory
from django.urls import resolve
from rest_framework.test import APIRequestFactory, force_authenticate

from agreements.models import Agreement, User
from tests.api.conftest import V1


@pytest.fixture(autouse=True)
def _no_collector() -> Iterator[None]:
    gc.disable()
    yield
    gc.enable()


class Row:
    """Something that a page tells."""


def test_a_page_keeps_nothing_of_what_it_told(lawyer: User) -> None:
    row, request = Row(), RequestFactory().get("/")
    kept, request.user = weakref.ref(row), lawyer
    render_to_string("includes/stage_sign.html", {"stage": row}, request)
    del row
    assert kept() is None


@pytest.mark.parametrize("path", ["agreements/", "agreements/{}/", "parties/", "reports/portfolio/?format=csv"])
def test_an_answer_of_the_api_goes_once_it_is_sent(
    path: str, make_agreement: Callable[..., Agreement], lawyer: User
) -> None:
    address = V1 + path.format(make_agreement().reference)
    request: Any = APIRequestFactory().get(address)
    force_authenticate(request, lawyer)
    view = resolve(request.path)
    answer: Any = view.func(request, *view.args, **view.kwargs)
    if hasattr(answer, "render"):
        answer = answer.render()
    assert answer.status_code == 200
    kept = weakref.ref(answer)
    del answer
    assert kept() is None
