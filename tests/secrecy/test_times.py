"""How long an answer takes tells nothing of what is hidden: measured, beside the equal questions to the database."""

import random
import time
from collections.abc import Callable
from statistics import median
from typing import Any

import pytest
from django.db import connection
from django.test import Client

from agreements.models import Agreement, Area, User
from tests.api.conftest import V1, secret_for
from tests.conftest import signed_in
from tests.secrecy.asking import NO_REFERENCE
from tests.secrecy.worlds import HUSHED

#: So many agreements are hidden, and so often each is asked; in turns of random order.
HIDDEN, TIMES = 200, 100
#: Between the medians of what touches something hidden and what does not. The same asked twice differs by about 1.03.
BOUND = 1.15
#: Without a server of the database its work is that of this process, which others on the machine do not disturb.
clock = time.process_time if connection.vendor == "sqlite" else time.perf_counter


@pytest.mark.soak
@pytest.mark.django_db
def test_the_time_of_an_answer_tells_nothing_of_what_is_hidden(
    make_agreement: Callable[..., Agreement], areas: dict[str, Any], officer: User, settings: Any
) -> None:
    settings.API_RATE = 0
    for _number in range(30):
        make_agreement(areas=[areas["transport"]])
    for number in range(HIDDEN):
        hidden = make_agreement(
            areas=[areas["aviation"]], titles={"en": f"{HUSHED} agreement {number}"}, columns={"level": "secret"}
        )
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    Area(code="energy", prefix="ENE", name_en="Energy", name_ru="Энергетика", name_kk="Энергетика").save()
    browser = signed_in(officer)
    program = Client(headers={"authorization": f"Token {secret_for(officer)}"})
    asked = {
        "an agreement, by the API": (f"agreements/{hidden.reference}/", f"agreements/{NO_REFERENCE}/", 404),
        "an agreement": (f"/agreements/{hidden.reference}/", f"/agreements/{NO_REFERENCE}/", 404),
        "its journal": (f"agreements/{hidden.reference}/journal/", f"agreements/{NO_REFERENCE}/journal/", 404),
        "a list": ("agreements/?area=aviation", "agreements/?area=energy", 200),
        "a page of a list": ("/agreements/?q=hushed", "/agreements/?q=nobody", 200),
        "a search": (f"agreements/?text={HUSHED}", "agreements/?text=Nobody", 200),
        "a search by the number": (f"/search/?q={hidden.reference}", f"/search/?q={NO_REFERENCE}", 200),
        "nothing hidden, twice": (f"agreements/{NO_REFERENCE}/", f"agreements/{NO_REFERENCE}/", 404),
    }

    def taken(address: str, status: int) -> float:
        before = clock()
        answer = browser.get(address) if address.startswith("/") else program.get(V1 + address)
        after = clock() - before
        assert answer.status_code == status, address
        return after

    ratios, drawn = {}, random.Random(1)
    for name, (of_hidden, of_nothing, status) in asked.items():
        times: dict[bool, list[float]] = {True: [], False: []}
        for turn in range(TIMES + 10):
            for whole in drawn.sample((True, False), 2):
                seconds = taken(of_hidden if whole else of_nothing, status)
                if turn >= 10:
                    times[whole].append(seconds)
        ratios[name] = median(times[True]) / median(times[False])
    print({name: round(ratio, 3) for name, ratio in ratios.items()})  # noqa: T201
    assert {name: ratio for name, ratio in ratios.items() if not 1 / BOUND < ratio < BOUND} == {}
