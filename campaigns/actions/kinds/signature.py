"""A signature under a petition."""

from dataclasses import replace

from wtforms import BooleanField, TextAreaField
from wtforms.validators import Length

from advocacy.render.i18n import lazy_gettext
from campaigns.actions.kinds.kind import ActForm, Kind, WhoFields
from campaigns.actions.taking import Deed


class SignatureForm(ActForm):
    """Why somebody signs, and whether the name may be shown."""

    comment = TextAreaField(
        lazy_gettext("Why does this matter to you?"),
        [Length(max=500, message=lazy_gettext("Keep it under 500 characters."))],
        render_kw={"rows": 2},
    )
    is_named = BooleanField(lazy_gettext("Show my name among the signatures"))

    def deed(self, language: str) -> Deed:
        """What was typed."""
        return replace(
            super().deed(language),
            comment=(self.comment.data or "").strip(),
            is_named=bool(self.is_named.data),
        )


class FullSignatureForm(WhoFields, SignatureForm):
    """The same, and who signs."""


KIND = Kind(
    name="signature",
    osdi="osdi:signatures",
    template="actions/signature.html",
    form=SignatureForm,
    full_form=FullSignatureForm,
)
