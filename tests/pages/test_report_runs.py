"""The gallery of reports, those that are built in the background, and those on a schedule: on pages."""

import pytest
from django.contrib.staticfiles import finders
from django.core import mail

from agreements import dispatch, registers, reports
from agreements.choices import Level, RunState
from agreements.models import Agreement, Participant, Party, ReportRun, ScheduledReport
from tests.conftest import signed_in
from tests.pages.conftest import queries, words

AVIATION = "AIR-7Q4M"


@pytest.fixture
def carried_out(django_capture_on_commit_callbacks):
    return lambda: django_capture_on_commit_callbacks(execute=True)


def test_the_gallery_shows_every_report_with_a_picture_of_it(reader):
    page = signed_in(reader).get("/reports/", HTTP_ACCEPT_LANGUAGE="kk")

    for name in reports.REPORTS:
        assert f'href="/reports/{name}/"' in page.content.decode()
    assert "Шарттар тізілімі" in words(page)
    for name in reports.REPORTS:
        for language in ("en", "ru", "kk"):
            assert finders.find(f"reports/{name}-{language}.png"), (name, language)


def test_a_report_is_built_and_fetched(sample, reader, carried_out):
    client = signed_in(reader)
    with carried_out():
        page = client.post(
            "/reports/plan/build/",
            {"as_of": "2024-12-01", "area": "aviation", "format": "csv", "language": "ru"},
            follow=True,
        )
        assert "The report is being built." in words(page)
        assert 'data-progress="waiting"' in page.content.decode()
        assert "Look again" in words(page)
        assert "waiting" in words(page)
    run = ReportRun.objects.get()
    page = client.get("/reports/built/")

    assert (run.parameters, run.form, run.language) == ({"as_of": "2024-12-01", "area": "aviation"}, "csv", "ru")
    assert 'data-progress=""' in page.content.decode()
    assert "progress.js" not in page.content.decode()
    assert "1 December 2024 CSV, RU" in words(page)
    file = client.get(f"/reports/built/{run.pk}/")
    assert file.headers["Content-Disposition"] == 'attachment; filename="plan-2024-12-01.csv"'
    assert file.headers["Cache-Control"] == "private, no-store"
    whole = b"".join(file.streaming_content)
    assert "Горизонтальное авиационное соглашение" in whole.decode()
    headers = {"Range": "bytes=3-9", "If-Range": file.headers["ETag"]}
    part = client.get(f"/reports/built/{run.pk}/", headers=headers)
    assert (part.status_code, b"".join(part.streaming_content)) == (206, whole[3:10])
    assert client.get(f"/reports/built/{run.pk}/", headers={"Range": f"bytes={len(whole)}-"}).status_code == 416


def test_nobody_elses_report_is_there(sample, reader, officer, carried_out):
    with carried_out():
        run = dispatch.order(dispatch.Wish("portfolio", {}, "json", "en"), by=officer)
    client = signed_in(reader)

    assert client.get(f"/reports/built/{run.pk}/").status_code == 404
    assert "Portfolio" not in words(client.get("/reports/built/")).partition("Built reports")[2]


def test_what_may_no_longer_be_seen_is_not_handed_over(sample, reader, lawyer, carried_out):
    client = signed_in(reader)
    with carried_out():
        client.post("/reports/portfolio/build/", {"format": "json"})
    with registers.editing(Agreement.objects.get(reference=AVIATION), by=lawyer) as agreement:
        agreement.level = Level.SECRET
    page = client.get(f"/reports/built/{ReportRun.objects.get().pk}/", follow=True)

    assert "You may no longer see all that is in this report." in words(page)


@pytest.mark.parametrize(
    ("given", "sentence"),
    [({"with": "XX"}, "There is no party “XX”."), ({"format": "docm"}, "There is no such format.")],
)
def test_a_bad_wish_is_named(sample, reader, given, sentence):
    page = signed_in(reader).post("/reports/portfolio/build/", given, follow=True)

    assert sentence in words(page)
    assert not ReportRun.objects.exists()


def test_a_report_is_put_on_a_schedule_changed_and_stopped(sample, officer, reader, carried_out):
    client = signed_in(officer)
    report = client.get("/reports/deadlines/?area=aviation").content.decode()
    assert 'href="/reports/deadlines/schedule/?area=aviation"' in report
    form = client.get("/reports/deadlines/schedule/?area=aviation", HTTP_ACCEPT_LANGUAGE="ru").content.decode()
    assert 'value="28.12.2024"' in form
    assert "(Область: Авиация)" in form
    given = {"name": "Aviation", "rhythm": "weekly", "next_on": "2024-12-28", "form": "pdf", "language": "kk"}
    page = client.post(
        "/reports/deadlines/schedule/?area=aviation", given | {"recipients": [officer.pk, reader.pk]}, follow=True
    )
    made = ScheduledReport.objects.get()

    assert "The report is saved." in words(page)
    assert (made.parameters, made.owner, made.recipients.count()) == ({"area": "aviation"}, officer, 2)
    changed = client.post(
        f"/reports/schedules/{made.pk}/", given | {"rhythm": "monthly", "recipients": [reader.pk]}, follow=True
    )
    assert "every month" in words(changed)
    made.refresh_from_db()
    assert (made.parameters, list(made.recipients.all())) == ({"area": "aviation"}, [reader])

    his = signed_in(reader)
    assert "made by officer" in words(his.get("/reports/schedules/"))
    assert his.get(f"/reports/schedules/{made.pk}/").status_code == 404
    assert "You no longer receive the report." in words(his.post(f"/reports/schedules/{made.pk}/stop/", follow=True))
    assert his.post(f"/reports/schedules/{made.pk}/stop/").status_code == 404
    assert "The report is sent no longer." in words(client.post(f"/reports/schedules/{made.pk}/stop/", follow=True))
    with carried_out():
        dispatch.tick()
    assert not ReportRun.objects.exists()
    assert mail.outbox == []


def test_a_schedule_without_recipients_is_refused_with_what_was_typed(sample, officer):
    given = {"name": "Aviation", "rhythm": "weekly", "next_on": "2024-12-28", "form": "pdf", "language": "kk"}
    answer = signed_in(officer).post("/reports/deadlines/schedule/", given)

    assert answer.status_code == 422
    assert "Name at least one person to whom it is sent." in words(answer)
    assert 'value="Aviation"' in answer.content.decode()


def test_a_report_page_speaks_the_language_that_is_asked_for(sample, reader):
    client = signed_in(reader)
    page = client.get("/reports/register/?language=kk").content.decode()

    assert '<div class="stack report" lang="kk">' in page
    assert "Жасалған шарттар" in page
    assert "Built reports" in page
    assert "language=kk" in page
    assert client.get("/reports/register/?language=fr").status_code == 400


def test_lists_take_a_fixed_number_of_queries(sample, officer, reader, carried_out):
    client = signed_in(officer)

    def add():
        with carried_out():
            dispatch.order(dispatch.Wish("plan", {}, "json", "en"), by=officer)
        dispatch.schedule(
            dispatch.Wish("plan", {}, "json", "en"),
            name="Plan",
            rhythm="daily",
            recipients=[officer, reader],
            by=officer,
        )

    add()
    few = queries(client, "/reports/built/"), queries(client, "/reports/schedules/")
    add()
    add()
    assert (queries(client, "/reports/built/"), queries(client, "/reports/schedules/")) == few == (3, 4)
    assert ReportRun.objects.filter(state=RunState.DONE).count() == 3


# ---- attacked ----
def test_what_an_upgrade_took_away_stays_in_the_lists(sample, reader, carried_out):
    client, wish = signed_in(reader), dispatch.Wish("plan", {}, "json", "en")
    with carried_out():
        run = dispatch.order(wish, by=reader)
    made = dispatch.schedule(wish, name="Plan", rhythm="daily", recipients=[reader], by=reader)
    ReportRun.objects.update(form="wp", report="gossip")
    ScheduledReport.objects.update(form="wp", report="gossip")

    assert "gossip" in words(client.get("/reports/built/"))
    assert "The file is no longer kept." in words(client.get(f"/reports/built/{run.pk}/", follow=True))
    page = client.get("/reports/schedules/")
    assert "gossip" in words(page)
    assert f'href="/reports/schedules/{made.pk}/"' not in page.content.decode()
    assert client.get(f"/reports/schedules/{made.pk}/").status_code == 404
    assert "The report is sent no longer." in words(client.post(f"/reports/schedules/{made.pk}/stop/", follow=True))


def test_a_party_of_hidden_agreements_alone_is_not_offered(sample, reader, lawyer):
    reference = "RAW-23X4"
    secret = registers.create(Party(code="AQ", kind="state", name_en="Antarctica"), by=lawyer)
    Participant.objects.create(agreement=Agreement.objects.get(reference=reference), party=secret, role="party")
    option = f'<option value="{secret.code}"'
    assert option in signed_in(reader).get("/reports/portfolio/").content.decode()
    with registers.editing(Agreement.objects.get(reference=reference), by=lawyer) as agreement:
        agreement.level = Level.SECRET

    assert option not in signed_in(reader).get("/reports/portfolio/").content.decode()
    assert option in signed_in(lawyer).get("/reports/portfolio/").content.decode()
