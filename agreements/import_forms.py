"""Forms of the import of tables: the upload, the columns, what is decided, the undoing."""

from collections.abc import Iterator, Mapping
from typing import Any, cast

from django import forms
from django.core.files.base import File
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _

from agreements import access, choices, imports
from agreements.choices import Level
from agreements.forms import NO_CHOICE, Operation
from agreements.import_choices import TableKind
from agreements.imports import mapping as mappings
from agreements.imports.mapping import Mapped
from agreements.imports.vocabulary import Vocabulary
from agreements.models import ImportRun, User
from agreements.tabular import dating
from agreements.tabular.dating import DateFormat, Order
from agreements.tabular.fields import Field, Suggestion
from agreements.tabular.layout import Layout
from agreements.tabular.reading import Table

#: In which order the numbers of a day stand. The example comes first: it tells them apart where there is little room.
ORDERS = {
    Order.DMY: _("31.12.2024: day, month, year"),
    Order.MDY: _("12/31/2024: month, day, year"),
    Order.YMD: _("2024-12-31: year, month, day"),
}


class TableForm(Operation):
    """Uploads a table."""

    file = forms.FileField(label=_("File"), help_text=_("CSV or XLSX, as the spreadsheet program saves it."))
    kind = forms.ChoiceField(label=_("Each row is"), choices=TableKind)
    source = forms.CharField(
        label=_("Source"), max_length=200, help_text=_("Where the table is from. It is kept with every entry.")
    )
    level = forms.ChoiceField(
        label=_("Level of confidentiality"), help_text=_("Of the import, and of records of which the table gives none.")
    )

    def __init__(self, by: User, *args: Any, **kwargs: Any) -> None:
        self.by = by
        super().__init__(*args, **{"initial": {"level": Level.INTERNAL}, **kwargs})
        self.fields["file"].widget.attrs["accept"] = ".csv,.tsv,.txt,.xlsx"
        levels = [(level.value, level.label) for level in Level.up_to(by.access_level)]
        cast(forms.ChoiceField, self.fields["level"]).choices = levels

    def run(self) -> ImportRun:
        """Keep the file and find out its layout."""
        given = self.cleaned_data
        file: File = given["file"]
        return imports.upload(file, by=self.by, kind=given["kind"], source=given["source"], level=given["level"])


class LayoutForm(Operation):
    """Has the file read by another layout."""

    header_row = forms.IntegerField(
        label=_("Row with the names of the columns"), min_value=1, max_value=10_000, required=False,
        help_text=_("Leave empty if there is none."),
    )  # fmt: skip
    encoding = forms.ChoiceField(
        label=_("Encoding"),
        required=False,
        choices=[(name, name.upper()) for name in ("utf-8", "utf-16", "cp1251", "cp1252", "koi8-r", "iso8859-1")],
    )
    delimiter = forms.ChoiceField(
        label=_("Between the cells"),
        required=False,
        choices=[(",", _("comma")), (";", _("semicolon")), ("\t", _("tabulator")), ("|", _("stroke"))],
    )
    sheet = forms.ChoiceField(label=_("Sheet"), required=False)

    def __init__(self, run: ImportRun, table: Table, by: User, *args: Any, **kwargs: Any) -> None:
        self.import_run, self.by, self.layout = run, by, table.layout
        shown = {name: getattr(table.layout, name) for name in ("header_row", "encoding", "delimiter", "sheet")}
        super().__init__(*args, **{"initial": shown, **kwargs})
        if table.sheets:
            del self.fields["encoding"], self.fields["delimiter"]
            cast(forms.ChoiceField, self.fields["sheet"]).choices = [(name, name) for name in table.sheets]
        else:
            del self.fields["sheet"]
            field = cast(forms.ChoiceField, self.fields["encoding"])
            known = [name for name, _label in cast(Any, field.choices)]
            if table.layout.encoding not in known:
                field.choices = [(table.layout.encoding, table.layout.encoding.upper()), *cast(Any, field.choices)]

    def run(self) -> ImportRun:
        """Read the file anew."""
        given, was = self.cleaned_data, self.layout
        header = given.get("header_row")
        layout = Layout(
            encoding=given.get("encoding", was.encoding),
            delimiter=given.get("delimiter", was.delimiter),
            quote=was.quote,
            header_row=header,
            first_row=header + 1 if header else 1,
            sheet=given.get("sheet", was.sheet),
        )
        return imports.relay(self.import_run, layout, by=self.by)


class ColumnsForm(Operation):
    """Says what each column means, in which order its dates stand, and what holds for every row."""

    save_as = forms.CharField(
        label=_("Keep for the next table under the name"),
        max_length=80,
        required=False,
        help_text=_("The next table with the same columns is understood by itself."),
    )

    def __init__(
        self, run: ImportRun, table: Table, suggestions: Mapping[str, Suggestion], by: User, *args: Any, **kwargs: Any
    ) -> None:
        self.import_run, self.table, self.by, self.suggestions = run, table, by, suggestions
        super().__init__(*args, **kwargs)
        mapped = Mapped.of_data(run.mapping)
        known = mappings.choosable(run.kind)
        options = [("", NO_CHOICE), *((one.name, one.label) for one in known)]
        orders = [("", _("by itself")), *((order.value, label) for order, label in ORDERS.items())]
        for column in table.columns:
            self.fields[f"column_{column.index}"] = forms.ChoiceField(
                label=column.name, choices=options, required=False, initial=mapped.columns.get(column.name, "")
            )
            kept = mapped.dates.get(column.name)
            self.fields[f"dates_{column.index}"] = forms.ChoiceField(
                label=_("Dates in “%(column)s”") % {"column": column.name},
                choices=orders,
                required=False,
                initial=kept.order.value if kept else "",
            )
        for one in self.fixable():
            self.fields[f"value_{one.name}"] = self._value(one, mapped.values.get(one.name, ""))
        self.fields["save_as"] = self.fields.pop("save_as")

    def fixable(self) -> list[Field]:
        """Return the fields of which one value may hold for every row."""
        return [
            one
            for one in mappings.choosable(self.import_run.kind)
            if one.type in ("choice", "procedure", "format", "language", "party", "agreement")
        ]

    def _value(self, one: Field, given: str) -> forms.Field:
        if one.type == "choice":
            listed = [("", NO_CHOICE), *getattr(choices, one.choices).choices]
            return forms.ChoiceField(label=capfirst(one.label), choices=listed, required=False, initial=given)
        if one.type in ("procedure", "format"):
            listed = [("", NO_CHOICE), *Vocabulary(self.by).codes(one.type)]
            return forms.ChoiceField(label=capfirst(one.label), choices=listed, required=False, initial=given)
        return forms.CharField(label=capfirst(one.label), max_length=300, required=False, initial=given)

    def columns(self) -> Iterator[dict[str, Any]]:
        """Yield the columns for the page: the field, the order of dates, the first values, why it is suggested."""
        looked_at = self.table.sample(60)
        sample = looked_at[:4]
        for column in self.table.columns:
            suggestion = self.suggestions.get(column.name)
            yield {
                "name": column.name,
                "field": self[f"column_{column.index}"],
                "dates": self[f"dates_{column.index}"],
                "dated": _dated([row.cells[column.index] for row in looked_at], self[f"dates_{column.index}"].value()),
                "values": [cell for row in sample if (cell := row.cells[column.index]) not in (None, "")],
                "why": suggestion.why if suggestion else "",
                "suggested": suggestion.field if suggestion else "",
            }

    def values(self) -> list[Any]:
        """Return the fields of values that hold for every row."""
        return [self[name] for name in self.fields if name.startswith("value_")]

    def run(self) -> ImportRun:
        """Settle the columns, and keep them for the next table if a name is given."""
        given = self.cleaned_data
        columns = {one.name: given[f"column_{one.index}"] for one in self.table.columns if given[f"column_{one.index}"]}
        dates = {
            one.name: DateFormat(Order(given[f"dates_{one.index}"]))
            for one in self.table.columns
            if given[f"dates_{one.index}"]
        }
        values = {
            name.removeprefix("value_"): text for name, text in given.items() if name.startswith("value_") and text
        }
        kept = dict(self.import_run.mapping.get("values", {}))
        shown = {one.name for one in self.fixable()}
        values |= {name: text for name, text in kept.items() if name not in shown}
        run = imports.settle(self.import_run, Mapped(columns, dates, values), by=self.by)
        if given["save_as"]:
            imports.save_mapping(run, given["save_as"], by=self.by)
        return run


class StartForm(Operation):
    """Begins to record what was tried."""

    leave_doubts = forms.BooleanField(
        label=_("Leave out the rows that are doubtful"), required=False, help_text=_("They can be imported later.")
    )
    whole = forms.BooleanField(
        label=_("All or nothing"), required=False, help_text=_("If one row is refused, none is recorded.")
    )

    def __init__(self, run: ImportRun, by: User, *args: Any, **kwargs: Any) -> None:
        self.import_run, self.by = run, by
        super().__init__(*args, **kwargs)
        if not run.counts.get("doubted"):
            del self.fields["leave_doubts"]

    def run(self) -> ImportRun:
        """Begin."""
        given = self.cleaned_data
        leave = given.get("leave_doubts", False)
        return imports.start(self.import_run, by=self.by, whole=given["whole"], leave_doubts=leave)


class UndoForm(Operation):
    """Undoes an import, with a reason."""

    reason = forms.CharField(
        label=_("Reason"), max_length=4000, required=False, widget=forms.Textarea(attrs={"rows": 3})
    )

    def __init__(self, run: ImportRun, by: User, *args: Any, **kwargs: Any) -> None:
        self.import_run, self.by = run, by
        super().__init__(*args, **kwargs)

    def run(self) -> ImportRun:
        """Undo it."""
        return imports.undo(self.import_run, by=self.by, reason=self.cleaned_data["reason"])


def _dated(values: list[Any], chosen: Any) -> bool:
    """Whether a column has dates of which the order can be chosen."""
    return bool(chosen) or dating.formats_of(values).dates > 0


def may(user: User) -> bool:
    """Whether the pages of imports are for this user."""
    return access.may(user, "import")
