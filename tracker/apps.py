"""The administration with the site of our own."""

from django.contrib.admin.apps import AdminConfig

from tracker import checks


class AdministrationConfig(AdminConfig):
    """Django's administration in the frame of Pacta."""

    default_site = "agreements.admin_site.Site"

    def ready(self) -> None:
        """Bring the checks of the project, too."""
        super().ready()
        checks.register()
