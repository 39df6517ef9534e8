"""The roles in words: what each is called, what it may do, and who may give it."""

from advocacy.chapters.models import Chapter
from advocacy.identity.granting import OF_CHAPTER
from advocacy.identity.permissions import Reader
from advocacy.render.i18n import lazy_gettext

LEAD = "chapter_lead"
ORGANISER = "chapter_organiser"
OF_HEADQUARTERS = ("regional_manager", "hq_analyst", "data_protection_officer", "hq_director")

NAMES = {
    "hq_director": lazy_gettext("Director at headquarters"),
    "hq_analyst": lazy_gettext("Analyst at headquarters"),
    "data_protection_officer": lazy_gettext("Data protection officer"),
    "regional_manager": lazy_gettext("Regional manager"),
    "chapter_lead": lazy_gettext("Chapter lead"),
    "chapter_organiser": lazy_gettext("Chapter organiser"),
    "campaign_helper": lazy_gettext("Campaign helper"),
}
# What each allows, in one sentence: a hint beside the choice, and a line of a letter.
MAY = {
    "hq_director": lazy_gettext("Do everything in all chapters, and give every role."),
    "hq_analyst": lazy_gettext("See the figures of all chapters, and never a name."),
    "data_protection_officer": lazy_gettext(
        "Read the audit log, answer what people ask about their data, and erase it."
    ),
    "regional_manager": lazy_gettext(
        "See the campaigns, letters, figures and teams of the chapters in a region."
    ),
    "chapter_lead": lazy_gettext(
        "Publish campaigns, send letters, keep the roll and the team of the chapter."
    ),
    "chapter_organiser": lazy_gettext(
        "Draft campaigns and letters, and look after the members of the chapter."
    ),
    "campaign_helper": lazy_gettext("Help to write campaigns, without seeing any member."),
}


def may_give(reader: Reader, chapter: Chapter) -> tuple[str, ...]:
    """The roles that a reader may give on the team page of a chapter, the least first."""
    if not reader.may("grants.manage", chapter):
        return ()
    if not chapter.is_headquarters:
        return OF_CHAPTER[::-1]
    return OF_HEADQUARTERS if reader.may_everywhere("grants.manage") else ()


def may_take(reader: Reader, chapter: Chapter) -> tuple[str, ...]:
    """The roles that a reader may take from somebody else: a lead none from another lead."""
    wide = reader.may_everywhere("grants.manage")
    return tuple(role for role in may_give(reader, chapter) if wide or role != LEAD)
