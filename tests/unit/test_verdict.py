"""A verdict is earned: nothing passes by default, and each reason says what was missing."""

import math

import pytest

from simulator.core.errors import UsageError
from simulator.core.history import Delivery
from simulator.scoring import Requirement, Verdict, parse_requirement, verdict

KNOWN = ("sensitivity", "alert_ppv", "chance_p")
HALF = Requirement(name="sensitivity", comparison=">=", bound=0.5)


def test_a_met_requirement_passes() -> None:
    assert verdict({"sensitivity": 0.5}, [HALF], decided=True) == Verdict("pass")


def test_an_unmet_requirement_fails_and_says_by_how_much() -> None:
    expected = Verdict("fail", ("sensitivity 0.31 is below the required 0.5",))
    assert verdict({"sensitivity": 0.31}, [HALF], decided=True) == expected


@pytest.mark.parametrize(
    ("text", "value", "reason"),
    [
        ("chance_p<=0.01", 0.2, "chance_p 0.2 is above the allowed 0.01"),
        ("chance_p<0.2", 0.2, "chance_p 0.2 is not below the allowed 0.2"),
        ("chance_p>0.2", 0.2, "chance_p 0.2 is not above the required 0.2"),
        ("chance_p==0.1", 0.2, "chance_p 0.2 is not the required 0.1"),
    ],
)
def test_each_comparison_names_its_breach(text: str, value: float, reason: str) -> None:
    judged = verdict({"chance_p": value}, [parse_requirement(text, known=KNOWN)], decided=True)
    assert judged == Verdict("fail", (reason,))


@pytest.mark.parametrize("text", ["chance_p<=0.2", "chance_p<0.3", "chance_p>0.1", "chance_p==0.2", "chance_p>=0.2"])
def test_each_comparison_can_be_met(text: str) -> None:
    assert verdict({"chance_p": 0.2}, [parse_requirement(text, known=KNOWN)], decided=True).outcome == "pass"


def test_no_requirement_is_no_pass() -> None:
    judged = verdict({"sensitivity": 1.0}, [], decided=True)
    assert judged == Verdict("inconclusive", ("nothing was required: give --require NAME>=NUMBER",))


def test_a_run_in_which_nothing_was_decided_is_inconclusive_whatever_its_scores() -> None:
    assert verdict({"sensitivity": 0.0}, [HALF], decided=False) == Verdict("inconclusive", ("nothing was decided",))


@pytest.mark.parametrize("scores", [{}, {"sensitivity": None}, {"sensitivity": math.nan}])
def test_a_required_score_without_a_value_is_inconclusive(scores: dict[str, float | None]) -> None:
    way_out = "too few cases; give more --subjects or a longer --duration"
    expected = (f"sensitivity is required, but the run gives no ground for it: {way_out}",)
    assert verdict(scores, [HALF], decided=True) == Verdict("inconclusive", expected)


@pytest.mark.parametrize("what", ["lost", "duplicated", "reordered", "phantom"])
def test_a_delivery_bug_fails_even_when_nothing_was_decided(what: str) -> None:
    judged = verdict({}, [HALF], decided=False, delivery=Delivery(**{what: 3}))
    assert judged == Verdict("fail", (f"3 {what}: no injected fault explains it", "nothing was decided"))


def test_injected_faults_are_no_bug() -> None:
    delivery = Delivery(published=10, received=9, faults=1)
    assert verdict({"sensitivity": 1.0}, [HALF], decided=True, delivery=delivery).outcome == "pass"


def test_a_hindrance_keeps_a_run_from_passing() -> None:
    judged = verdict({"sensitivity": 1.0}, [HALF], decided=True, hindrances=["60/s were asked, 40/s reached"])
    assert judged == Verdict("inconclusive", ("60/s were asked, 40/s reached",))


def test_the_worst_finding_wins_and_all_are_told() -> None:
    judged = verdict({"sensitivity": 0.1}, [HALF], decided=True, hindrances=["too slow"])
    assert judged == Verdict("fail", ("sensitivity 0.1 is below the required 0.5", "too slow"))


def test_a_requirement_is_read_with_spaces_and_exponents() -> None:
    assert parse_requirement(" chance_p <= 1e-4 ", known=KNOWN) == Requirement("chance_p", "<=", 1e-4)


@pytest.mark.parametrize("text", ["sensitivity>=0.5", "chance_p<1e-06", "alert_ppv==3"])
def test_a_requirement_reads_back_what_it_writes(text: str) -> None:
    assert str(parse_requirement(text, known=KNOWN)) == text


def test_an_unknown_name_is_told_the_nearest() -> None:
    with pytest.raises(UsageError, match=r'no score "sensitivty"\. Did you mean "sensitivity"\? See there\.$'):
        parse_requirement("sensitivty>=0.5", known=KNOWN, see="See there.")


def test_an_unknown_name_is_told_the_three_nearest_and_no_others() -> None:
    known = [*(f"p{number}_ms" for number in (50, 95, 99, 999)), "missing"]
    with pytest.raises(
        UsageError, match=r'no score "p98_ms"\. Did you mean "p99_ms", "p95_ms" or "p999_ms"\? See there\.$'
    ):
        parse_requirement("p98_ms<=5", known=known, see="See there.")


def test_where_no_place_tells_the_names_the_line_does() -> None:
    with pytest.raises(UsageError, match=r'no score "speed"\. Known: alert_ppv, chance_p, sensitivity\.$'):
        parse_requirement("speed>=0.5", known=KNOWN)


@pytest.mark.parametrize("text", ["", "sensitivity", "sensitivity=0.5", "sensitivity>=", "sensitivity=>0.5", ">=0.5"])
def test_another_form_is_refused_with_the_right_one(text: str) -> None:
    with pytest.raises(UsageError, match=r"is not understood\. Write NAME>=NUMBER"):
        parse_requirement(text, known=KNOWN)


@pytest.mark.parametrize("bound", ["nan", "inf", "-inf", "half", "0.5x", "1e999"])
def test_a_bound_that_is_no_finite_number_is_refused(bound: str) -> None:
    with pytest.raises(UsageError, match=f'"{bound}" is not a number'):
        parse_requirement(f"sensitivity>={bound}", known=KNOWN)
