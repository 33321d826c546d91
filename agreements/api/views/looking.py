"""Looking back: from which day and which knowledge a list of the API is asked for."""

from collections.abc import Iterable

from django.utils.translation import gettext as _
from rest_framework.exceptions import ErrorDetail
from rest_framework.request import Request

from agreements.api.problems import BadParameters
from agreements.api.serializers.participation import StandingQuery
from agreements.api.standing import Question

#: The parameters of a look back.
LOOK = ("as_of", "known_at")


def looked_from(request: Request) -> Question | None:
    """Return from where the reader looks; None for today, by what the columns say. Raises BadParameters."""
    asked = {name: request.query_params[name] for name in LOOK if name in request.query_params}
    if not asked:
        return None
    query = StandingQuery(data=asked)
    if not query.is_valid():
        raise BadParameters(query.errors)
    question: Question = query.question
    return question


def refuse_of_now(names: Iterable[str]) -> None:
    """Refuse parameters that ask for what is known of now only. Raises BadParameters where there are any."""
    message = _("This cannot be asked together with as_of or known_at.")
    if refused := {name: [ErrorDetail(message, code="not-then")] for name in names}:
        raise BadParameters(refused)
