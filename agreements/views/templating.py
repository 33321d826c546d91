"""Templates as Django has them; what a page told is let go as soon as the page is written."""

from typing import Any

from django.http import HttpRequest
from django.template import TemplateDoesNotExist
from django.template.backends import django
from django.template.context import make_context


class Templates(django.DjangoTemplates):
    """The templates of Django, each of which is a `Template` of ours."""

    def from_string(self, template_code: str) -> "Template":
        """Return a template from its text."""
        return Template(self.engine.from_string(template_code), self)

    def get_template(self, template_name: str) -> "Template":
        """Return the template of a name. Raises TemplateDoesNotExist."""
        return Template(super().get_template(template_name).template, self)


class Template(django.Template):
    """A template that keeps nothing of what it was given.

    A context of Django refers to itself. Only the collector would find it, which looks rarely and seldom far: the rows
    of page upon page would stay in memory meanwhile.
    """

    def render(self, context: dict[str, Any] | None = None, request: HttpRequest | None = None) -> Any:
        """Return the text. Raises TemplateDoesNotExist for one that it includes."""
        told = make_context(context, request, autoescape=self.backend.engine.autoescape)
        try:
            written = self.template.render(told)
        except TemplateDoesNotExist as error:
            django.reraise(error, self.backend)
        told.dicts.clear()
        return written
