"""The page on which rights are looked through and signed off."""

from typing import Any, cast

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.views import View

from agreements import clock, review
from agreements.access_forms import ReviewForm
from agreements.models import RightsReview, Unit, User
from agreements.reports import FORMATS
from agreements.words import active_language

#: How many accounts stand on a page, and how many reviews are told.
ACCOUNTS, REVIEWS = 100, 10


class Review(View):
    """What every account holds, as a page or as a file, and the form that signs it off."""

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        """Find whose rights are meant (404 where that is nobody) and refuse who may review nobody's."""
        self.user = cast(User, request.user)  # nobody else comes this far
        self.units = review.reach(self.user)
        if self.units is None:
            raise PermissionDenied(_("Rights are reviewed by who keeps the accounts, and by the head of a unit."))
        asked = request.GET.get("unit", "")
        codes = {unit.code if unit else "": unit for unit in self.units}
        if asked and asked not in codes:
            raise Http404
        self.unit: Unit | None = codes[asked] if asked in codes else self.units[0]
        return super().dispatch(request, *args, **kwargs)

    def get(self, request: HttpRequest) -> HttpResponse:
        """Show the accounts, or hand them over as a file where `format` asks for one."""
        form = request.GET.get("format", "")
        if form not in ("", *review.FORMS):
            raise Http404
        if not form:
            return self.answer(ReviewForm(self.unit, self.user))
        made = review.render(review.look(self.unit), form, active_language(), author=str(self.user))
        response = HttpResponse(made, content_type=FORMATS[form].media_type)
        name = f"rights-{clock.today().isoformat()}.{FORMATS[form].ending}"
        response["Content-Disposition"] = f'attachment; filename="{name}"'
        return response

    def post(self, request: HttpRequest) -> HttpResponse:
        """Sign the review off; a refusal shows what was typed."""
        form = ReviewForm(self.unit, self.user, request.POST)
        if form.submit() is None:
            return self.answer(form, status=409 if form.refused else 422)
        messages.success(request, _("The review is signed off."))
        return redirect(self.address(self.unit))

    def answer(self, form: ReviewForm, status: int = 200) -> HttpResponse:
        """Render the page."""
        found = review.look(self.unit)
        only = self.request.GET.get("only") == "noticed"
        rows = [row for row in found.rows if row.notices] if only else found.rows
        page = Paginator(rows, ACCOUNTS).get_page(self.request.GET.get("page"))
        more = {"only": "noticed"} if only else {}
        signed = RightsReview.objects.for_user(self.user).filter(unit=self.unit).select_related("by")
        context = {
            "section": "",
            "form": form,
            "found": found,
            "unit": self.unit,
            "page": page,
            "only": only,
            "units": [(self.address(unit), unit, unit == self.unit) for unit in self.units or ()],
            "everyone": self.address(self.unit),
            "noticed": self.address(self.unit, only="noticed"),
            "previous": self.address(self.unit, **more, page=page.previous_page_number())
            if page.has_previous()
            else "",
            "following": self.address(self.unit, **more, page=page.next_page_number()) if page.has_next() else "",
            "files": [(self.address(self.unit, format=one), one.upper()) for one in review.FORMS],
            "reviews": signed[:REVIEWS],
        }
        return render(self.request, "account/review.html", context, status=status)

    @staticmethod
    def address(unit: Unit | None, **more: Any) -> str:
        """Return the address of the page for a unit, or for everybody."""
        query = ({"unit": unit.code} if unit else {}) | more
        return reverse("rights-review") + (f"?{urlencode(query)}" if query else "")
