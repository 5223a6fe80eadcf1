"""What is generated for a load is the run's own stream, cohort after cohort, and what must follow from it."""

from __future__ import annotations

from functools import cache
from itertools import pairwise, takewhile

import pytest

from loadtests.expectations import ReferenceExpected, echo_id
from loadtests.generator import Generator, GeneratorSpec
from loadtests.spec import LoadSpec, plan_of
from loadtests.stretches import Columns, Stretch
from scenarios.sepsis.consumer import news2
from simulator.codecs.decisions import ClockCodec
from simulator.consumers import ChainRunner
from simulator.core.clock import ClockTicked
from simulator.core.draws import Draws
from simulator.core.errors import CodecError, ScenarioError
from simulator.core.partitioning import clock_keys
from simulator.core.records import Record, RecordBatch
from simulator.core.time import SimTime
from simulator.faults import FaultInjector
from simulator.harness.files import label_lines
from simulator.harness.library import run
from simulator.harness.run import make_feed
from tests.loadtest.unit.small_loads import SIZE, Log, endless, expected_ids, generated, log_of, records_of, small_load

LOAD = small_load()
REORDER = ("reorder:0.2,within=2h",)
FAULTS = ("duplicate:0.05", "drop:0.05", "corrupt:0.05")


@cache
def cohorts(number: int = 1, *, fault: tuple[str, ...] = ()) -> list[Stretch]:
    """Return the stretches of the first cohorts of the small load."""
    return generated(small_load(fault=fault), cohorts=number)


def log_of_feed(load: LoadSpec, steps: list[int]) -> Log:
    """Return what a run in these steps sends in open loop, faults and all, but for what is held back at its end."""
    plan = plan_of(load)
    seed = plan.size.seed
    faults = FaultInjector(plan.faults, catalog=plan.scenario.catalog, draws=Draws(seed), codec=plan.codec(), seed=seed)
    feed, found = make_feed(plan), list[Record]()
    for until in map(SimTime, steps):
        batches, _ = faults.apply(list(feed.step(until, ()).batches), until)
        found += [record for batch in batches for record in records(batch)]
    return log_of(found)


def records(batch: RecordBatch) -> list[Record]:
    """Return a batch's records, offsets aside."""
    columns = (batch.partitions.tolist(), batch.timestamps.tolist(), batch.keys, batch.values)
    return [Record(batch.topic, partition, 0, *rest) for partition, *rest in zip(*columns, strict=True)]


@pytest.mark.parametrize("fault", [(), FAULTS, ("late:0.2,mean=2h",)], ids=str)
def test_the_first_cohort_is_byte_for_byte_what_a_run_sends(fault: tuple[str, ...]) -> None:
    load = small_load(fault=fault)
    assert log_of(records_of(cohorts(fault=fault), load)) == log_of_feed(load, [plan_of(load).size.end])


def test_what_was_overtaken_stays_behind_what_overtook_it() -> None:
    load = small_load(fault=REORDER)
    # What overtakes what in a partition depends on the steps of a run.
    steps = [one.until for one in cohorts(fault=REORDER)]
    found = log_of(records_of(cohorts(fault=REORDER), load))
    assert found == log_of_feed(load, steps)
    assert any(one != sorted(one) for one in ([at for at, _ in rows] for rows in found.values()))


@pytest.mark.timeout(60)
@pytest.mark.parametrize("rate", [1.0, 100_000.0])
def test_how_much_is_generated_at_a_time_does_not_show(rate: float) -> None:
    found = generated(small_load(rate=rate))
    assert log_of(records_of(found, LOAD)) == log_of(records_of(cohorts(), LOAD))
    assert expected_ids(found) == expected_ids(cohorts())
    assert sorted(labels(found)) == sorted(labels(cohorts()))


def test_stretches_are_as_long_as_they_should_be() -> None:
    # At a thousand a second fifty are wanted; the first two follow from nothing that is known yet.
    lengths = [len(one.ends) // 8 for one in cohorts()][2:]
    assert 25 < sum(lengths) / len(lengths) < 75


def test_records_of_a_stretch_are_in_order_of_time_and_not_from_after_its_end() -> None:
    ends = [int(SIMULATION_START), *(one.until for one in cohorts())]
    for (after, until), stretch in zip(pairwise(ends), cohorts(), strict=True):
        stamps = Columns.of(stretch).timestamps.tolist()
        assert stamps == sorted(stamps)
        assert all(after < one <= until for one in stamps)


SIMULATION_START = plan_of(LOAD).size.start


def test_only_the_last_stretch_of_a_cohort_says_so_and_ends_where_the_cohort_ends() -> None:
    plan = plan_of(LOAD)
    lasts = [(one.cohort, one.until) for one in cohorts(2) if one.is_last_of_cohort]
    assert lasts == [(0, plan.size.end), (1, plan.size.end + plan.size.duration)]


def test_the_clock_says_the_offset_that_comes_next_in_each_topic() -> None:
    catalog = plan_of(LOAD).scenario.catalog
    codec, topics = ClockCodec(catalog, seed=SIZE["seed"]), [topic.name for topic in catalog.event_topics()]
    ends = {(topic, one): 5 for topic in topics for one in range(catalog.partitions)}
    for stretch in generated(LOAD, end=5):
        for record in records_of([stretch], LOAD):
            ends[record.topic, record.partition] += 1
        found = [codec.decode(Record("clock", one.partition, 0, 0, one.key, one.value)) for one in stretch.ticks]
        assert found == [
            ClockTicked(time=SimTime(stretch.until), partition=one, ends={topic: ends[topic, one] for topic in topics})
            for one in range(catalog.partitions)
        ]


def test_each_tick_has_the_key_of_its_partition() -> None:
    catalog = plan_of(LOAD).scenario.catalog
    keys = clock_keys(catalog)
    found = {(one.partition, one.key) for stretch in cohorts() for one in stretch.ticks}
    assert found == {(one, keys[one]) for one in range(catalog.partitions)}


def test_two_shards_together_are_the_whole() -> None:
    shards = [generated(LOAD, shard=shard, shards=2) for shard in (0, 1)]
    parts = [log_of(records_of(one, LOAD)) for one in shards]
    assert {**parts[0], **parts[1]} == log_of(records_of(cohorts(), LOAD))
    assert parts[0].keys() & parts[1].keys() == set()
    assert sorted(expected_ids(shards[0]) + expected_ids(shards[1])) == sorted(expected_ids(cohorts()))
    assert sorted(line for one in shards for stretch in one for line in stretch.labels) == sorted(labels(cohorts()))


def test_a_shard_ticks_on_its_own_partitions_alone() -> None:
    found = {one.partition % 2 for stretch in generated(LOAD, shard=1, shards=2) for one in stretch.ticks}
    assert found == {1}


def labels(stretches: list[Stretch]) -> list[bytes]:
    """Return the lines of all labels."""
    return [line for stretch in stretches for line in stretch.labels]


def test_labels_are_those_of_the_run() -> None:
    assert sorted(labels(cohorts())) == sorted(label_lines(run("sepsis", open_loop=True, **SIZE).history.labels))


def test_labels_come_even_where_no_event_does() -> None:
    found = generated(small_load(duration="48h", fault=("drop:1",)))
    assert sum(len(one.ends) for one in found) == 0
    assert sorted(labels(found)) == sorted(labels(generated(small_load(duration="48h"))))


def test_a_second_cohort_has_other_subjects_at_a_later_time() -> None:
    end = plan_of(LOAD).size.end
    first, second = ([one for one in cohorts(2) if one.cohort == number] for number in (0, 1))
    found = [
        {subject // SIZE["subjects"] for stretch in part for subject in Columns.of(stretch).subjects.tolist()}
        for part in (first, second)
    ]
    stamps = [one for stretch in second for one in Columns.of(stretch).timestamps.tolist()]
    assert (found, min(stamps) > end, len(second) > 1) == ([{0}, {1}], True, True)


def test_a_load_that_begins_with_a_later_cohort_sends_what_the_earlier_load_would_have() -> None:
    later = generated(LOAD, cohort=1)
    earlier = [one for one in cohorts(2) if one.cohort == 1]
    values = [b"".join(one.values for one in stretches) for stretches in (later, earlier)]
    assert values[0] == values[1]
    assert expected_ids(later) == expected_ids(earlier)


def test_where_no_subjects_are_left_it_says_so() -> None:
    load = LoadSpec(scenario="sepsis", subjects=10, duration="1h", consumer="external")
    last = plan_of(load).scenario.maximum_subjects // 10
    with pytest.raises(ScenarioError, match="all of them have been sent"):
        next(endless(load, cohort=last))


@pytest.mark.parametrize("fault", [(), FAULTS[:1], FAULTS[1:2], FAULTS[2:], FAULTS], ids=str)
def test_the_decisions_that_must_follow_are_those_of_the_run(fault: tuple[str, ...]) -> None:
    decided = run("sepsis", open_loop=True, fault=fault, **SIZE).history.decisions
    found = expected_ids(cohorts(fault=fault))
    assert sorted(found) == sorted(one.id for one in decided)
    assert len(found) > 5


def test_a_decision_follows_from_a_row_of_its_own_subject() -> None:
    catalog = plan_of(LOAD).scenario.catalog
    for stretch in cohorts():
        subjects = Columns.of(stretch).subjects.tolist()
        found = [(one.value, subjects[one.row]) for one in stretch.expected if one.row < len(subjects)]
        assert all(catalog.subject_name(subject).encode() in value for value, subject in found)


def test_the_decisions_of_a_stretch_are_in_the_order_of_their_rows() -> None:
    rows = [[one.row for one in stretch.expected] for stretch in cohorts()]
    assert rows == [sorted(one) for one in rows]


def test_the_states_of_old_cohorts_are_let_go() -> None:
    load = LoadSpec(scenario="sepsis", subjects=3, duration="1h")
    catalog = plan_of(load).scenario.catalog
    ends = [[0] * catalog.partitions for _ in catalog.event_topics()]
    generator = Generator(GeneratorSpec(load=load, shard=0, shards=1, cohort=0, ends=ends, pipe=-1))
    list(takewhile(lambda one: one.cohort < 5, generator.stretches()))
    expectation = generator._expectation
    assert isinstance(expectation, ReferenceExpected)
    assert list(expectation._runners) == [4, 5]


def test_faults_are_counted() -> None:
    assert sum(one.faults for one in cohorts()) == 0
    assert sum(one.faults for one in cohorts(fault=FAULTS)) > 50


def decided_by_one_that_reads_on(load: LoadSpec, stretches: list[Stretch]) -> list[str]:
    """Return what a consumer decides that keeps its state over all cohorts, as a real one does."""
    plan = plan_of(load)
    assert plan.consumer is not None
    runner, codec, found = ChainRunner(plan.consumer), plan.codec(), list[str]()
    families = {plan.scenario.catalog.topic(family) for family in plan.consumer.families}
    for stretch in stretches:
        for record in records_of([stretch], load):
            if record.topic in families:
                try:
                    event = codec.decode(record)
                except CodecError:
                    continue
                found += [one.id for one in runner.on_event(event)]
        found += [one.id for one in runner.on_tick(SimTime(stretch.until))]
    return found


@pytest.mark.parametrize("fault", [(), FAULTS, ("late:0.2,mean=2h",)], ids=str)
def test_cohort_after_cohort_what_must_follow_is_what_a_consumer_of_all_of_them_decides(fault: tuple[str, ...]) -> None:
    load, stretches = small_load(fault=fault), cohorts(3, fault=fault)
    found, decided = expected_ids(stretches), decided_by_one_that_reads_on(load, stretches)
    assert sorted(set(decided)) == sorted(set(found))


@pytest.mark.parametrize("fault", [(), FAULTS], ids=["without faults", "with faults"])
def test_an_echo_answers_every_so_many_records_of_a_partition(fault: tuple[str, ...]) -> None:
    load = small_load(consumer="echo", every=7, fault=fault)
    stretches = generated(load)
    places = [(one.topic, one.partition, one.offset) for one in records_of(stretches, load)]
    assert expected_ids(stretches) == [echo_id(*place) for place in places if place[2] % 7 == 0]


def test_of_a_consumer_that_is_not_ours_nothing_is_expected() -> None:
    assert expected_ids(generated(small_load(consumer="external"))) == []


def test_topics_are_named_with_their_prefix() -> None:
    load = small_load(topic_prefix="mine.")
    found = records_of(generated(load), load)
    assert {one.topic.partition(".")[0] for one in found} == {"mine"}
    assert len(expected_ids(generated(load))) == len(expected_ids(cohorts()))


def test_a_decision_that_a_reminder_brings_where_nothing_happens_is_expected_too() -> None:
    load = small_load(subjects=100, duration="24h", rate=200.0)
    stretches = generated(load, cohorts=6)
    codec, runner = plan_of(load).codec(), ChainRunner(news2())
    vitals = [record for record in records_of(stretches, load) if record.topic == "sepsis.vitals"]
    decisions = [one.id for record in vitals for one in runner.on_event(codec.decode(record))]
    decisions += [one.id for one in runner.on_tick(SimTime(stretches[-1].until))]
    assert any(one.expected and not one.ends for one in stretches)
    assert {one.id for stretch in stretches for one in stretch.expected} == set(decisions)
