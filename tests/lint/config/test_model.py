from __future__ import annotations

import pickle

import pytest
from hypothesis import given
from hypothesis import strategies as st

from parallel_stage.lint.config.model import DEFAULT, Settings
from parallel_stage.lint.diagnostic import Severity
from parallel_stage.lint.rules import RULES

NAMES = ["single-worker", "idle-workers", "function-path", "no-editor-schema"]
CHOSEN = [name for name in NAMES if RULES[name].opt_in]
SETS = st.frozensets(st.sampled_from(NAMES))


def test_by_default_every_rule_is_requested_but_those_opt_in_and_weighs_what_it_says() -> None:
    assert CHOSEN == ["no-editor-schema"]
    assert all(DEFAULT.is_enabled(name) is not rule.opt_in for name, rule in RULES.items())
    assert [DEFAULT.effective_severity("a", severity) for severity in Severity] == list(Severity)


@given(SETS, SETS, SETS, st.sampled_from(NAMES))
def test_a_rule_is_requested_where_it_is_selected_and_not_ignored(
    select: frozenset[str], ignore: frozenset[str], weighed: frozenset[str], rule: str
) -> None:
    settings = Settings(select=select, ignore=ignore, severity=dict.fromkeys(weighed, Severity.INFO))
    chosen = select or weighed.union(NAMES).difference(set(CHOSEN) - weighed)
    assert settings.is_enabled(rule) is (rule in chosen and rule not in ignore)


@pytest.mark.parametrize("own", Severity)
@pytest.mark.parametrize("wanted", [None, *Severity])
def test_a_severity_replaces_the_rules_own_and_strict_raises_warnings_alone(
    own: Severity, wanted: Severity | None
) -> None:
    severity = {"a": wanted} if wanted else {}
    said = wanted or own
    assert Settings(severity=severity).effective_severity("a", own) is said
    assert Settings(severity=severity).effective_severity("b", own) is own
    strict = Severity.ERROR if said is Severity.WARNING else said
    assert Settings(severity=severity, strict=True).effective_severity("a", own) is strict


def test_they_can_be_sent_to_another_process() -> None:
    settings = Settings(
        frozenset("a"), frozenset("b"), {"c": Severity.INFO}, True, True, "/root", ("/lib",), "/old.json"
    )
    assert pickle.loads(pickle.dumps(settings)) == settings  # noqa: S301 -- our own
