"""The audit log in words: every act that some verb notes has a name for whoever reads the log."""

import ast

from advocacy.audit import words
from campaigns.stage.moving import STEPS
from tests.house.source import PACKAGES, calls_of, name_of, python_files

NOTING = {"note", "_note", "_note_change"}
# What an act made from a variable stands for.
MADE = {
    "campaign.": set(STEPS),
    "handover.": {"accepted", "declined", "withdrawn"},
    "rights.": {"access_asked", "correction_asked", "erasure_asked"},
    "mailing.": {"send", "schedule", "unschedule", "pause", "resume", "stop", "send_again"},
}


def _acts() -> dict[str, str]:
    """Every act that the code names, and where."""
    found: dict[str, str] = {}
    for path in python_files(*PACKAGES):
        for called, call in calls_of(path):
            if called in NOTING and call.args:
                where = f"{name_of(path)}:{call.lineno}"
                found |= {act: where for act in _named(call.args[0])}
    return found


def _named(first: ast.expr) -> set[str]:
    if isinstance(first, ast.Constant) and "." in str(first.value):
        return {str(first.value)}
    if isinstance(first, ast.JoinedStr) and isinstance(first.values[0], ast.Constant):
        prefix = str(first.values[0].value)
        return {f"{prefix}{each}" for each in MADE[prefix]}
    if isinstance(first, ast.IfExp):
        return _named(first.body) | _named(first.orelse)
    return set()


def test_every_act_has_a_name() -> None:
    acts = _acts()
    assert len(acts) > 30
    nameless = {act: where for act, where in acts.items() if act not in words.ACTS}
    assert not nameless, f"add to advocacy/audit/words.py: {nameless}"


def test_a_name_is_a_sentence_without_a_full_stop() -> None:
    for act, name in words.ACTS.items():
        assert len(act) <= 60
        assert name.message[0].isupper(), act
        assert not name.message.endswith("."), act
