"""The settings of production, but that files of pages need not be gathered before."""

from tracker.settings import *  # noqa: F403
from tracker.settings import STORAGES

STORAGES = STORAGES | {"staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}}
