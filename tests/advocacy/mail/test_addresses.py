"""Canonical addresses: one spelling for all that reach a person, and never one for two."""

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from advocacy.mail import addresses
from advocacy.mail.addresses import RULES, canonical, well_formed

ATOM = st.text(alphabet="abcXYZ019!#$%&'*+/=?^_`{|}~-", min_size=1, max_size=12)
LOCAL = st.lists(ATOM, min_size=1, max_size=3).map(".".join)
DOMAIN = st.sampled_from([*RULES, "example.org", "Sub.Example.ORG", "GMAIL.com", "xn--bcher.test"])
ADDRESS = st.builds(lambda local, domain: f"{local}@{domain}", LOCAL, DOMAIN)


@given(ADDRESS)
@example("a.+b@example.org")
@example("+.b@gmail.com")
def test_the_canonical_form_of_a_canonical_form_is_itself(address: str) -> None:
    assert well_formed(address)
    once = canonical(address)
    assert canonical(once) == once
    assert well_formed(once)
    assert canonical(f"  {address.swapcase()} ") == once


@given(LOCAL, LOCAL)
def test_where_no_rule_speaks_only_tags_and_case_fall_away(one: str, other: str) -> None:
    def bare(local: str) -> str:
        return local.lower().partition("+")[0].rstrip(".") or local.lower()

    same = canonical(f"{one}@example.org") == canonical(f"{other}@example.org")
    assert same == (bare(one) == bare(other))


@pytest.mark.parametrize(
    ("address", "wanted"),
    [
        ("A.m.i.n.a+news@GoogleMail.com", "amina@gmail.com"),
        ("a.b@example.org", "a.b@example.org"),
        ("a+b@example.org", "a@example.org"),
        ("+only@example.org", "+only@example.org"),
        ("amina@me.com", "amina@icloud.com"),
        ("a.b+x@pm.me", "a.b@proton.me"),
        ("a.b@outlook.com", "a.b@outlook.com"),
    ],
)
def test_each_provider_is_read_by_its_own_rule(address: str, wanted: str) -> None:
    assert canonical(address) == wanted


def test_every_rule_leads_to_a_domain_that_is_known_by_its_own_name() -> None:
    for rule in RULES.values():
        if rule.known_as is not None:
            kept = RULES[rule.known_as]
            assert kept.known_as is None
            assert (kept.dots_matter, kept.plus_tags) == (rule.dots_matter, rule.plus_tags)


@given(st.text(max_size=80))
def test_whatever_is_typed_is_either_well_formed_or_told_apart(text: str) -> None:
    assert (addresses.check(text) is None) == well_formed(text.strip())
