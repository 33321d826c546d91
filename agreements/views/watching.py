"""What somebody watches: the list, making, changing, pausing and removing a subscription; how he is told; his feed."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, cast
from uuid import UUID

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import pgettext
from django.views import View
from django.views.decorators.http import require_POST

from agreements import subscriptions
from agreements.choices import DeliveryState
from agreements.guards import Refused
from agreements.models import Agreement, Area, Mailing, Party, SavedView, Subscription, User
from agreements.notice_choices import EventGroup, Pace, WatchKind, Weekday
from agreements.notice_forms import SubscriptionForm, WishesForm
from agreements.views.saved import address_of
from agreements.words import alphabetical

#: By which parameter of the address each kind of thing is named, and by which column it is found.
NAMED = {
    WatchKind.AGREEMENT: ("agreement", Agreement, "reference"),
    WatchKind.PARTY: ("party", Party, "code"),
    WatchKind.AREA: ("area", Area, "code"),
    WatchKind.VIEW: ("view", SavedView, "pk"),
}
#: So many mails the page lists that were not sent.
_FAILED = 10


@dataclass(frozen=True)
class Row:
    """A subscription in words: what is watched, its page, of which events and how somebody is told."""

    one: Subscription
    kind: str
    title: str
    page: str
    events: str
    ways: str


def rows_of(user: User) -> list[Row]:
    """Return the subscriptions of a user in words; what he may no longer see is not named. Five queries at most."""
    kept = list(Subscription.objects.for_user(user).following().select_related("view__owner"))
    keys = [one.agreement_id for one in kept if one.agreement_id]
    seen = set(Agreement.objects.for_user(user).filter(pk__in=keys).values_list("pk", flat=True)) if keys else set()
    return [_row(one, user, seen) for one in kept]


def _row(one: Subscription, user: User, seen: set[UUID]) -> Row:
    title, page = "", ""
    match one.what:
        case WatchKind.AGREEMENT if one.agreement_id in seen and one.agreement:
            title, page = str(one.agreement), one.agreement.get_absolute_url()
        case WatchKind.PARTY if one.party:
            title, page = str(one.party), reverse("party", args=[one.party.code])
        case WatchKind.AREA if one.area:
            title, page = str(one.area), f"{reverse('agreement-list')}?area={one.area.code}"
        case WatchKind.VIEW if one.view and one.view_seen:
            title, page = one.view.name, address_of(one.view.kind, one.view.query)
        case WatchKind.UNIT:
            title = str(user.unit) if user.unit else _("no unit")
    if not title:
        title = _("You may no longer see it: nothing is told.")
    return Row(one, str(WatchKind(one.what).label), title, page, _events(one), _ways(one))


def _events(one: Subscription) -> str:
    named = [str(EventGroup(group).label) for group in one.groups]
    told = ", ".join(named) if named else _("all events")
    return f"{told}; {pgettext('told of', 'only what is important')}" if one.important_only else told


def _ways(one: Subscription) -> str:
    ways = [_("in Pacta")] if one.in_product else []
    if one.by_mail:
        pace = str(Pace(one.pace).label)
        match one.pace:
            case Pace.DAILY:
                pace = _("once a day at %(hour)s") % {"hour": f"{one.hour:02}:00"}
            case Pace.WEEKLY:
                told = {"day": Weekday(one.weekday).label, "hour": f"{one.hour:02}:00"}
                pace = _("once a week: %(day)s, %(hour)s") % told
        ways.append(_("by e-mail %(pace)s") % {"pace": pace})
    return "; ".join(ways)


def areas_left(user: User, rows: Iterable[Row]) -> list[Area]:
    """Return the areas that a user does not watch yet, in alphabetical order."""
    watched = {row.one.area_id for row in rows}
    left = [area for area in Area.objects.for_user(user).order_by("pk") if area.pk not in watched]
    return sorted(left, key=lambda area: alphabetical(str(area)))


class Subscriptions(View):
    """The user's own subscriptions, how he is told, and his feed."""

    def get(self, request: HttpRequest) -> HttpResponse:
        """Show them."""
        return self.answer(WishesForm(self.user, subscriptions.wishes_of(self.user)))

    def post(self, request: HttpRequest) -> HttpResponse:
        """Keep how the user wants to be told."""
        form = WishesForm(self.user, subscriptions.wishes_of(self.user), request.POST)
        if form.submit() is None:
            return self.answer(form, status=409 if form.refused else 422)
        messages.success(request, _("It is kept how you want to be told."))
        return redirect("subscriptions")

    def answer(self, form: WishesForm, *, status: int = 200, address: str = "") -> HttpResponse:
        """Render the page; nobody keeps it, as it may hold an address."""
        rows = rows_of(self.user)
        failed = Mailing.objects.for_user(self.user).filter(state__in=(DeliveryState.FAILED, DeliveryState.WAITING))
        context = {
            "section": "",
            "form": form,
            "rows": rows,
            "wishes": subscriptions.wishes_of(self.user),
            "watches_unit": any(row.one.what == WatchKind.UNIT for row in rows),
            "failed": list(failed.exclude(problem="")[:_FAILED]),
            "areas": areas_left(self.user, rows),
            "address": address,
        }
        response = render(self.request, "notifications/subscriptions.html", context, status=status)
        response["Cache-Control"] = "no-store"
        return response

    @property
    def user(self) -> User:
        """Who has signed in."""
        return cast(User, self.request.user)


class Feed(Subscriptions):
    """Makes the address of the user's feed anew, or revokes it."""

    http_method_names = ["post"]

    def post(self, request: HttpRequest) -> HttpResponse:
        """Make it and show its address, which no other page ever tells; or revoke it."""
        if "revoke" in request.POST:
            subscriptions.revoke_feed(self.user)
            messages.success(request, _("The feed no longer answers."))
            return redirect("subscriptions")
        secret = subscriptions.make_feed(self.user)
        address = request.build_absolute_uri(reverse("notification-feed", args=[secret]))
        return self.answer(WishesForm(self.user, subscriptions.wishes_of(self.user)), address=address)


class Watch(View):
    """Makes a subscription to what the address names, or leads to the one that there is."""

    http_method_names = ["get", "head", "post"]
    what: str
    target: Any

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        """Find what is to be watched. Raises Http404 where it may not be seen."""
        self.user = cast(User, request.user)
        self.what, self.target = self.named(request)
        column = {WatchKind.UNIT: "what"}.get(WatchKind(self.what), str(self.what))
        there = Subscription.objects.for_user(self.user).filter(**{column: self.target or self.what}).first()
        if there is not None:
            return redirect("subscription", there.pk)
        return super().dispatch(request, *args, **kwargs)

    def named(self, request: HttpRequest) -> tuple[str, Any]:
        """Return the kind and the row that the address names. Raises Http404."""
        if request.GET.get("unit"):
            return WatchKind.UNIT, None
        for kind, (name, model, column) in NAMED.items():
            text = request.GET.get(name, "")
            if text and text.isprintable():
                try:
                    row = model.objects.for_user(self.user).filter(**{column: text}).first()  # type: ignore[attr-defined]
                except (ValueError, ValidationError) as error:  # no key, or nothing that a database takes
                    raise Http404 from error
                if row is not None:
                    return kind, row
        raise Http404

    def get(self, request: HttpRequest) -> HttpResponse:
        """Show the form."""
        return self.answer(SubscriptionForm(self.user, what=self.what, target=self.target))

    def post(self, request: HttpRequest) -> HttpResponse:
        """Watch it, and lead back to where one came from."""
        form = SubscriptionForm(self.user, request.POST, what=self.what, target=self.target)
        made: Subscription | None = form.submit()
        if made is None:
            return self.answer(form, status=409 if form.refused else 422)
        messages.success(request, _("You are told of it from now on: %(title)s.") % {"title": self.title})
        return redirect("subscriptions")

    @property
    def title(self) -> str:
        """What is watched, in words."""
        if self.target is None:
            return str(self.user.unit or _("no unit"))
        return self.target.name if isinstance(self.target, SavedView) else str(self.target)

    def answer(self, form: SubscriptionForm, *, status: int = 200) -> HttpResponse:
        """Render the page."""
        context = {"section": "", "form": form, "title": self.title, "kind": WatchKind(self.what).label, "new": True}
        return render(self.request, "notifications/watch.html", context, status=status)


class Change(View):
    """Changes, pauses or removes one of the user's own subscriptions."""

    http_method_names = ["get", "head", "post"]

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        """Find the subscription. Raises Http404 for another's."""
        self.user = cast(User, request.user)
        rows = [row for row in rows_of(self.user) if row.one.pk == kwargs["subscription"]]
        if not rows:
            raise Http404
        self.row = rows[0]
        return super().dispatch(request, *args, **kwargs)

    def get(self, request: HttpRequest, subscription: UUID) -> HttpResponse:
        """Show the form."""
        return self.answer(SubscriptionForm(self.user, given=self.row.one))

    def post(self, request: HttpRequest, subscription: UUID) -> HttpResponse:
        """Change it."""
        form = SubscriptionForm(self.user, request.POST, given=self.row.one)
        if form.submit() is None:
            return self.answer(form, status=409 if form.refused else 422)
        messages.success(request, _("The subscription is changed."))
        return redirect("subscriptions")

    def answer(self, form: SubscriptionForm, *, status: int = 200) -> HttpResponse:
        """Render the page."""
        context = {"section": "", "form": form, "title": self.row.title, "kind": self.row.kind, "new": False}
        return render(self.request, "notifications/watch.html", context | {"row": self.row}, status=status)


def _own(request: HttpRequest, key: UUID) -> Subscription:
    found: Subscription | None = Subscription.objects.for_user(request.user).filter(pk=key).first()
    if found is None:
        raise Http404
    return found


@require_POST
def pause(request: HttpRequest, subscription: UUID) -> HttpResponse:
    """Pause one of the user's own subscriptions, or take it up again. Raises Http404 for another's."""
    one = _own(request, subscription)
    done = subscriptions.pause(one, by=cast(User, request.user), paused=not one.paused)
    said = _("The subscription is paused.") if done.paused else _("The subscription is taken up again.")
    messages.success(request, said)
    return redirect("subscriptions")


@require_POST
def remove(request: HttpRequest, subscription: UUID) -> HttpResponse:
    """Remove one of the user's own subscriptions. Raises Http404 for another's."""
    with subscriptions.removing(_own(request, subscription), by=cast(User, request.user)):
        pass
    messages.success(request, _("The subscription is removed."))
    return redirect("subscriptions")


@require_POST
def send_again(request: HttpRequest, mailing: UUID) -> HttpResponse:
    """Have a mail to the user sent again that was given up. Raises Http404 for another's."""
    found = Mailing.objects.for_user(request.user).filter(pk=mailing).first()
    if found is None:
        raise Http404
    try:
        subscriptions.again(found)
        messages.success(request, _("The mail is sent again soon."))
    except Refused as refusal:
        messages.error(request, " ".join(reason.sentence for reason in refusal.reasons))
    return redirect("subscriptions")
