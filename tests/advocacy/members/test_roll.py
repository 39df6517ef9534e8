"""Rolls are read in every dialect, judged row by row, and refused whole when they are no rolls."""

import csv
import io
import tracemalloc
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from advocacy.errors import Invalid
from advocacy.mail import addresses
from advocacy.members import columns, heads, roll
from advocacy.members.counts import Counts
from advocacy.members.judging import Entry, judge
from advocacy.members.refusals import Refusal, mend
from advocacy.members.repeats import Repeats
from tests import rolls

CHAPTERS = {"benin": "BJ", "norway": "NO"}
LATEST = date(2026, 12, 31)
HEADERS = {
    "plain": columns.FIELDS,
    "shouting": rolls.SHOUTING,
    "english": rolls.ENGLISH,
    "french": rolls.FRENCH,
    "spanish": rolls.SPANISH,
}
AWA = [
    "7", "Awa@example.org", "Awa", "N'Diaye", "benin", "BJ", "fr", "2020-02-29", "confirmed", "yes",
]  # fmt: skip


def written(
    folder: Path,
    rows: list[list[str]],
    *,
    header: tuple[str, ...] = columns.FIELDS,
    encoding: str = "utf-8",
    separator: str = ",",
    end: str = "\n",
) -> Path:
    text = io.StringIO(newline="")
    csv.writer(text, delimiter=separator, lineterminator=end).writerows([header, *rows])
    path = folder / "roll.csv"
    path.write_bytes(text.getvalue().encode(encoding))
    return path


def judged(path: Path) -> list[Entry | Refusal]:
    return list(judge(roll.survey(path), CHAPTERS, latest=LATEST))


def changed(**values: str) -> list[str]:
    row = dict(zip(columns.FIELDS, AWA, strict=True)) | values
    return list(row.values())


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
@pytest.mark.parametrize("separator", [",", ";", "\t"])
@pytest.mark.parametrize("language", sorted(HEADERS))
def test_a_roll_reads_the_same_in_every_dialect(
    tmp_path: Path, encoding: str, separator: str, language: str
) -> None:
    path = written(
        tmp_path, [AWA], header=HEADERS[language], encoding=encoding, separator=separator,
        end="\r\n",
    )  # fmt: skip
    assert judged(path) == [
        Entry(
            2, "Awa@example.org", "awa@example.org", "Awa", "N'Diaye", "benin", "BJ", "fr",
            date(2020, 2, 29), "confirmed", True, "7",
        )
    ]  # fmt: skip


@pytest.mark.parametrize("dialect", sorted(rolls.DIALECTS))
def test_any_roll_gives_the_same_counts_in_every_dialect(tmp_path: Path, dialect: str) -> None:
    for seed in (1, 2, 3):
        made = rolls.make(700, ["benin", "norway"], seed=seed, bad_every=7)
        counts = Counts()
        counts.add(judged(made.write(tmp_path / "r.csv", dialect)), {"benin": "fr", "norway": "no"})
        assert (counts.rows, counts.accepted) == (700, len(made.accepted))
        assert (counts.duplicate, counts.rejected) == (made.duplicate, made.rejected)
        assert counts.by_status == made.count("email_status")
        assert counts.by_consent == made.count("consent")
        assert counts.by_language == made.count("language")
        assert counts.by_chapter == made.count("chapter_slug")


def test_a_column_can_be_named_where_its_header_says_nothing(tmp_path: Path) -> None:
    path = tmp_path / "roll.csv"
    path.write_text("Adresse;Nom;Nom;Section\na@example.org;Awa;Sow;benin\n")
    with pytest.raises(Invalid):
        roll.survey(path)
    head, rows = heads.read(path)
    assert (head.places, rows) == ({}, [["a@example.org", "Awa", "Sow", "benin"]])
    wanted = {"email": "ADRESSE", "chapter_slug": "Section", "family_name": "Nom"}
    places = columns.named(head.headers, wanted)
    assert places == {"email": 0, "chapter_slug": 3, "family_name": 1}
    [entry] = judge(roll.survey(path, places=places), CHAPTERS, latest=LATEST)
    assert isinstance(entry, Entry)
    assert (entry.family_name, entry.given_name, entry.chapter) == ("Awa", "", "benin")
    for wrong in ({"emial": "Adresse"}, {"email": "Address"}):
        with pytest.raises(Invalid):
            columns.named(head.headers, wrong)


def test_at_home_a_row_may_name_no_chapter_but_not_another_one(tmp_path: Path) -> None:
    path = tmp_path / "roll.csv"
    path.write_text(
        "email,nom,chapter\na@example.org,A,\nb@example.org,B,norway\nc@example.org,C,atlantis\n"
        "d@example.org,D,benin\n"
    )
    found = list(
        judge(roll.survey(path, home="benin"), {"benin": "BJ"}, latest=LATEST, home="benin")
    )
    assert [getattr(each, "chapter", "") for each in found] == ["benin", "", "", "benin"]
    refused = [each for each in found if isinstance(each, Refusal)]
    assert [(each.reason, mend(each.reason)) for each in refused] == [
        ("chapter_other", mend("chapter_other"))
    ] * 2
    path.write_text("email,nom\na@example.org,A\n")
    with pytest.raises(Invalid, match="chapter_slug"):
        roll.survey(path)
    assert roll.survey(path, home="benin").rows == 1


def test_columns_may_stand_in_any_order_among_unknown_ones(tmp_path: Path) -> None:
    path = written(
        tmp_path,
        [["x", "norway", "Ås", "a@example.org", "y"]],
        header=("Notes", "Chapter", "Surname", "E-mail", "Colour"),
    )
    [entry] = judged(path)
    assert isinstance(entry, Entry)
    assert (entry.address, entry.family_name, entry.given_name) == ("a@example.org", "Ås", "")
    assert (entry.country, entry.language, entry.joined_on) == ("NO", "", None)
    assert (entry.status, entry.agrees) == ("unconfirmed", False)


def test_headers_and_fields_may_all_be_quoted(tmp_path: Path) -> None:
    path = tmp_path / "roll.csv"
    path.write_text('"E-mail";"Chapter";"Nom"\n"a@example.org";"benin";"N""Diaye"\n')
    [entry] = judged(path)
    assert isinstance(entry, Entry)
    assert entry.family_name == 'N"Diaye'


@pytest.mark.parametrize(
    ("reason", "values"),
    [
        ("email_missing", {"email": "\u00a0"}),
        ("email_invalid", {"email": "two@@example.org"}),
        ("chapter_unknown", {"chapter_slug": "atlantis"}),
        ("language_invalid", {"language": "english"}),
        ("date_invalid", {"joined_on": "20190105"}),
        ("date_invalid", {"joined_on": "2999-01-01"}),
        ("name_missing", {"given_name": " ", "family_name": ""}),
        ("field_too_long", {"family_name": "x" * 101}),
        ("control_character", {"given_name": "Be\x07ll"}),
    ],
)
def test_a_bad_row_is_refused_with_its_line_and_reason(
    tmp_path: Path, reason: str, values: dict[str, str]
) -> None:
    path = written(tmp_path, [changed(email="b@example.org"), changed(**values)])
    refusal = judged(path)[1]
    assert isinstance(refusal, Refusal)
    assert (refusal.line, refusal.reason) == (3, reason)
    assert mend(reason)


def test_the_line_of_a_refusal_counts_line_breaks_inside_quotes(tmp_path: Path) -> None:
    path = written(tmp_path, [changed(member_no="1\n2\n3"), ["too", "short"]])
    refusal = judged(path)[1]
    assert (refusal.line, refusal.reason) == (5, "column_count")


@pytest.mark.parametrize(
    ("again", "kind"),
    [
        ("Awa.Sow@gmail.test", "exact"),
        (" Awa.Sow@gmail.test", "whitespace"),
        ("aWA.sOW@GMAIL.TEST", "case"),
        ("Awa.Sow+news@gmail.test", "plus"),
        ("a.wasow@gmail.test", "dots"),
    ],
)
@pytest.mark.parametrize("in_memory", [10, 0])
def test_a_repeated_person_is_told_apart_by_how_it_repeats(
    tmp_path: Path, again: str, kind: str, in_memory: int
) -> None:
    path = written(tmp_path, [changed(email="Awa.Sow@gmail.test"), changed(email=again)])
    repeats = Repeats(in_memory)
    found = list(judge(roll.survey(path), CHAPTERS, latest=LATEST, repeats=repeats))
    repeats.close()
    assert isinstance(found[1], Refusal)
    assert found[1].reason == f"duplicate:{kind}"


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"", "header"),
        (b"\n\n", "header"),
        (b"name,colour\nAwa,red\n", "email"),
        (b"email,e-mail,chapter,nom\n", "Two columns"),
        (b"email,chapter,nom\na@example.org\0,benin,Sow\n", "NUL"),
        ("email,chapter,nom\n".encode("utf-16-le"), "NUL"),
        ("email,chapter,nom\na@example.org,benin,Bâ\n".encode("latin-1"), "UTF-8"),
        (",".join(f"c{n}" for n in range(10_000)).encode(), "columns"),
        (b'email,chapter,nom\n"a@example.org,benin,Sow\n', "CSV"),
        (b'email,chapter,nom\n"' + b"x" * 300_000, "quotation"),
        (b'email,chapter,"nom\n', "lacks"),
        (b"\xff\xfee", "encoding"),
    ],
)
def test_a_file_that_is_no_roll_is_refused_in_plain_words(
    tmp_path: Path, content: bytes, says: str
) -> None:
    path = tmp_path / "roll.csv"
    path.write_bytes(content)
    with pytest.raises(Invalid) as refused:
        roll.survey(path)
    assert says in refused.value.message


def test_a_file_that_is_not_there_is_refused_in_plain_words(tmp_path: Path) -> None:
    for path in (tmp_path / "nowhere.csv", tmp_path):
        with pytest.raises(Invalid, match="cannot be opened"):
            roll.survey(path)


def test_a_file_of_two_gigabytes_is_refused_without_reading_it(tmp_path: Path) -> None:
    path = tmp_path / "roll.csv"
    with path.open("wb") as file:
        file.truncate(2 << 30)
    with pytest.raises(Invalid, match="2048 MB"):
        roll.survey(path)


def test_a_long_line_is_refused_in_bounded_memory(tmp_path: Path) -> None:
    path = tmp_path / "roll.csv"
    path.write_bytes(b"email,chapter,nom\n" + b"x" * 50_000_000)
    tracemalloc.start()
    try:
        with pytest.raises(Invalid):
            roll.survey(path)
        assert tracemalloc.get_traced_memory()[1] < 5_000_000
    finally:
        tracemalloc.stop()


@settings(max_examples=200, deadline=None)
@given(body=st.binary(max_size=400), whole=st.booleans())
def test_any_bytes_are_read_or_refused_but_never_crash(
    tmp_path_factory: pytest.TempPathFactory, body: bytes, whole: bool
) -> None:
    path = tmp_path_factory.getbasetemp() / "garbage.csv"
    path.write_bytes(body if whole else b"email,chapter,nom\n" + body)
    try:
        surveyed = roll.survey(path)
    except Invalid:
        return
    assert sum(1 for _ in judge(surveyed, CHAPTERS, latest=LATEST)) == surveyed.rows


@given(local=st.from_regex(r"[a-z]{1,8}(\.[a-z]{1,8}){0,2}(\+[a-z.]{0,5})?", fullmatch=True))
def test_a_canonical_address_is_its_own_canonical_address(local: str) -> None:
    for domain in ("example.org", "gmail.test", "googlemail.com"):
        once = addresses.canonical(f" {local.upper()}@{domain}")
        assert addresses.canonical(once) == once
        assert addresses.check(once) is None


def test_dots_matter_only_where_the_provider_reads_them() -> None:
    assert addresses.canonical("A.b+c@example.org") == "a.b@example.org"
    assert addresses.canonical("A.b+c@gmail.test") == "ab@gmail.test"
    assert addresses.canonical("a.b@googlemail.com") == "ab@gmail.com"
    assert addresses.canonical("+a@example.org") == "+a@example.org"


def test_an_address_hash_needs_the_key() -> None:
    first = addresses.address_hash("a@example.org", "k1")
    assert len(first) == 64
    assert first == addresses.address_hash("a@example.org", "k1")
    assert first != addresses.address_hash("a@example.org", "k2")
