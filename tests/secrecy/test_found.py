"""What once told of hidden agreements, each by itself: found by the two worlds, and closed."""

import re
from collections.abc import Callable
from typing import Any

from django.contrib.auth.models import Group
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from agreements import dispatch, meetings, reports, sealed, subscriptions, webhooks
from agreements.dates import FuzzyDate
from agreements.models import Agreement, Delivery, Format, Mailing, Meeting, ProcedureVersion, ReportRun, User
from tests.api.conftest import Api
from tests.conftest import signed_in


def test_what_only_a_hidden_agreement_follows_is_in_no_list_of_deadlines(
    make_agreement: Callable[..., Agreement], areas: dict[str, Any], at_officer: Client, at_lawyer: Client
) -> None:
    day = FuzzyDate.parse("2015-03-01")
    first = make_agreement(areas=[areas["transport"]], stage="in_force", on=day)
    make_agreement(
        areas=[areas["aviation"]], stage="in_force", on=day, columns={"level": "secret"}, relations=[("follows", first)]
    )
    told = [client.get("/deadlines/?of=all").content.decode() for client in (at_officer, at_lawyer)]

    assert ["Transport and logistics" in page for page in told] == [False, True]


def test_a_procedure_that_only_hidden_agreements_follow_is_not_among_those_in_use(
    make_agreement: Callable[..., Agreement], officer: User, lawyer: User
) -> None:
    make_agreement(procedure="simplified")
    make_agreement(procedure="multilateral", columns={"level": "secret"})

    def codes(user: User) -> list[str]:
        return sorted(ProcedureVersion.objects.for_user(user).values_list("code", flat=True))

    assert (codes(officer), codes(lawyer)) == (["simplified"], ["multilateral", "simplified"])
    officer.is_staff = True
    officer.save()
    page = signed_in(officer).get(reverse("admin:agreements_procedureversion_changelist")).content.decode()
    assert "multilateral" not in page


def test_keys_of_rows_that_are_counted_stand_on_no_page(
    make_agreement: Callable[..., Agreement], officer: User, lawyer: User
) -> None:
    """Points of agendas, participants and relations have numbers, given one after the other."""
    agreement = make_agreement()
    met = Meeting(format=Format.objects.create(code="council", name_en="Council"), status="held")
    met.on = FuzzyDate.parse("2024-10-21")
    met = meetings.arrange(met, by=lawyer, agenda=[meetings.Point(agreement)])
    officer.is_staff = True
    officer.save()
    client, row = signed_in(officer), agreement.participants.get(party__code="KZ")
    form = client.get(reverse("admin:agreements_agreement_change", args=[agreement.pk])).content.decode()
    keys = re.findall(r'name="participants-\d-id" value="([^"]*)"', form)
    assert int(sealed.named(keys[0], purpose="rows")) in {one.pk for one in agreement.participants.all()}
    assert len({len(key) for key in keys if key}) == 1  # the length of a number would tell of it
    assert str(row.pk) not in keys
    page = client.get(met.get_absolute_url()).content.decode()
    assert f"/agenda/{agreement.reference}/outcome/" in page


def test_the_tag_of_events_stays_when_something_hidden_happens(
    make_agreement: Callable[..., Agreement], officer: User, lawyer: User
) -> None:
    make_agreement()
    program = Api(officer)
    first = program.get("events/")
    after = first.json()["next"].partition("cursor=")[2]
    make_agreement(columns={"level": "secret"})
    again = program.get("events/")

    assert again.headers["ETag"] == first.headers["ETag"]
    assert again.json()["results"] == first.json()["results"]
    assert program.get("events/", {"cursor": after}).json()["results"] == []


def test_a_dossier_takes_no_query_more_where_everything_around_is_hidden(
    make_agreement: Callable[..., Agreement], officer: User
) -> None:
    alone, follows = make_agreement(), make_agreement()
    make_agreement(columns={"level": "secret"}, relations=[("follows", follows)])
    numbers = set[int]()
    for agreement in (alone, alone, follows):  # the first one asks for what is asked once
        with CaptureQueriesContext(
            connection,
        ) as asked:
            content = reports.REPORTS["agreement"].build(officer, agreement=agreement)
        assert list(content.shown) == [agreement.pk]
        numbers.add(len(asked))

    assert len(numbers) == 1


def test_a_search_takes_as_many_queries_for_words_of_hidden_agreements_as_for_words_of_none(
    make_agreement: Callable[..., Agreement], officer: User
) -> None:
    make_agreement()
    make_agreement(titles={"en": "Zephyr quartz"}, columns={"level": "secret"})
    client, program = signed_in(officer), Api(officer)

    def queries(word: str) -> tuple[int, ...]:
        numbers = []
        for ask in (
            lambda: client.get(f"/agreements/?q={word}"),
            lambda: client.get(f"/search/?q={word}"),
            lambda: program.get("agreements/", {"text": word}),
        ):
            ask()  # what is asked once in the life of a process
            with CaptureQueriesContext(connection) as asked:
                ask()
            numbers.append(len(asked))
        return tuple(numbers)

    assert queries("zephyr") == queries("nowhere")


def test_who_keeps_the_accounts_sees_nothing_of_others_that_tells_of_what_is_hidden(
    make_agreement: Callable[..., Agreement], areas: dict[str, Any], lawyer: User, settings: Any
) -> None:
    """Deliveries and mails about hidden events are not there; of another's report its level and size are not."""
    settings.WEBHOOK_LEVEL = "restricted"
    keeper = User.objects.create_user("keeper", access_level="internal", is_staff=True)
    keeper.groups.add(Group.objects.get(name="administrator"))
    webhooks.create(lawyer, name="All", address="https://systems.example/pacta")
    watcher = User.objects.create_user("watcher", "watcher@ministry.example", access_level="secret")
    watcher.groups.add(Group.objects.get(name="reader"))
    subscriptions.watch(watcher, "area", areas["aviation"], pace="immediately")
    dispatched = []
    for level in ("internal", "restricted"):
        make_agreement(areas=[areas["aviation"]], columns={"level": level})
        webhooks.tick(lambda _webhook: None)
        subscriptions.tick()
        run = dispatch.order(dispatch.Wish("portfolio", {}, "json", "en"), by=lawyer)
        dispatch.build(run.pk)
        dispatched.append(reverse("admin:agreements_reportrun_change", args=[run.pk]))

    def told() -> list[Any]:
        client = signed_in(keeper)
        lists = [
            client.get(reverse(f"admin:agreements_{name}_changelist")).content.decode()
            for name in ("delivery", "mailing")
        ]
        found: list[Any] = [len(set(re.findall(r"/([0-9a-f-]{36})/change/", page))) for page in lists]
        return found + ["field-size" in client.get(address).content.decode() for address in dispatched]

    assert told() == [1, 1, True, False]
    User.objects.filter(pk=keeper.pk).update(access_level="restricted")
    assert told() == [2, 2, True, True]


def test_who_keeps_the_accounts_sees_no_delivery_and_no_mail_about_a_hidden_relation(
    make_agreement: Callable[..., Agreement], lawyer: User, settings: Any
) -> None:
    """What is recorded of an agreement that he may see can be about one that he may not."""
    settings.WEBHOOK_LEVEL = "secret"
    keeper = User.objects.create_user("keeper", access_level="internal", is_staff=True)
    keeper.groups.add(Group.objects.get(name="administrator"))
    watcher = User.objects.create_user("watcher", "watcher@ministry.example", access_level="secret")
    watcher.groups.add(Group.objects.get(name="reader"))
    agreement, secret = make_agreement(), make_agreement(columns={"level": "secret"})
    webhooks.create(lawyer, name="All", address="https://systems.example/pacta")
    subscriptions.watch(watcher, "agreement", agreement, pace="immediately")

    def told() -> list[int]:
        client = signed_in(keeper)
        lists = [client.get(reverse(f"admin:agreements_{name}_changelist")) for name in ("delivery", "mailing")]
        return [len(set(re.findall(r"/([0-9a-f-]{36})/change/", page.content.decode()))) for page in lists]

    program, address = Api(lawyer), f"agreements/{agreement.reference}/"
    for relations in ([{"kind": "follows", "to": secret.reference}], []):
        version = program.get(address).headers["ETag"]
        assert program.patch(address, {"relations": relations}, If_Match=version).status_code == 200
        webhooks.tick(lambda _webhook: None)
        subscriptions.tick()
    assert (Delivery.objects.count(), Mailing.objects.count()) == (2, 2)
    assert told() == [0, 0]
    User.objects.filter(pk=keeper.pk).update(access_level="secret")
    assert told() == [2, 2]


def test_who_keeps_the_accounts_does_not_read_what_a_report_of_another_was_asked(
    make_agreement: Callable[..., Agreement], lawyer: User, officer: User
) -> None:
    """Somebody has a report on a hidden agreement sent to whom it is hidden from: why it failed names the agreement."""
    keeper = User.objects.create_user("keeper", access_level="internal", is_staff=True)
    keeper.groups.add(Group.objects.get(name="administrator"))
    secret = make_agreement(columns={"level": "secret"}).reference
    run = dispatch.order(dispatch.Wish("agreement", {"agreement": secret}, "json", "en"), by=lawyer)
    addresses = [
        reverse("admin:agreements_reportrun_changelist"),
        reverse("admin:agreements_reportrun_change", args=[run.pk]),
    ]

    def told() -> list[str]:
        return [signed_in(keeper).get(address).content.decode() for address in addresses]

    assert [page.count(secret) for page in told()] == [0, 0]  # it waits
    ReportRun.objects.filter(pk=run.pk).update(reader=officer)
    dispatch.build(run.pk)
    run.refresh_from_db()
    assert (run.state, run.problem) == ("failed", f"There is no agreement “{secret}”.")
    assert [page.count(secret) for page in told()] == [0, 0]
    ReportRun.objects.filter(pk=run.pk).update(problem="OSError")
    assert ["OSError" in page for page in told()] == [True, True]
