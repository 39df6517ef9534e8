"""The exact texts people agree to. To change one, add a version: what was agreed to stays."""

from advocacy import db, settings
from advocacy.members.models import Wording
from advocacy.render import i18n

LETTERS = "letters"
# (key, version) -> language -> text; `%(chapter)s` is the name of who will write.
TEXTS: dict[tuple[str, int], dict[str, str]] = {
    (LETTERS, 1): {
        "en": (
            "Yes, %(chapter)s may write to me by e-mail about its campaigns and about what came "
            "of them. Every letter has a link with which I can stop this at once."
        ),
        "fr": (
            "Oui, %(chapter)s peut m’écrire par courriel au sujet de ses campagnes et de leurs "
            "résultats. Chaque lettre contient un lien pour y mettre fin aussitôt."
        ),
        "es": (
            "Sí, %(chapter)s puede escribirme por correo electrónico sobre sus campañas y sus "
            "resultados. Cada carta lleva un enlace para dejar de recibirlas de inmediato."
        ),
        "ar": (
            "نعم، أوافق على أن يراسلني %(chapter)s بالبريد الإلكتروني بشأن حملاته وما أسفرت عنه. "
            "وفي كل رسالة رابط أستطيع به إيقاف ذلك فورًا."
        ),
    }
}
_read: dict[tuple[str, str, str], Wording] = {}


async def current_wording(key: str, language: str) -> Wording:
    """The newest version of a text in the best language we have it in; its row is made once."""
    version = max(number for name, number in TEXTS if name == key)
    spoken = i18n.best(language)
    text = TEXTS[key, version][spoken]
    await db.execute(
        "INSERT INTO advocacy_wording (key, version, language, text) VALUES ($1, $2, $3, $4)"
        " ON CONFLICT (key, version, language) DO NOTHING",
        key,
        version,
        spoken,
        text,
    )
    return await Wording.get(key=key, version=version, language=spoken)


async def lately(key: str, language: str) -> Wording:
    """As `current_wording`, read once a process: a wording never changes."""
    place = (settings.current().database_url, key, i18n.best(language))
    if place not in _read:
        _read[place] = await current_wording(key, language)
    return _read[place]
