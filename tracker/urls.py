"""The addresses of the site: pages, API, administration, health."""

from django.contrib import admin
from django.contrib.auth.decorators import login_not_required
from django.urls import include, path
from django.views.i18n import set_language

from agreements.api.urls import docs_urlpatterns, problem_urlpatterns
from agreements.views import health, house

handler500 = "agreements.views.house.failed"
urlpatterns = [
    path("healthz", health.alive, name="healthz"),
    path("readyz", health.ready, name="readyz"),
    path("metrics", health.figures, name="metrics"),
    path("language/", login_not_required(set_language), name="set_language"),
    # The admin has no door of its own: one place to sign in, one place to sign out.
    path("admin/login/", house.admin_sign_in),
    path("admin/logout/", house.SignOut.as_view()),
    path("admin/", admin.site.urls),
    path("api/v1/", include("agreements.api.urls")),
    path("api/docs/", include(docs_urlpatterns)),
    path("problems/", include(problem_urlpatterns)),
    path("", include("agreements.urls")),
]
