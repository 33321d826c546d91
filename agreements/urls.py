"""The addresses of the pages."""

from django.contrib.auth.views import LoginView, LogoutView
from django.urls import path

from agreements.views import acting, acts, agreement, house, listing, procedures, reports

urlpatterns = [
    path("", house.home),
    path("agreements/", listing.agreements, name="agreement-list"),
    path("agreements/new/", acting.Propose.as_view(), name="agreement-propose"),
    path("agreements/<slug:reference>/", agreement.page, name="agreement"),
    path("agreements/<slug:reference>/steps/<slug:name>/", acting.TakeStep.as_view(), name="agreement-step"),
    path("agreements/<slug:reference>/late-step/", acting.LateStep.as_view(), name="agreement-late-step"),
    path("agreements/<slug:reference>/plans/", acting.Plan.as_view(), name="agreement-plans"),
    path("agreements/<slug:reference>/clause/", acts.EditClause.as_view(), name="agreement-clause"),
    path("agreements/<slug:reference>/hold/", acting.Hold.as_view(), name="agreement-hold"),
    path("agreements/<slug:reference>/record/action/", acts.RecordActs.as_view(), name="agreement-act"),
    path("agreements/<slug:reference>/record/<slug:kind>/", acting.Record.as_view(), name="agreement-record"),
    path(
        "agreements/<slug:reference>/entries/<uuid:entry>/correct/", acting.Correct.as_view(), name="agreement-correct"
    ),
    path("agreements/<slug:reference>/entries/<uuid:entry>/void/", acting.Void.as_view(), name="agreement-void"),
    path("procedures/", procedures.every, name="procedure-list"),
    path("procedures/<slug:code>/", procedures.one, name="procedure"),
    path("reports/portfolio/", reports.portfolio, name="report-portfolio"),
    path("reports/participation/", reports.participation, name="report-participation"),
    path("reports/deadlines/", reports.deadlines, name="report-deadlines"),
    path("demonstration/", house.demonstration, name="demonstration"),
    path("sign-in/", LoginView.as_view(), name="sign-in"),
    path("sign-out/", LogoutView.as_view(), name="sign-out"),
]
