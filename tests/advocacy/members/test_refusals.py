"""The report of the rows that were not taken, in the reader's language and in nobody's."""

import csv
import io
from pathlib import Path

from advocacy.members.refusals import Refusal, in_words, mend, write_raw, write_report
from advocacy.render import i18n


def test_a_report_in_no_language_is_read_in_the_readers(tmp_path: Path) -> None:
    path = tmp_path / "report"
    made = [Refusal(n, "email", "duplicate:case", "@x") for n in range(1200)]
    with path.open("w", encoding="utf-8", newline="") as stream:
        write_raw(stream, made)
    with i18n.use("fr"):
        pieces = in_words(path)
    text = b"".join(pieces).decode("utf-8-sig")
    rows = list(csv.reader(io.StringIO(text, newline="")))
    assert len(rows) == 1201
    with i18n.use("fr"):
        assert rows[1] == ["0", "email", "'@x", "duplicate:case", mend("duplicate")]
    assert rows[1][4] != mend("duplicate")


def test_a_report_is_harmless_to_a_spreadsheet() -> None:
    stream = io.StringIO()
    write_report(stream, [Refusal(9, "email", "email_invalid", '=HYPERLINK("x")\x1b' + "y" * 99)])
    [row] = csv.reader(io.StringIO(stream.getvalue()))
    assert row[:2] == ["9", "email"]
    assert row[2].startswith("'=HYPERLINK") and row[2].endswith("…") and "\x1b" not in row[2]
    assert row[3] == "email_invalid" and row[4]


def test_a_refused_value_is_no_formula_however_it_is_disguised() -> None:
    for value in ("=1+1", "  +1", "\u200b=1+1", "\uff1d1+1", "\ufeff@SUM(A1)"):
        assert Refusal(2, "email", "email_invalid", value).excerpt == f"'{value}"
    assert Refusal(2, "email", "email_invalid", "a=b").excerpt == "a=b"
