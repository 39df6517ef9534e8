"""Members as files: whole, only this chapter's, readable back, and never a formula."""

import csv
import io
import zipfile
from collections.abc import AsyncIterator
from pathlib import Path
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import settings as examples
from hypothesis import strategies as st

from advocacy.audit.models import AuditEntry
from advocacy.audit.recording import SYSTEM
from advocacy.chapters.models import Chapter
from advocacy.errors import Invalid
from advocacy.members import importing
from advocacy.members.models import Membership, Person
from advocacy.render.sheets import harmless, original
from advocacy.roster import defining, exporting, indexing, labelling, record
from advocacy.roster.correcting import Correction, correct
from advocacy.roster.sifting import Sieve
from advocacy.settings import Settings
from tests import factories

FORMULAS = (
    "=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", " =1", "\u00a0=1", "\u200b=1", "\ufeff=1",
    "＝1+1", "＋1", "－1", "＠A1", "−1", "\u202e=1", "\u0301=1", "\x00=1", "  \t @x",
)  # fmt: skip
MAIN = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
BEGINNINGS = set("=+-@＝＋－＠−")


async def read_csv(pieces: AsyncIterator[bytes]) -> list[list[str]]:
    """The rows of a CSV as a spreadsheet reads them."""
    text = b"".join([each async for each in pieces]).decode("utf-8-sig")
    return list(csv.reader(io.StringIO(text, newline="")))


async def read_xlsx(pieces: AsyncIterator[bytes], path: Path) -> list[list[str]]:
    """The rows of a workbook; every cell must be a text, and none a formula or a link."""
    path.write_bytes(b"".join([each async for each in pieces]))
    with zipfile.ZipFile(path) as book:
        assert not [name for name in book.namelist() if "external" in name.lower()]
        sheet = ElementTree.fromstring(book.read("xl/worksheets/sheet1.xml"))  # noqa: S314
    assert not [each for each in sheet.iter() if each.tag in (f"{MAIN}f", f"{MAIN}hyperlink")]
    cells = [list(row.iter(f"{MAIN}c")) for row in sheet.iter(f"{MAIN}row")]
    assert {cell.get("t") for row in cells for cell in row} == {"inlineStr"}
    return [["".join(cell.itertext()) for cell in row] for row in cells]


@pytest.mark.parametrize("text", FORMULAS)
def test_what_could_be_a_formula_gets_an_apostrophe(text: str) -> None:
    assert harmless(text) == f"'{text}"


@pytest.mark.parametrize("text", ["", "Amina", "王", "1+1", "a=b", "O’Neil", "'x", "٣", "é"])
def test_what_is_none_stays_as_it_is(text: str) -> None:
    assert harmless(text) == text


@examples(max_examples=300, deadline=None)
@given(st.text(st.sampled_from("=+-@ \t\r\n\u200b\u00a0＝a1"), max_size=6))
def test_no_harmless_text_begins_like_a_formula(text: str) -> None:
    made = harmless(text)
    shown = made.lstrip(" \t\r\n\u200b\u00a0\ufeff")
    assert shown[:1] not in BEGINNINGS
    assert made in (text, f"'{text}")
    assert original(made) == text


async def world() -> tuple[Chapter, Chapter]:
    """A chapter with members of dangerous names, tags and answers, and one that nobody may see."""
    home, other = await factories.chapter("home"), await factories.chapter("other")
    for number, name in enumerate(("=1+1", "Amina", "李娜", "＝cmd|x", 'Zo"ë, Jr.', "+x")):
        await factories.member(home, f"p{number}@example.org", given_name=name, family_name="-A")
    both = await factories.member(other, "hidden@example.org", given_name="Hidden")
    await labelling.tag_found(other, Sieve(other.id), "Secret", actor=SYSTEM)
    await Membership.create(
        person=both, chapter=home, state="current", created_at=both.created_at, member_no="@7"
    )
    field = await defining.add(home, "=City", "text", actor=SYSTEM)
    seen = (await record.read(home, both.id)).seen
    wanted = Correction(
        seen, "Hidden", "Okello", "en", "@7", new_tag="+vip", answers={field.id: "=Dakar"}
    )
    await correct(home, both.id, wanted, actor=SYSTEM)
    await indexing.catch_up()
    return home, other


async def test_both_formats_hold_every_member_and_no_formula(
    database: Settings, tmp_path: Path
) -> None:
    home, _other = await world()
    sieve = Sieve(home.id)
    rows = await read_csv(exporting.as_csv(sieve))
    assert rows == await read_xlsx(exporting.as_xlsx(sieve), tmp_path / "m.xlsx")
    assert rows[0] == [*exporting.COLUMNS, "field:=City"]
    assert len(rows) == 8 and all(len(row) == 12 for row in rows)
    assert not [cell for row in rows for cell in row if cell[:1] in BEGINNINGS]
    names = {row[2] for row in rows[1:]}
    assert {"'=1+1", "'＝cmd|x", "李娜", 'Zo"ë, Jr.'} <= names
    hidden = next(row for row in rows if row[2] == "Hidden")
    assert hidden[0] == "'@7" and hidden[10:] == ["'+vip", "'=Dakar"]
    assert "Secret" not in str(rows) and "other" not in str(rows)


async def test_only_what_was_found_is_taken_out(database: Settings) -> None:
    home, other = await world()
    rows = await read_csv(exporting.as_csv(Sieve(home.id, "amina")))
    assert [row[1] for row in rows[1:]] == ["p1@example.org"]
    everywhere = await read_csv(exporting.as_csv(Sieve(None, "hidden")))
    assert sorted(row[4] for row in everywhere[1:]) == sorted([home.slug, other.slug])
    assert await read_csv(exporting.as_csv(Sieve(home.id, "%"))) == rows[:1]


async def test_many_members_come_in_pieces_and_each_once(
    database: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(exporting, "CHUNK", 3)
    home = await factories.chapter()
    for number in range(8):
        await factories.member(home, f"p{number}@example.org")
    pieces = [each async for each in exporting.as_csv(Sieve(home.id))]
    assert len(pieces) == 4
    lines = b"".join(pieces).decode("utf-8-sig").splitlines()
    assert len(set(lines)) == 9


async def test_a_file_can_be_imported_again(database: Settings, tmp_path: Path) -> None:
    home = await factories.chapter("home")
    await factories.member(home, "a.mina@example.org", given_name="Amina", language="fr")
    await factories.member(
        home, "+li@example.org", letters=False, given_name="李", family_name="娜"
    )
    await factories.member(home, "j@example.org", confirmed=False, given_name="=1+1")
    await Person.filter(email="a.mina@example.org").update(deliverability="bounced")
    for form in exporting.FORMATS:
        path = tmp_path / f"roll.{form}"
        path.write_bytes(b"".join([each async for each in exporting.pieces(Sieve(home.id), form)]))
        before = await read_csv(exporting.as_csv(Sieve(home.id)))
        assert (await importing.import_members(path)).new_persons == 0
        assert await read_csv(exporting.as_csv(Sieve(home.id))) == before
    # Nobody is known by these addresses: each row makes a person with everything it says.
    moved = tmp_path / "moved.csv"
    text = path.with_suffix(".csv").read_text("utf-8-sig").replace("@example.org", "@example.net")
    moved.write_text(text, "utf-8")
    assert (await importing.import_members(moved)).new_persons == 3
    again = [row for row in await read_csv(exporting.as_csv(Sieve(home.id))) if "net" in row[1]]
    assert sorted(r[2:] for r in again) == sorted(r[2:] for r in before[1:])


async def test_the_log_says_who_took_how_many(database: Settings) -> None:
    home, _other = await world()
    assert await exporting.begin(home, Sieve(home.id, "amina"), "csv", actor=SYSTEM) == 1
    entry = await AuditEntry.all().order_by("-id").first()
    assert entry is not None and entry.act == "members.exported"
    assert '"rows":1' in entry.details and "amina" not in entry.details
    with pytest.raises(Invalid):
        await exporting.begin(home, Sieve(home.id), "exe", actor=SYSTEM)
    assert (await AuditEntry.all().count()) == entry.id


async def test_a_sheet_that_would_not_hold_them_is_refused(
    database: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(exporting, "MOST_IN_A_SHEET", 2)
    home, _other = await world()
    with pytest.raises(Invalid):
        await exporting.begin(home, Sieve(home.id), "xlsx", actor=SYSTEM)
    assert await exporting.begin(home, Sieve(home.id), "csv", actor=SYSTEM) == 7
