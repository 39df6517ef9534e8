"""Nothing we hold about a person is forgotten: every key to one and every text is in a tie."""

from typing import Any

import pytest
from tortoise import fields

from advocacy import db
from advocacy.members.ties import KEEP, REMOVE, Holding, all_moves, all_ties
from campaigns import wiring
from tests.advocacy.rights.traces import table_names
from tests.conftest import Settings
from tests.house.test_layers import _models

PERSONAL = ("advocacy.Person", "advocacy.User")
TEXTS = (fields.CharField, fields.TextField, fields.JSONField)
# Tables that the ORM knows nothing of.
BARE = {"advocacy_search_token"}
# Tables that are about nobody, and why.
IMPERSONAL = {
    "advocacy_audit_head": "where the chain ends",
    "advocacy_beat": "jobs of the clock",
    "advocacy_chapter": "chapters",
    "advocacy_custom_field": "questions of chapters",
    "advocacy_asked": "keyed hashes of addresses, for an hour",
    "advocacy_gate_count": "how often forms were sent",
    "advocacy_openid_departure": "a browser on its way to a provider, for minutes",
    "advocacy_roll_import": "a file: its digest and what it counted",
    "advocacy_search_due": "ids of persons, for seconds",
    "advocacy_spent_proof": "digests of work done",
    "advocacy_tag": "words of chapters",
    "advocacy_wording": "our own texts",
    "campaigns_action_page": "pages",
    "campaigns_edition": "texts of campaigns",
    "campaigns_edition_text": "texts of campaigns",
    "campaigns_link": "addresses in mailings",
    "campaigns_mailing_text": "texts of mailings",
    "campaigns_tally": "sums",
}


def _holdings() -> dict[str, list[Holding]]:
    wiring.load_tasks()
    found: dict[str, list[Holding]] = {}
    for tie in all_ties():
        for holding in tie.holdings:
            found.setdefault(holding.table, []).append(holding)
    return found


def _tables() -> dict[str, Any]:
    return {model._meta.db_table: model for model in _models().values()}


def _keys(model: Any) -> dict[str, str]:
    """Column -> model of every foreign key to a person or an account."""
    found = {}
    for name in (*model._meta.fk_fields, *model._meta.o2o_fields):
        field = model._meta.fields_map[name]
        target = field.model_name
        target = target if isinstance(target, str) else f"{target._meta.app}.{target.__name__}"
        if target in PERSONAL:
            found[f"{name}_id"] = target
    return found


def test_every_key_to_a_person_or_an_account_is_in_a_tie() -> None:
    held = _holdings()
    missing = [
        f"{table}.{column}"
        for table, model in _tables().items()
        for column in _keys(model)
        if not any(column in holding.points for holding in held.get(table, []))
    ]
    assert not missing, f"say in a ties.py of the slice what becomes of {missing}"


async def test_every_table_is_in_a_tie_or_about_nobody(database: Settings) -> None:
    there = {name for name in await table_names() if name.startswith(("advocacy_", "campaigns_"))}
    assert there >= set(_tables())
    held = set(_holdings())
    assert not held - there, "a tie names a table that is not there"
    unnamed = there - held - set(IMPERSONAL)
    assert not unnamed, f"in no tie, and no reason given: {unnamed}"
    assert not held & set(IMPERSONAL)
    assert not set(IMPERSONAL) - there


def test_every_text_of_a_table_in_a_tie_is_shown_or_named_as_silent() -> None:
    tables, wrong = _tables(), []
    for table, holdings in _holdings().items():
        if table in BARE:
            continue
        said = {name for each in holdings for name in (*each.shows, *each.silent)}
        for name, field in tables[table]._meta.fields_map.items():
            if isinstance(field, TEXTS) and (field.source_field or name) not in said:
                wrong.append(f"{table}.{name}")
    assert not wrong


async def test_every_column_that_a_tie_names_is_there(database: Settings) -> None:
    tables, wrong = _tables(), []
    for table, holdings in _holdings().items():
        if table in BARE:
            continue
        model = tables[table]
        columns = set(model._meta.fields_db_projection.values())
        for each in holdings:
            named = {*each.shows, *each.silent, *each.points}
            wrong += [f"{table}.{name}" for name in named - columns]
    assert not wrong


def test_every_key_to_a_person_is_moved_by_a_merge_or_stays_for_a_reason() -> None:
    stays = {
        ("advocacy_person", "merged_into_id"): "the merge itself",
        ("advocacy_merge", "kept_id"): "a merge tells what was",
        ("advocacy_merge", "lost_id"): "a merge tells what was",
        ("advocacy_distinct", "one_id"): "two persons that were looked at, not one of them",
        ("advocacy_distinct", "other_id"): "two persons that were looked at, not one of them",
    }
    moved = {(move.table, move.column): set(move.unique_with) for move in all_moves()}
    for table, model in _tables().items():
        for column, target in _keys(model).items():
            if target != "advocacy.Person" or (table, column) in stays:
                continue
            assert (table, column) in moved, f"{table}.{column}"
            name = column.removesuffix("_id")
            for group in model._meta.unique_together or ():
                if name in group:
                    others = {
                        f"{each}_id" if each in model._meta.fk_fields else each
                        for each in group
                        if each != name
                    }
                    assert moved[table, column] == others, table


def test_what_is_found_by_the_address_goes_before_the_address() -> None:
    wiring.load_tasks()
    for tie in all_ties():
        by_address = any("canonical" in each.where or "address_hash" in each.where
                         for each in tie.holdings)  # fmt: skip
        assert tie.by_address == by_address, tie.name


@pytest.mark.parametrize("what", ["collect", "erase"])
async def test_every_tie_speaks_the_language_of_both_engines(database: Settings, what: str) -> None:
    wiring.load_tasks()
    for tie in all_ties():
        assert not await getattr(tie, what)(1), tie.name
    for holdings in _holdings().values():
        for each in holdings:
            if each.erasure in (KEEP, REMOVE):
                continue
            assert await db.value(f"SELECT count(*) FROM {each.table} WHERE {each.where}", 1) == 0
