"""Forms about documents with files, and about the languages in which an agreement is authentic."""

from typing import Any, cast

from django import forms
from django.core.files.base import File
from django.utils.translation import gettext_lazy as _

from agreements import access, documents, iso639, registers
from agreements.choices import Authenticity, DocumentKind, Level
from agreements.documents import files
from agreements.forms import DatedForm, Operation
from agreements.models import Agreement, Document, DocumentVersion, User


class UploadForm(DatedForm):
    """Keeps a file: as a new document, or as the next version of one."""

    file = forms.FileField(label=_("File"), max_length=None, allow_empty_file=True)
    kind = forms.ChoiceField(label=_("Kind of document"), choices=DocumentKind)
    title_en = forms.CharField(label=_("Title in English"), max_length=300, required=False)
    title_ru = forms.CharField(label=_("Title in Russian"), max_length=300, required=False)
    title_kk = forms.CharField(label=_("Title in Kazakh"), max_length=300, required=False)
    level = forms.ChoiceField(label=_("Level of confidentiality"), choices=Level)
    language = forms.ChoiceField(label=_("Language"))
    authenticity = forms.ChoiceField(
        label=_("Authentic text or translation"), choices=Authenticity, initial=Authenticity.NOT_STATED
    )
    received_from = forms.CharField(
        label=_("Received from"), max_length=200, required=False, help_text=_("A party, a body or a person.")
    )
    field_order = (
        "file",
        "kind",
        "level",
        "title_en",
        "title_ru",
        "title_kk",
        "language",
        "authenticity",
        "on",
        "received_from",
        "evidence",
        "source",
        "certainty",
    )

    def __init__(
        self, agreement: Agreement, by: User, *args: Any, document: Document | None = None, **kwargs: Any
    ) -> None:
        initial = kwargs.setdefault("initial", {})
        initial.setdefault("level", agreement.level)
        initial.setdefault("language", next(iter(agreement.languages), "en"))
        super().__init__(agreement, by, *args, **kwargs)
        self.document = document
        del self.fields["place"]
        self.fields["file"].help_text = _("At most %(largest)s MB. Kept are: %(known)s.") % {
            "largest": files.largest() // (1024 * 1024),
            "known": ", ".join(files.MEDIA_TYPES),
        }
        self.fields["file"].widget.attrs["accept"] = ",".join(f".{extension}" for extension in files.MEDIA_TYPES)
        cast(forms.ChoiceField, self.fields["language"]).choices = iso639.choices()
        cast(forms.ChoiceField, self.fields["level"]).choices = [
            (level.value, level.label) for level in Level.up_to(access.reach(by, agreement))
        ]
        self.fields["title_en"].help_text = _("Without a title it goes by its kind.")
        if document is not None:
            for name in ("kind", "level", "title_en", "title_ru", "title_kk"):
                del self.fields[name]

    def run(self) -> DocumentVersion:
        """Keep the file."""
        data = self.cleaned_data
        file: File = data["file"]
        return documents.store(
            self.agreement,
            data.get("kind", ""),
            file,
            by=self.by,
            on=data["on"],
            language=data["language"],
            authenticity=data["authenticity"],
            received_from=data["received_from"],
            title={language: data.get(f"title_{language}", "") for language in ("en", "ru", "kk")},
            level=data.get("level", ""),
            document=self.document,
            **self.details("evidence", "source", "certainty"),
        )


class MarkingForm(Operation):
    """Gives a document another level or title."""

    level = forms.ChoiceField(
        label=_("Level of confidentiality"),
        choices=Level,
        help_text=_("From now on it decides who knows of the document at all, of its past too."),
    )
    title_en = forms.CharField(label=_("Title in English"), max_length=300, required=False)
    title_ru = forms.CharField(label=_("Title in Russian"), max_length=300, required=False)
    title_kk = forms.CharField(label=_("Title in Kazakh"), max_length=300, required=False)
    reason = forms.CharField(
        label=_("Reason"),
        max_length=4000,
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("Needed for another level."),
    )

    def __init__(self, document: Document, by: User, *args: Any, **kwargs: Any) -> None:
        self.document, self.by = document, by
        self.agreement = document.agreement
        initial = {"level": document.level} | {f"title_{code}": text for code, text in document.titles.items()}
        super().__init__(*args, **{"initial": initial, **kwargs})
        reachable = Level.up_to(access.reach(by, self.agreement))
        if not documents.may_lower(by):
            reachable = reachable[reachable.index(Level(document.level)) :]
        cast(forms.ChoiceField, self.fields["level"]).choices = [(level.value, level.label) for level in reachable]
        self.fields["title_en"].help_text = _("Without a title it goes by its kind.")

    def run(self) -> Document:
        """Change them."""
        data = self.cleaned_data
        title = {language: data[f"title_{language}"] for language in ("en", "ru", "kk")}
        return documents.mark(self.document, by=self.by, level=data["level"], title=title, reason=data["reason"])


class LanguagesForm(Operation):
    """States in which languages the text of an agreement is authentic."""

    authentic_languages = forms.CharField(
        label=_("Authentic languages"),
        max_length=100,
        required=False,
        validators=[iso639.validate],
        help_text=_("Codes of ISO 639-1, separated by commas: en, kk, ru. Leave empty where it is not stated."),
    )

    def __init__(self, agreement: Agreement, by: User, *args: Any, **kwargs: Any) -> None:
        self.agreement, self.by = agreement, by
        kwargs.setdefault("initial", {}).setdefault("authentic_languages", agreement.authentic_languages)
        super().__init__(*args, **kwargs)

    def run(self) -> Agreement:
        """State the languages."""
        with registers.editing(self.agreement, by=self.by) as fresh:
            fresh.authentic_languages = self.cleaned_data["authentic_languages"]
        return fresh
