"""Headquarters exists from the start; chapters are founded by the import of their list."""

from advocacy.chapters.models import HEADQUARTERS, Chapter
from advocacy.settings import Settings


async def found_headquarters(settings: Settings) -> Chapter:
    """The headquarters row, made at the first call. Safe to repeat."""
    chapter, _created = await Chapter.get_or_create(
        slug=HEADQUARTERS,
        defaults={
            "name": settings.organisation,
            "region": "Headquarters",
            "languages": "en fr es ar",
            "timezone": "UTC",
            "is_headquarters": True,
        },
    )
    return chapter
