"""What holds for every page: nothing inline, a strict policy, a language, one main heading, no other host."""

import re
import uuid
from types import SimpleNamespace

import pytest
from allauth.account.internal.flows.login import record_authentication
from allauth.mfa.models import Authenticator
from django.contrib.auth.models import Group
from django.core.files.base import ContentFile
from django.test import Client
from django.urls import URLPattern, get_resolver, resolve

from agreements import clock, delegations, imports, lifecycle, saved_views, shares, subscriptions
from agreements.choices import ViewKind
from agreements.dates import FuzzyDate
from agreements.entrance import adapters
from agreements.models import TaskTemplate, Unit, User
from agreements.subscriptions import mails
from agreements.tasks import templates
from tests.conftest import signed_in
from tests.entrance.conftest import app_of, passkey_of
from tests.pages.conftest import opening
from tests.pages.records import record

PAGES = (
    "/imports/",
    "/imports/new/",
    "/imports/TABLE/",
    "/imports/TABLE/columns/",
    "/imports/TABLE/doubts/",
    "/imports/TABLE/undo/",
    "/desk/",
    "/desk/?of=unit",
    "/desk/?of=all&show=doubts",
    "/agreements/",
    "/agreements/?q=nothing",
    "/agreements/?as_of=2013-01-01",
    "/agreements/?as_of=never",
    "/agreements/?officer=~none&binding=no&valid_until__gte=2024-01-01&order=-days&columns=reference,stage,since,days,"
    "next,ball,parties,area,kind,procedure,lead_unit,officer,validity,changed,level",
    "/agreements/many/?act=step&pick=AIR-7Q4M&pick=VIS-8TDK&stage=signing",
    "/agreements/new/",
    "/agreements/AIR-7Q4M/",
    "/agreements/AIR-7Q4M/?as_of=2010-01-01",
    "/agreements/AIR-7Q4M/?known_at=2020-01-01",
    "/agreements/PEP-4K7Z/",
    "/agreements/PEP-4K7Z/?as_of=2016-06-01",
    "/agreements/PEP-4K7Z/?as_of=2016-06-01&supposing=never",
    "/agreements/PEP-2F9C/",
    "/agreements/PEP-4K7Z/?kind=acts&kind=corrections",
    "/agreements/RAW-23X4/",
    "/agreements/AIR-7Q4M/journal/",
    "/agreements/PEP-4K7Z/journal/?kind=acts&page=2",
    "/agreements/AIR-7Q4M/compare/",
    "/agreements/PEP-4K7Z/compare/?before=2016-06-01&after=2024-12-28",
    "/agreements/AIR-7Q4M/compare/?before=never&after=2024-12-28",
    "/agreements/AIR-7Q4M/steps/sign/?out_of_procedure=1",
    "/agreements/AIR-7Q4M/access/",
    "/agreements/AIR-7Q4M/access/share/",
    "/agreements/AIR-7Q4M/access/SHARE/withdraw/",
    "/agreements/AIR-7Q4M/hold/",
    "/agreements/AIR-7Q4M/legal-hold/",
    "/agreements/AIR-7Q4M/record/note/",
    "/agreements/AIR-7Q4M/record/document/",
    "/agreements/AIR-7Q4M/record/clearance/",
    "/agreements/AIR-7Q4M/record/action/",
    "/agreements/AIR-7Q4M/record/action/?act=signature",
    "/agreements/AIR-7Q4M/record/action/?act=full_powers_not_required&party=KZ",
    "/agreements/PEP-4K7Z/record/action/?act=withdrawal",
    "/agreements/PEP-4K7Z/record/action/?act=objection",
    "/agreements/PEP-4K7Z/record/action/?act=accession",
    "/agreements/PEP-4K7Z/clause/",
    "/agreements/AIR-7Q4M/plans/",
    "/agreements/AIR-7Q4M/validity/",
    "/agreements/AIR-7Q4M/entries/ENTRY/correct/",
    "/agreements/AIR-7Q4M/entries/ENTRY/void/",
    "/agreements/AIR-7Q4M/entries/ENTRY/redact/",
    "/agreements/AIR-7Q4M/late-step/",
    "/agreements/AIR-7Q4M/procedure/",
    "/agreements/VIS-8TDK/procedure/",
    "/agreements/AIR-7Q4M/documents/upload/",
    "/agreements/AIR-7Q4M/documents/languages/",
    "/agreements/AIR-7Q4M/documents/DOCUMENT/",
    "/agreements/AIR-7Q4M/documents/compare/",
    "/agreements/AIR-7Q4M/documents/compare/?before=FIRST&after=SECOND",
    "/documents/SECOND/preview/",
    "/documents/PAPER/preview/",
    "/agreements/PEP-4K7Z/registration/",
    "/agreements/PEP-4K7Z/commitments/new/",
    "/commitments/COMMITMENT/",
    "/agreements/AIR-7Q4M/undisclosed/new/",
    "/undisclosed/QUIET/",
    "/undisclosed/QUIET/change/",
    "/undisclosed/QUIET/disclose/",
    "/undisclosed/QUIET/withdraw/",
    "/tasks/",
    "/tasks/?of=all&status=dropped",
    "/agreements/AIR-7Q4M/tasks/new/",
    "/tasks/TASK/",
    "/tasks/TASK/done/",
    "/tasks/TASK/drop/",
    "/tasks/DROPPED/reopen/",
    "/tasks/templates/",
    "/tasks/templates/signing/?agreement=AIR-7Q4M",
    "/board/",
    "/board/?lanes=area&party=EU",
    "/board/?as_of=2013-01-01&lanes=party",
    "/board/?q=nothing",
    "/board/AIR-7Q4M/moves/",
    "/board/AIR-7Q4M/moves/?to=ratifying",
    "/procedures/",
    "/procedures/ratified/",
    "/procedures/ratified/?agreement=AIR-7Q4M",
    "/demonstration/",
    "/problems/",
    "/problems/refused",
    "/help/",
    "/help/glossary/",
    "/help/glossary/?q=hold",
    "/help/guide/first-day/",
    "/help/guide/keys/",
    "/agreements/PEP-4K7Z/?tour=4",
    "/overview/",
    "/overview/?as_of=2013-01-01&party=EU",
    "/overview/?party=NOBODY",
    "/overview/agreements/?at=push:open",
    "/search/",
    "/search/?q=agreement",
    "/search/?q=авиационое",
    "/search/?q=a&in=documents",
    "/nowhere/",
    "/reports/",
    "/reports/built/",
    "/reports/schedules/",
    "/reports/schedules/SCHEDULE/",
    "/reports/deadlines/schedule/?area=aviation",
    "/reports/participation/?as_of=2016-06-01&agreement=PEP-4K7Z",
    "/reports/changes/?since=2022-01-01",
    "/reports/agreement/",
    "/reports/agreement/?agreement=AIR-7Q4M",
    "/calendar/",
    "/calendar/?when=past",
    "/calendar/?format=tea",
    "/calendar/2024/",
    "/calendar/2024/10/",
    "/calendar/2024/12/28/",
    "/calendar/feeds/",
    "/tokens/",
    "/account/",
    "/account/delegations/",
    "/account/subscriptions/",
    "/account/subscriptions/new/?agreement=VIS-8TDK",
    "/account/subscriptions/SUBSCRIPTION/",
    "/notifications/",
    "/notifications/?show=unread",
    "/notifications/off/LINK/",
    "/account/confirm/",
    "/account/password/",
    "/account/app/",
    "/account/passkeys/new/",
    "/account/passkeys/PASSKEY/remove/",
    "/account/confirm/code/",
    "/account/confirm/passkey/",
    "/account/codes/new/",
    "/account/codes/",
    "/views/",
    "/views/new/?kind=agreements&query=party%3DEU%26stage%3Dsigned",
    "/views/new/?kind=tasks&query=party%3DEU",
    "/views/VIEW/change/",
    "/views/VIEW/delete/",
    "/meetings/",
    "/meetings/?part=coming&q=nothing",
    "/meetings/new/",
    "/meetings/HELD/",
    "/meetings/HELD/agenda/AIR-7Q4M/outcome/",
    "/meetings/AHEAD/",
    "/meetings/AHEAD/change/",
    "/meetings/AHEAD/agenda/",
    "/meetings/AHEAD/held/",
    "/meetings/AHEAD/cancelled/",
    "/deadlines/",
    "/deadlines/?of=mine",
    "/deadlines/?of=all&kind=end",
    "/parties/",
    "/parties/?q=nothing",
    "/parties/?q=Germoney&order=agreements",
    "/parties/EU/",
    "/parties/HR/",
    "/parties/KZ/",
)
#: What somebody sees who has not signed in.
OUTSIDE = (
    "/sign-in/",
    "/sign-in/emergency/",
    "/sign-in/forgotten/",
    "/sign-in/forgotten/sent/",
    "/sign-in/forgotten/1/1/",
    "/problems/",
    "/problems/refused",
    "/register/",
    "/register/?q=nothing",
    "/register/PEP-4K7Z/",
)
#: What somebody sees who has given the password and not the code, and who has an app on the telephone.
HALFWAY, WITH_APP = "/sign-in/code/", "/account/app/remove/"
#: What somebody sees who keeps the accounts.
REVIEW = "/account/review/"
ALL = (*PAGES, *OUTSIDE, HALFWAY, WITH_APP, REVIEW)
#: What answers with a file, data or the way to a page, and what takes only what a form sends.
NO_PAGES = {
    *("home", "healthz", "readyz", "metrics", "column-words", "agreement-dossier", "document-file", "document-shown"),
    *("procedure-picture", "report-file", "calendar-feed", "saved-view", "mfa_login_webauthn", "sign-in-oidc"),
    *("openid_connect_callback", "set_language", "set-theme", "sign-out", "agreement-columns", "tasks-done"),
    *("tour-end", "report-order", "report-schedule-stop", "calendar-feed-revoke", "token-revoke", "sessions-end"),
    *("session-end", "account_login", "mfa_index", "delegation-end", "register-csv", "register-json"),
    *("notification-feed", "notification-read", "notifications-read", "subscriptions-feed", "subscription-pause"),
    *("subscription-remove", "mailing-again", "import-start", "import-act"),
    *("register-file", None),  # the last: the admin's doors
}


def keys(sample, lawyer, reader):
    """Return what stands for the names in capitals, by name; of each list of views there is one of another's.

    A template of tasks is there, too.
    """
    sealed = adapters.Factors().encrypt("a seed")
    Authenticator.objects.create(user=lawyer, type="recovery_codes", data={"seed": sealed, "used_mask": 7})
    passkey = passkey_of(lawyer)
    templates.keep(TaskTemplate(code="signing", name_en="Around a signing"), [{"title_en": "Print it"}], by=lawyer)
    view = saved_views.create(lawyer, kind="agreements", name="Signed", query="stage=signed&party=EU", shared=True)
    for kind in ViewKind.values:
        saved_views.create(
            reader, kind=kind, name=f"Every {kind}, with a name as long as a view may have it", shared=True
        )
    lawyer.groups.add(Group.objects.get(name="administrator"))  # who keeps the accounts reviews all rights
    delegations.give(reader, lawyer, by=reader, starts_on=clock.today(), ends_on=clock.today())
    press = Unit.objects.create(code="press", name_en="Press office")
    share = shares.give(sample["AIR-7Q4M"], unit=press, by=lawyer, reason="An answer to the press is prepared.")
    watched = subscriptions.watch(lawyer, "agreement", sample["AIR-7Q4M"])
    subscriptions.watch(reader, "agreement", sample["PEP-4K7Z"])
    with subscriptions.wishing(lawyer) as wishes:
        wishes.own_acts = True
    lifecycle.note(sample["AIR-7Q4M"], on=FuzzyDate.parse("2024"), by=lawyer, what="A note.")
    subscriptions.tick()
    text = b"Title;Signed on;Parties;Stage\nAgreement on air services;1994;Kazakhstan, Atlantis;signed\nAnother;;;;;\n"
    table = imports.upload(ContentFile(text, "list.csv"), by=lawyer, kind="agreements", source="A list of treaties")
    imports.check(table, by=lawyer)
    return record(sample, lawyer) | {
        "TABLE": str(table.pk),
        "SUBSCRIPTION": str(watched.pk),
        "LINK": mails.token_of(reader, mails.EVENTS),
        "SHARE": str(share.pk),
        "ENTRY": str(opening(sample["AIR-7Q4M"]).pk),
        "VIEW": str(view.pk),
        "PASSKEY": str(passkey.pk),
    }


def client_of(user):
    """Return a client of somebody who has signed in with a password, and has just given it once more."""
    user.set_password("a long word of passage")
    user.save()
    client = signed_in(user)
    session = client.session
    record_authentication(SimpleNamespace(session=session), user, "password", reauthenticated=True)
    session.save()
    return client


def halfway(user):
    """Return a client of somebody who has an app, has given the password and not yet the code."""
    app_of(user)
    passkey_of(user)
    user.set_password("a long word of passage")
    user.save()
    client = Client()
    client.post("/sign-in/", {"username": user.username, "password": "a long word of passage"})
    return client


def keeper():
    """Return a client of somebody who keeps the accounts."""
    user = User.objects.create_user("keeper")
    user.groups.add(Group.objects.get(name="administrator"))
    return client_of(user)


def filled(address, keys):
    """Return an address with keys in place of the names in capitals."""
    for name, key in keys.items():
        address = address.replace(name, key)
    return address


@pytest.mark.parametrize("language", ["en", "ru", "kk"])
def test_every_page(sample, lawyer, reader, language):
    at_lawyer = client_of(lawyer)
    at_lawyer.post("/language/", {"language": language})
    known = keys(sample, lawyer, reader)
    for address in PAGES:
        response = at_lawyer.get(filled(address, known))
        text = response.content.decode()

        assert not re.search(r'<script(?! src="/static/)|<style\b|\sstyle=|\son\w+=|javascript:', text), address
        assert f'<html lang="{language}">' in text, address
        assert text.count("<h1") == 1, address
        assert not re.findall(r'(?:href|src|action)="(?:https?:)?//', text), address
        identifiers = re.findall(r'\sid="([^"]+)"', text)
        assert len(identifiers) == len(set(identifiers)), address
        policy = response["Content-Security-Policy"]
        assert "unsafe" not in policy, address
        assert "default-src 'none'" in policy, address


@pytest.mark.parametrize("language", ["en", "ru", "kk"])
def test_the_pages_of_who_has_an_app_and_of_who_keeps_the_accounts(officer, language):
    for client, address in ((halfway(officer), HALFWAY), (client_of(officer), WITH_APP), (keeper(), REVIEW)):
        response = client.get(address, headers={"accept-language": language})
        text = response.content.decode()

        assert response.status_code == 200
        assert f'<html lang="{language}">' in text
        assert not re.search(r'<script(?! src="/static/)|<style\b|\sstyle=|\son\w+=', text)


@pytest.mark.parametrize("address", OUTSIDE)
def test_the_doors(sample, client, settings, address):
    settings.PUBLIC_REGISTER = True
    response = client.get(address)

    assert response.status_code == 200
    assert not re.search(r'<script(?! src="/static/)|<style\b|\sstyle=|\son\w+=', response.content.decode())


def test_every_address_of_the_site_is_looked_at_or_is_no_page():
    words = {match for address in ALL for match in re.findall(r"(?<=/)[A-Z]{4,}(?=/)", address)}
    key = dict.fromkeys(words, str(uuid.UUID(int=1))) | {"PASSKEY": "1"}
    looked_at = {resolve(filled(address.split("?")[0], key)).view_name for address in ALL if address != "/nowhere/"}
    names = {pattern.name for pattern in pages()}

    assert looked_at & NO_PAGES == set()
    assert names - looked_at - NO_PAGES == set()
    assert names >= NO_PAGES


def pages(patterns=None):
    """Yield the addresses of the pages, which are those below no prefix but that of the problems."""
    for pattern in patterns if patterns is not None else get_resolver().url_patterns:
        if isinstance(pattern, URLPattern):
            yield pattern
        elif str(pattern.pattern) in ("", "problems/"):
            yield from pages(pattern.url_patterns)
