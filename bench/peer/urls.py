"""Addresses of the usual stack."""

from django.urls import include, path
from rest_framework.routers import DefaultRouter

from bench.peer.api import AgreementViewSet

router = DefaultRouter()
router.register("agreements", AgreementViewSet, "agreement")
urlpatterns = [path("", include(router.urls))]
