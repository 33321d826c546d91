"""What a password must not be made of: the words that everybody here would try first (ASVS 6.2.11)."""

from typing import Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

#: So many signs must be left when those words are taken away.
LEFT = 8


class WordsOfTheHouse:
    """Refuses a password of which little is left when the words of the house are taken away."""

    def validate(self, password: str, user: Any = None) -> None:
        """Raises ValidationError."""
        rest = password.casefold()
        for word in sorted(map(str.casefold, settings.PASSWORD_WORDS), key=len, reverse=True):
            rest = rest.replace(word, " ")
        if len("".join(rest.split())) < LEFT:
            raise ValidationError(
                _("The password is made of words that others would try first here. Choose others."), code="house"
            )

    def get_help_text(self) -> str:
        """Say it beside the field."""
        return _("Your password can’t be made of the names of Pacta, of the ministry or of its work.")
