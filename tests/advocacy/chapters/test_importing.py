"""The list of chapters can be imported again and again; bad rows are named and harm nothing."""

from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from advocacy.chapters import importing
from advocacy.chapters.importing import Refusal, import_chapters
from advocacy.chapters.models import Chapter
from advocacy.errors import Invalid
from advocacy.settings import Settings

HEADER = "slug,name,region,country_code,city_or_territory,languages,timezone\n"
BENIN = "benin,Benin Chapter,Africa,BJ,,fr,Africa/Porto-Novo\n"


async def test_the_supplied_list_makes_130_chapters_and_changes_nothing_the_second_time(
    database: Settings,
) -> None:
    first = await import_chapters()
    assert (first.rows, first.created, first.changed, first.unchanged) == (130, 130, 0, 0)
    assert first.refused == []
    before = await Chapter.all().order_by("id").values()
    again = await import_chapters()
    assert (again.created, again.changed, again.unchanged) == (0, 0, 130)
    assert await Chapter.all().order_by("id").values() == before
    for chapter in await Chapter.filter(is_headquarters=False):
        assert chapter.region and chapter.main_language and chapter.zone


async def test_a_changed_row_updates_its_chapter_and_no_other(
    database: Settings, tmp_path: Path
) -> None:
    path = tmp_path / "chapters.csv"
    path.write_text(HEADER + BENIN + "norway,Norway Chapter,Europe,NO,,nb,Europe/Oslo\n")
    await import_chapters(path)
    path.write_text(HEADER + BENIN.replace("Benin Chapter", "Bénin"), encoding="utf-8-sig")
    counts = await import_chapters(path)
    assert (counts.rows, counts.changed, counts.unchanged) == (1, 1, 0)
    assert (await Chapter.get(slug="benin")).name == "Bénin"
    assert await Chapter.filter(slug="norway").exists()


@pytest.mark.parametrize(
    ("row", "refusal"),
    [
        ("benin,Benin\n", Refusal(2, "", "column_count")),
        (BENIN.replace("benin,", ",", 1), Refusal(2, "slug", "slug_missing")),
        (BENIN.replace("benin", "Be nin", 1), Refusal(2, "slug", "slug_invalid")),
        (BENIN.replace("benin", "hq", 1), Refusal(2, "slug", "slug_invalid")),
        (BENIN.replace("Benin", "B" * 200), Refusal(2, "name", "field_too_long")),
        (BENIN.replace("Benin", "Be\x07nin"), Refusal(2, "name", "control_character")),
        (BENIN.replace("BJ", "BEN"), Refusal(2, "country_code", "country_invalid")),
        (BENIN.replace(",fr,", ",french,"), Refusal(2, "languages", "language_invalid")),
        (BENIN.replace(",fr,", ",,"), Refusal(2, "languages", "languages_missing")),
        (BENIN.replace("Porto", "Nowhere"), Refusal(2, "timezone", "timezone_invalid")),
    ],
)
async def test_a_bad_row_is_refused_with_line_field_and_reason(
    database: Settings, tmp_path: Path, row: str, refusal: Refusal
) -> None:
    path = tmp_path / "chapters.csv"
    path.write_text(HEADER + row + "norway,Norway Chapter,Europe,NO,,nb,Europe/Oslo\n")
    counts = await import_chapters(path)
    assert counts.refused == [refusal]
    assert (counts.rows, counts.created) == (2, 1)
    assert counts.as_dict()["refused"] == [
        {"line": 2, "field": refusal.field, "reason": refusal.reason, "mend": str(mend)}
        for mend in [importing.mend(refusal.reason)]
    ]


async def test_a_slug_that_stands_twice_is_refused_the_second_time(
    database: Settings, tmp_path: Path
) -> None:
    path = tmp_path / "chapters.csv"
    path.write_text(HEADER + BENIN + BENIN.replace("BJ", "TG"))
    counts = await import_chapters(path)
    assert counts.refused == [Refusal(3, "slug", "slug_repeated")]
    assert (await Chapter.get(slug="benin")).country_code == "BJ"


@pytest.mark.parametrize(
    "content", [b"", b"name,colour\n", b"\xff\xfe\x00", HEADER.encode() + b'"benin,\n']
)
async def test_a_file_that_is_no_list_of_chapters_is_refused_whole(
    database: Settings, tmp_path: Path, content: bytes
) -> None:
    path = tmp_path / "chapters.csv"
    path.write_bytes(content)
    with pytest.raises(Invalid):
        await import_chapters(path)
    assert await Chapter.filter(is_headquarters=False).count() == 0


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(cells=st.lists(st.text(max_size=30), min_size=7, max_size=7))
def test_any_row_is_judged_without_a_crash(cells: list[str]) -> None:
    refusal = importing._refusal(2, cells, set())
    assert refusal is None or importing.mend(refusal.reason)
