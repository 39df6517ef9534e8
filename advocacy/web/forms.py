"""Forms: WTForms in the reader's language, errors beside their fields, input kept."""

from typing import Any

from starlette.datastructures import FormData
from starlette.exceptions import HTTPException
from starlette.requests import Request
from wtforms import Form as WTForm
from wtforms import StringField, TextAreaField

from advocacy.errors import Invalid
from advocacy.render import i18n

MAX_FIELDS = 200
MAX_PART = 256 * 1024


class _Words:
    """WTForms' own messages through our catalogues."""

    def gettext(self, text: str) -> str:
        return i18n.gettext(text)

    def ngettext(self, one: str, many: str, n: int) -> str:
        return i18n.translations(i18n.current()).ngettext(one, many, n)


def _one_line(text: str | None) -> str | None:
    return " ".join(text.splitlines()) if text else text


class Form(WTForm):
    """The base of every form; `refuse` puts a domain error where it belongs."""

    class Meta:
        locales = False

        def get_translations(self, form: Any) -> _Words:
            """Speaks the language of the request."""
            return _Words()

        def bind_field(self, form: Any, unbound_field: Any, options: Any) -> Any:
            """Keeps a field of one line to one line, as browsers do: it may become a header."""
            kind = unbound_field.field_class
            if issubclass(kind, StringField) and not issubclass(kind, TextAreaField):
                options = {**options, "filters": [_one_line]}
            return unbound_field.bind(form=form, **options)

    def __init__(
        self, data: FormData | None = None, *, prefix: str = "", obj: Any = None, **values: Any
    ) -> None:
        super().__init__(data, obj=obj, prefix=prefix, **values)  # type: ignore[no-untyped-call]

    def validate(self, extra_validators: Any = None) -> bool:
        """True when every field is right; else each wrong one has its `errors`."""
        return bool(super().validate(extra_validators))  # type: ignore[no-untyped-call]

    def refuse(self, error: Invalid) -> None:
        """Shows a domain error beside its field, or above the form when it has none."""
        if error.field and error.field in self._fields:
            field = self._fields[error.field]
            field.errors = [*field.errors, error.message]
        else:
            self.form_errors.append(error.message)


async def posted(request: Request) -> FormData:
    """The fields of a posted form, bounded in number and size: no files, no NUL in any text.

    A part may name a charset of its own that does not decode, or decodes to what is no text.
    """
    try:
        data = await request.form(max_fields=MAX_FIELDS, max_part_size=MAX_PART, max_files=0)
        texts = [text for _name, text in data.multi_items() if isinstance(text, str)]
        if b"\0" in "".join(texts).encode("utf-8"):
            raise HTTPException(400)
    except UnicodeError:
        raise HTTPException(400) from None
    return data
