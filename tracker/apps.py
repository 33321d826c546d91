"""The administration with the site of our own."""

from django.contrib.admin.apps import AdminConfig


class AdministrationConfig(AdminConfig):
    """Django's administration in the frame of Pacta."""

    default_site = "agreements.admin_site.Site"
