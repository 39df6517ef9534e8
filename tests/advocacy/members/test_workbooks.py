"""Workbooks are read as the CSV they would be, and hostile ones refused in bounded memory."""

import csv
import io
import random
import struct
import zipfile
from datetime import date
from pathlib import Path
from xml.sax.saxutils import escape

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from advocacy.errors import Invalid
from advocacy.members import reading, roll, sheets, workbooks
from advocacy.members.judging import Entry, judge

MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
RELATIONS = '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">'
HEADER = ["Courriel", "Nom", "Chapitre", "Date d'adhésion", "Consentement", "N° de membre"]


def relation(number: int, kind: str, target: str) -> str:
    return f'<Relationship Id="r{number}" Type="{OFFICE}/{kind}" Target="{target}"/>'


def parts_of(sheet: str, *, more: str = "", strings: str = "", styles: str = "") -> dict[str, str]:
    """The parts of a workbook whose second sheet is `more`, each sheet given as its rows."""
    listed = '<sheet name="Members" sheetId="1" r:id="r1"/>'
    relations = relation(1, "worksheet", "worksheets/sheet1.xml")
    parts = {"xl/worksheets/sheet1.xml": wrapped(sheet)}
    for number, name, text in ((2, "Others", more), (3, "sharedStrings", strings),
                               (4, "styles", styles)):  # fmt: skip
        if text:
            kind = "worksheet" if name == "Others" else name
            relations += relation(number, kind, f"/xl/{name}.xml")
            parts[f"xl/{name}.xml"] = wrapped(text) if name == "Others" else text
    if more:
        listed += '<sheet name="Others" sheetId="2" r:id="r2"/>'
    return {
        "_rels/.rels": f"{RELATIONS}{relation(1, 'officeDocument', 'xl/workbook.xml')}"
        "</Relationships>",
        "xl/_rels/workbook.xml.rels": f"{RELATIONS}{relations}</Relationships>",
        "xl/workbook.xml": f'<x:workbook xmlns:x="{MAIN}" xmlns:r="{OFFICE}"><x:sheets>'
        + listed.replace("<sheet", "<x:sheet")
        + "</x:sheets></x:workbook>",
        **parts,
    }  # fmt: skip


def wrapped(rows: str) -> str:
    return f'<worksheet xmlns="{MAIN}"><sheetData>{rows}</sheetData></worksheet>'


def row(number: int, cells: list[str]) -> str:
    texts = "".join(f'<c t="inlineStr"><is><t>{escape(cell)}</t></is></c>' for cell in cells)
    return f'<row r="{number}">{texts}</row>'


def book(path: Path, parts: dict[str, str]) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in parts.items():
            archive.writestr(name, text)
    return path


def as_rows(path: Path, sheet: str = "") -> list[list[str]]:
    target = path.with_suffix(".csv")
    sheets.write_csv(path, target, sheet)
    return list(csv.reader(io.StringIO(target.read_text(encoding="utf-8"), newline="")))


def test_a_sheet_becomes_members_as_its_csv_would(tmp_path: Path) -> None:
    strings = "<sst><si><t>awa@example.org</t></si><si><r><t>S</t></r><r><t>ow</t></r></si></sst>"
    styles = (
        '<styleSheet><numFmts><numFmt numFmtId="164" formatCode="dd/mm/yyyy"/>'
        '<numFmt numFmtId="165" formatCode="0.0&quot;day&quot;"/></numFmts><cellXfs>'
        '<xf numFmtId="0"/><xf numFmtId="14"/><xf numFmtId="164"/><xf numFmtId="165"/></cellXfs>'
        "</styleSheet>"
    )
    cells = (
        '<row r="3"><c r="A3" t="s"><v>0</v></c><c r="B3" t="s"><v>1</v></c>'
        '<c r="C3" t="str"><f>X1</f><v>benin</v></c><c r="D3" s="2"><v>44270</v></c>'
        '<c r="E3" t="b"><v>1</v></c><c r="F3"><v>17</v></c></row>'
        '<row r="4"><c r="A4" t="s"><v>1</v></c><c r="D4" s="3"><v>2.5</v></c>'
        '<c r="E4" t="e"><v>#N/A</v></c></row>'
    )
    path = book(
        tmp_path / "b.xlsx", parts_of(row(1, HEADER) + cells, strings=strings, styles=styles)
    )
    assert as_rows(path) == [
        HEADER,
        [],
        ["awa@example.org", "Sow", "benin", "2021-03-15", "true", "17"],
        ["Sow", "", "", "2.5", "#N/A", ""],
    ]
    with reading.as_csv(path) as plain:
        entry, refused = judge(roll.survey(plain), {"benin": "BJ"}, latest=date(2026, 12, 31))
    assert isinstance(entry, Entry)
    assert (entry.line, entry.joined_on, entry.agrees) == (3, date(2021, 3, 15), True)
    assert refused.line == 4


def test_texts_keep_their_line_and_their_escapes(tmp_path: Path) -> None:
    cells = [["a", "b"], ["two\nlines\r\nhere", "Be_x0007_ll"], ["_x005F_x0041_", "\u2028"]]
    path = book(
        tmp_path / "b.xlsx", parts_of("".join(row(at, each) for at, each in enumerate(cells, 1)))
    )
    assert as_rows(path) == [
        ["a", "b"], ["two lines here", "Be\x07ll"], ["_x0041_", " "],
    ]  # fmt: skip


def test_the_sheet_can_be_chosen_and_the_first_is_read_else(tmp_path: Path) -> None:
    path = book(tmp_path / "b.xlsx", parts_of(row(1, ["x"]), more=row(1, HEADER)))
    head, _rows, names = reading.head(path)
    assert (head.headers, names) == (("x",), ["Members", "Others"])
    assert reading.head(path, "Others")[0].headers == tuple(HEADER)
    with pytest.raises(Invalid, match="no sheet “Nowhere”"):
        reading.head(path, "Nowhere")


@pytest.mark.parametrize(
    ("name", "text", "says"),
    [
        ("mimetype", "application/vnd.oasis.opendocument.spreadsheet", "OpenDocument"),
        ("xl/vbaProject.bin", "x", "macros"),
        ("xl/workbook.bin", "x", "xlsb"),
        ("_rels/.rels", "<a></b>", "broken"),
        ("_rels/.rels", RELATIONS + "</Relationships>", "no Excel workbook"),
        ("xl/worksheets/sheet1.xml", "<a>" * 100_000, "no list of members"),
        ("xl/worksheets/sheet1.xml", "<a " + "x" * 3_000_000, "no list of members"),
        (
            "xl/worksheets/sheet1.xml",
            "<a>" + "".join(f"<b{n}/>" for n in range(9000)),
            "no list of members",
        ),
        (
            "xl/worksheets/sheet1.xml",
            "<a>" + "".join(f'<b c{n}="1"/>' for n in range(9000)),
            "no list of members",
        ),
        (
            "xl/worksheets/sheet1.xml",
            '<!DOCTYPE a [<!ENTITY b SYSTEM "file:///etc/passwd">]><a>&b;</a>',
            "no list of members",
        ),
        (
            "xl/worksheets/sheet1.xml",
            '<!DOCTYPE a [<!ENTITY b "' + "c" * 1000 + '">]><a>' + "&b;" * 1000 + "</a>",
            "no list of members",
        ),
        ("xl/worksheets/sheet1.xml", wrapped(row(1, ["x"] * 300)), "200 columns"),
        ("xl/worksheets/sheet1.xml", wrapped('<row><c r="XFD1"><v>1</v></c></row>'), "200 columns"),
        ("xl/worksheets/sheet1.xml", wrapped('<row r="99999999"/>'), "more rows"),
        ("xl/worksheets/sheet1.xml", wrapped(row(1, ["x" * 40_000])), "too much text"),
        ("xl/worksheets/sheet1.xml", wrapped(""), "empty line"),
    ],
)
def test_what_is_no_list_of_members_is_refused_in_plain_words(
    tmp_path: Path, name: str, text: str, says: str
) -> None:
    parts = {**parts_of(row(1, HEADER)), name: text}
    if name == "mimetype":
        parts = {name: text, "content.xml": "<a/>"}
    with pytest.raises(Invalid) as refused:
        reading.head(book(tmp_path / "b.xlsx", parts))
    assert says in refused.value.message


def test_old_and_protected_files_are_named(tmp_path: Path) -> None:
    path = tmp_path / "old.xlsx"
    path.write_bytes(b"\xd0\xcf\x11\xe0" + b"\0" * 600)
    with pytest.raises(Invalid, match=r"old Excel file .*password"):
        reading.head(path)
    whole = bytearray(book(tmp_path / "b.xlsx", parts_of(row(1, HEADER))).read_bytes())
    at = whole.index(b"PK\x01\x02")
    whole[at + 8] |= 1
    path.write_bytes(whole)
    with pytest.raises(Invalid, match="password"):
        reading.head(path)


def test_a_bomb_is_refused_though_its_directory_lies(tmp_path: Path) -> None:
    path = tmp_path / "bomb.xlsx"
    parts = parts_of(row(1, HEADER))
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in parts.items():
            if "sheet1" not in name:
                archive.writestr(name, text)
        with archive.open("xl/worksheets/sheet1.xml", "w") as sheet:
            start = f'<worksheet xmlns="{MAIN}"><sheetData>{row(1, HEADER)}'
            sheet.write(start.encode())
            for _piece in range(64):
                sheet.write(b" " * (1 << 20))
    target = tmp_path / "out.csv"
    with pytest.raises(Invalid, match="far more than a list"):
        sheets.write_csv(path, target)
    data = path.read_bytes()
    at = data.rindex(b"PK\x01\x02")
    lying = data[: at + 24] + struct.pack("<I", 1000) + data[at + 28 :]
    path.write_bytes(lying)
    with pytest.raises(Invalid):
        sheets.write_csv(path, target)


@pytest.mark.parametrize("packing", [zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_what_unpacks_all_at_once_is_not_unpacked(tmp_path: Path, packing: int) -> None:
    path = tmp_path / "dense.xlsx"
    with zipfile.ZipFile(path, "w", packing) as archive:
        for name, text in parts_of(row(1, HEADER)).items():
            archive.writestr(name, text)
    with pytest.raises(Invalid, match="broken"):
        reading.head(path)


@pytest.mark.parametrize("said", ["²", "9" * 5000])
def test_numbers_that_are_none_are_left_out(tmp_path: Path, said: str) -> None:
    cells = f'<c s="{said}"><v>7</v></c><c t="s"><v>{said}</v></c>'
    path = book(tmp_path / "odd.xlsx", parts_of(f'<row r="{said}">{cells}</row>'))
    assert as_rows(path) == [["7", ""]]


def test_a_table_of_contents_without_end_is_not_read(tmp_path: Path) -> None:
    path = tmp_path / "b.xlsx"
    with zipfile.ZipFile(path, "w") as archive:
        for number in range(30_000):
            archive.writestr(f"{number:0>40}", b"")
    with pytest.raises(Invalid, match="table of contents"):
        reading.head(path)


@settings(max_examples=60, deadline=None)
@given(seed=st.integers(0, 10_000), hits=st.integers(1, 12))
def test_a_damaged_workbook_is_read_or_refused_but_never_crashes(
    tmp_path_factory: pytest.TempPathFactory, seed: int, hits: int
) -> None:
    folder = tmp_path_factory.getbasetemp()
    whole = bytearray(book(folder / "d.xlsx", parts_of(row(1, HEADER), more="x")).read_bytes())
    dice = random.Random(seed)
    for _hit in range(hits):
        whole[dice.randrange(len(whole))] = dice.randrange(256)
    path = folder / "damaged.xlsx"
    path.write_bytes(whole)
    try:
        reading.head(path)
    except Invalid as refused:
        assert refused.message


@settings(max_examples=60, deadline=None)
@given(body=st.text(max_size=300))
def test_any_text_in_place_of_a_sheet_is_read_or_refused(
    tmp_path_factory: pytest.TempPathFactory, body: str
) -> None:
    folder = tmp_path_factory.getbasetemp()
    text = body.encode("utf-8", "replace").decode()
    parts = {**parts_of(""), "xl/worksheets/sheet1.xml": text}
    path = book(folder / "text.xlsx", parts)
    assert workbooks.is_workbook(path)
    with pytest.raises(Invalid):
        reading.head(path)
