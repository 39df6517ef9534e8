"""What public forms refuse in a field: names that are links, addresses that nobody can write to.

Links in names are what robots write into our letters to other people.
"""

import re

from wtforms import Field
from wtforms.validators import ValidationError

from advocacy.mail import addresses
from advocacy.render.i18n import gettext as _
from advocacy.web.forms import Form

# Endings that nobody's name has after a dot, but links have: J.R. Smith and St.John stay names.
_ENDINGS = (
    "com|net|org|info|biz|ru|cn|xyz|top|online|site|shop|store|club|live|link|click|icu|vip|app"
    "|dev|page|website|space|fun|win|bid|loan|buzz|life|world|email|io|me|ly|gl|gd|cc|tk|ws|su"
)
_LINK = re.compile(
    rf"https?:|://|www\.|[^\s@]+@[^\s@]+\.\w|\w/\w|[\w-]{{2,}}\.(?:{_ENDINGS})\b", re.IGNORECASE
)


def is_link(text: str) -> bool:
    """Whether a text has a web address or an e-mail address in it."""
    return _LINK.search(text) is not None


def not_a_link(form: Form, field: Field) -> None:
    """A validator: refuses a name that is an address."""
    if is_link(field.data or ""):
        raise ValidationError(_("Enter a name without a web address."))


def an_address(form: Form, field: Field) -> None:
    """A validator: refuses what nobody can write to."""
    wrong = addresses.check(field.data or "")
    if wrong is not None:
        raise ValidationError(wrong)
