"""Decisions and the clock as CloudEvents, from any writer."""

import json
from typing import Annotated

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from simulator.codecs.decisions import ClockCodec, DecisionCodec
from simulator.core.catalog import Catalog
from simulator.core.clock import ClockReached, ClockTicked
from simulator.core.decisions import Decision
from simulator.core.errors import CodecError
from simulator.core.events import DecisionType
from simulator.core.partitioning import partition_of
from simulator.core.records import Record
from simulator.core.time import parse_instant

MOMENT = parse_instant("2026-01-05T06:30:00.125Z")


class Alert(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """What an alert says."""

    early_warning: Annotated[int, msgspec.Meta(ge=0)]
    reasons: tuple[str, ...] = ()


class Approval(msgspec.Struct, frozen=True):
    """What an approval says: nothing more."""


CATALOG = Catalog(
    "ward", 2, (), (DecisionType("alert.raised", Alert, "look"), DecisionType("request.approved", Approval, "do"))
)
CODEC = DecisionCodec(CATALOG, seed=9)
CLOCK = ClockCodec(CATALOG, seed=9)


def record(value: bytes | str) -> Record:
    """Return a record of the decisions topic."""
    raw = value if isinstance(value, bytes) else value.encode()
    return Record(topic="ward.decisions", partition=1, offset=40, timestamp=0, key=b"syn-0000003", value=raw)


def alert(**changes: object) -> str:
    """Return an alert as plain Python writes it, with some attributes changed; None drops one."""
    attributes = {
        "specversion": "1.0",
        "id": "my-own-id-1",
        "source": "my-consumer",
        "type": "alert.raised",
        "subject": "syn-0000003",
        "time": "2026-01-05T06:30:00.125Z",
        "data": {"caused_by": "ward-v2/9/syn-0000003/pulse.felt/4", "earlyWarning": 7},
        **changes,
    }
    return json.dumps({name: value for name, value in attributes.items() if value is not None})


DECISIONS = st.builds(
    Decision,
    type=st.just("alert.raised"),
    subject=st.text(min_size=1),
    time=st.integers(0, 4_102_444_799_999),
    caused_by=st.text(),
    data=st.builds(Alert, early_warning=st.integers(0, 20), reasons=st.lists(st.text()).map(tuple)),
)


@settings(deadline=None)
@given(DECISIONS)
def test_a_decision_comes_back_as_it_was(decision: Decision) -> None:
    assert CODEC.decode(record(CODEC.encode(decision))) == decision


def test_a_decision_is_a_cloud_event_with_its_cause_in_the_data() -> None:
    decision = Decision(
        type="alert.raised", subject="syn-0000003", time=MOMENT, caused_by="an-event", data=Alert(early_warning=7)
    )
    assert json.loads(CODEC.encode(decision)) == {
        "specversion": "1.0",
        "id": f"alert.raised/syn-0000003/{MOMENT}/an-event",
        "source": "urn:pulsetrain:ward-v2:9",
        "type": "alert.raised",
        "subject": "syn-0000003",
        "time": "2026-01-05T06:30:00.125Z",
        "datacontenttype": "application/json",
        "dataschema": "urn:pulsetrain:ward-v2:alert.raised",
        "data": {"caused_by": "an-event", "earlyWarning": 7, "reasons": []},
    }


def test_any_writer_may_choose_its_id_and_source() -> None:
    assert CODEC.decode(record(alert())) == Decision(
        id="my-own-id-1",
        type="alert.raised",
        subject="syn-0000003",
        time=MOMENT,
        caused_by="ward-v2/9/syn-0000003/pulse.felt/4",
        data=Alert(early_warning=7),
    )


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        (alert(type="alert.lowered"), r"alert\.lowered.*`\$\.type`"),
        (alert(type=None), "missing required field `type`"),
        (alert(id=None), "missing required field `id`"),
        (alert(subject=None), "missing required field `subject`"),
        (alert(subject=3), r"Expected `str`, got `int` - at `\$\.subject`"),
        (alert(time=12), r"Expected `datetime`, got `int` - at `\$\.time`"),
        (alert(data=None), "missing required field `data`"),
        (alert(data=[]), r"Expected `object`, got `array` - at `\$\.data`"),
        (alert(data={"earlyWarning": 7}), r"missing required field `caused_by` - at `\$\.data`"),
        (alert(data={"caused_by": "x"}), r"missing required field `earlyWarning` - at `\$\.data`"),
        (alert(data={"caused_by": "x", "earlyWarning": -1}), r"Expected `int` >= 0 - at `\$\.data\.earlyWarning`"),
        (alert(data={"caused_by": "x", "earlyWarning": 7, "reasons": [1]}), r"`\$\.data\.reasons\[0\]`"),
        ("no JSON", "malformed"),
        (alert()[:90], "truncated"),
    ],
)
def test_a_malformed_decision_is_refused_with_the_field_and_the_reason(text: str, reason: str) -> None:
    with pytest.raises(CodecError, match=rf"record 40 of ward\.decisions, partition 1, .*{reason}"):
        CODEC.decode(record(text))


def test_a_decision_without_data_of_its_own_has_its_cause() -> None:
    decision = Decision(type="request.approved", subject="s", time=MOMENT, caused_by="c", data=Approval())
    assert CODEC.decode_any(record(CODEC.encode(decision))) == decision


def test_a_tick_comes_back_as_it_was() -> None:
    tick = ClockTicked(time=MOMENT, partition=5, ends={"ward.pulses": 12, "ward.notes": 0})
    assert CLOCK.decode(record(CLOCK.encode(tick))) == tick


def test_a_tick_is_about_the_clock_of_its_partition() -> None:
    tick = json.loads(CLOCK.encode(ClockTicked(time=MOMENT, partition=5, ends={"ward.pulses": 12})))
    assert partition_of(tick["subject"].encode(), CATALOG.partitions) == 5
    assert (tick["type"], tick["time"]) == ("clock.ticked", "2026-01-05T06:30:00.125Z")
    assert tick["data"] == {"partition": 5, "ends": {"ward.pulses": 12}}


def test_an_answer_to_a_tick_may_stand_among_decisions() -> None:
    answer = ClockReached(time=MOMENT, partition=5)
    assert CODEC.decode_any(record(CLOCK.encode(answer))) == answer
    assert CLOCK.decode(record(CLOCK.encode(answer))) == answer


def test_an_answer_from_plain_python_is_read() -> None:
    answer = alert(type="clock.reached", data={"partition": 3})
    assert CODEC.decode_any(record(answer)) == ClockReached(time=MOMENT, partition=3)


@pytest.mark.parametrize("data", [{}, {"partition": "3"}, {"partition": -1}])
def test_an_answer_that_names_no_partition_is_refused(data: dict[str, object]) -> None:
    with pytest.raises(CodecError, match=r"partition.*`\$\.data|`\$\.data\.partition"):
        CODEC.decode_any(record(alert(type="clock.reached", data=data)))


def test_an_answer_is_no_decision() -> None:
    with pytest.raises(CodecError, match=r"no decision but clock\.reached"):
        CODEC.decode(record(CLOCK.encode(ClockReached(time=MOMENT, partition=5))))


def test_a_tick_is_no_decision() -> None:
    with pytest.raises(CodecError, match=r"clock\.ticked"):
        CODEC.decode_any(record(CLOCK.encode(ClockTicked(time=MOMENT, partition=5, ends={}))))
