"""The addresses of the API, included at /api/v1/, of its documentation (/api/docs/) and its problems (/problems/)."""

from django.urls import path, re_path
from rest_framework.routers import SimpleRouter

from agreements.api.views import problems
from agreements.api.views.access import DelegationViews, ShareViews
from agreements.api.views.agreements import AgreementViews
from agreements.api.views.attention import AttentionViews
from agreements.api.views.base import Nothing
from agreements.api.views.docs import DocsView, SchemaView
from agreements.api.views.documents import DocumentViews
from agreements.api.views.events import EventViews
from agreements.api.views.feeds import FeedViews
from agreements.api.views.index import IndexView
from agreements.api.views.registry import (
    AreaViews,
    CommitmentViews,
    IndicatorViews,
    MeetingViews,
    PartyViews,
    ProcedureViews,
    UnitViews,
)
from agreements.api.views.reports import ReportsView, ReportView
from agreements.api.views.saved_views import SavedViewViews
from agreements.api.views.subscriptions import (
    MailingViews,
    NotificationViews,
    SubscriptionViews,
    WishesFeedViews,
    WishesViews,
)
from agreements.api.views.task_templates import TaskTemplateViews
from agreements.api.views.tasks import TaskViews
from agreements.api.views.tokens import TokenViews
from agreements.api.views.undisclosed import UndisclosedParticipantViews
from agreements.api.views.webhooks import WebhookViews

app_name = "api"

router = SimpleRouter()
router.register("agreements", AgreementViews, "agreement")
router.register("parties", PartyViews, "party")
router.register("areas", AreaViews, "area")
router.register("units", UnitViews, "unit")
router.register("procedures", ProcedureViews, "procedure")
router.register("meetings", MeetingViews, "meeting")
router.register("documents", DocumentViews, "document")
router.register("indicators", IndicatorViews, "indicator")
router.register("commitments", CommitmentViews, "commitment")
router.register("undisclosed-participants", UndisclosedParticipantViews, "undisclosed-participant")
router.register("shares", ShareViews, "share")
router.register("delegations", DelegationViews, "delegation")
router.register("feeds", FeedViews, "feed")
router.register("tasks", TaskViews, "task")
router.register("task-templates", TaskTemplateViews, "task-template")
router.register("events", EventViews, "event")
router.register("attention", AttentionViews, "attention")
router.register("views", SavedViewViews, "view")
router.register("subscriptions", SubscriptionViews, "subscription")
router.register("notifications", NotificationViews, "notification")
router.register("mailings", MailingViews, "mailing")
router.register("tokens", TokenViews, "token")
router.register("webhooks", WebhookViews, "webhook")

urlpatterns = [
    path("", IndexView.as_view(), name="index"),
    *router.urls,
    path("reports/", ReportsView.as_view(), name="reports"),
    path("reports/<slug:name>/", ReportView.as_view(), name="report"),
    path("wishes/", WishesViews.as_view({"get": "retrieve", "patch": "partial_update"}), name="wishes"),
    path("wishes/feed/", WishesFeedViews.as_view({"post": "make_feed"}), name="wishes-feed"),
    path("wishes/feed/revoke/", WishesFeedViews.as_view({"post": "revoke_feed"}), name="wishes-feed-revoke"),
    path("schema/", SchemaView.as_view(), name="schema"),
    # Last: whatever is not an address answers with a problem, too.
    re_path("", Nothing.as_view()),
]
docs_urlpatterns = [path("", DocsView.as_view(), name="api-docs")]
# The types of problems are addresses without a slash at the end, as they were from the beginning.
problem_urlpatterns = [
    path("", problems.contents, name="problems"),
    path("<slug:problem>", problems.page, name="problem"),
]
