"""Conformance of a scenario: what every scenario promises, checked from outside.

Call `check_scenario("hello-v1")` in a test of your own package. Each check raises
AssertionError with what does not hold.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import get_type_hints

import msgspec
import numpy as np

from simulator.core.decisions import Decision
from simulator.core.digest import digest_of_partitions
from simulator.core.draws import Draws
from simulator.core.events import Event
from simulator.core.scenario import Scenario
from simulator.harness.feed import WorldFeed
from simulator.harness.library import judge_history
from simulator.harness.plan import Plan, make_plan, requirements_of
from simulator.harness.registry import load_scenario
from simulator.harness.run import run
from simulator.harness.spec import RunSpec
from simulator.harness.streaming import stream_events
from simulator.testing.consumers import check_consumer
from simulator.testing.imports import import_chain

# What a consumer may not know: of the library, and of the scenario beside its world and its scoring.
ANSWER_KEY = ("simulator.core.draws", "simulator.core.labels", "simulator.generators", "simulator.scoring")
OWN_ANSWER_KEY = ("world", "scoring", "labels")
LOTS = (0.003, 0.03, 0.3)  # our choice: seldom, sometimes, often


def check_scenario(name: str, *, subjects: int = 30, duration: str = "36h", seed: int = 11) -> None:
    """Check everything that a scenario promises, at a small size."""
    scenario = load_scenario(name)
    spec = RunSpec(scenario=name, subjects=subjects, duration=duration, seed=seed)
    check_every_parameter_is_documented(scenario)
    check_consumers_read_no_answer_key(scenario)
    check_every_metric_is_scored(spec)
    check_step_length_does_not_show(spec)
    check_shards_do_not_show(spec)
    check_other_subjects_do_not_show(spec)
    check_decisions_change_nothing_in_open_loop(spec)
    check_silence_never_passes(spec)
    check_ignorance_never_passes(spec)
    check_reference_consumer(spec)


def check_every_parameter_is_documented(scenario: Scenario) -> None:
    """Check that each parameter has a default, a description, a unit and a source."""
    hints = get_type_hints(scenario.parameters, include_extras=True)
    for field in msgspec.structs.fields(scenario.parameters):
        assert field.default is not msgspec.NODEFAULT, f"{scenario.id}: parameter {field.name} has no default"
        metas = [meta for meta in getattr(hints[field.name], "__metadata__", ()) if isinstance(meta, msgspec.Meta)]
        assert any(meta.description for meta in metas), f"{scenario.id}: parameter {field.name} has no description"
        extra = {key: value for meta in metas for key, value in (meta.extra or {}).items()}
        missing = [key for key in ("unit", "source") if not extra.get(key)]
        assert not missing, f"{scenario.id}: parameter {field.name} has no {missing[0]}"


def check_consumers_read_no_answer_key(scenario: Scenario) -> None:
    """Check that no consumer comes by its imports to the world, labels or scoring.

    Looked at are the modules that the consumer and its stages are made in, and all that these
    import of the scenario's package and of the library. Nor may they import chance itself.
    """
    package = scenario.make_world.__module__.rpartition(".")[0]
    own = [scenario.make_world.__module__, scenario.score.__module__, *(f"{package}.{one}" for one in OWN_ANSWER_KEY)]
    for name, make in scenario.consumers.items():
        for start in {make.__module__, *(type(stage).__module__ for stage in make().stages)}:
            way = import_chain(start, [*own, *ANSWER_KEY], within=(start.partition(".")[0], "simulator"))
            assert not way, (
                f'{scenario.id}: consumer "{name}" can read the answer key: {" imports ".join(way)}. '
                "Make it and its stages in a module that knows the events alone."
            )


def check_every_metric_is_scored(spec: RunSpec) -> None:
    """Check that the score has the metrics' names, all of them and no other."""
    scenario = load_scenario(spec.scenario)
    scored, declared = set(run(spec).score), {metric.name for metric in scenario.metrics}
    assert scored == declared, f"{scenario.id}: score and metrics differ in {sorted(scored ^ declared)}"


def check_step_length_does_not_show(spec: RunSpec) -> None:
    """Check that three step lengths give the same, in closed loop."""
    reaction = load_scenario(spec.scenario).reaction_time
    lengths = [f"{max(1, reaction // parts)}ms" for parts in (1, 2, 5)]
    seen = {_fingerprint(msgspec.structs.replace(spec, step=length)) for length in lengths}
    assert len(seen) == 1, f"{spec.scenario}: the step length shows: {seen}"


def check_shards_do_not_show(spec: RunSpec) -> None:
    """Check that events are the same whether one, two or eight shards make them."""
    plan = make_plan(msgspec.structs.replace(spec, consumer="none"))
    seen = {_sharded_sha256(plan, shards) for shards in (1, 2, 8)}
    assert len(seen) == 1, f"{spec.scenario}: the number of workers shows"


def check_other_subjects_do_not_show(spec: RunSpec) -> None:
    """Check that a subject's events do not depend on how many others there are."""
    scenario = load_scenario(spec.scenario)
    if not scenario.independent_subjects:
        return
    few, many = _events(spec), _events(msgspec.structs.replace(spec, subjects=3 * (spec.subjects or 1)))
    known = {event.subject for event in few}
    assert [event for event in many if event.subject in known] == few, f"{scenario.id}: other subjects show"


def check_decisions_change_nothing_in_open_loop(spec: RunSpec) -> None:
    """Check that an open-loop stream is the same whoever decides."""
    seen = {
        run(msgspec.structs.replace(spec, consumer=consumer, open_loop=True)).report.events_sha256
        for consumer in ("reference", "none")
    }
    assert len(seen) == 1, f"{spec.scenario}: decisions change an open-loop stream"


def check_silence_never_passes(spec: RunSpec) -> None:
    """Check that a consumer that decides nothing gets no pass, whatever is required."""
    verdict = run(msgspec.structs.replace(spec, consumer="none")).verdict
    assert verdict == "inconclusive", f"{spec.scenario}: nobody decided and the verdict is {verdict}"


def check_ignorance_never_passes(spec: RunSpec) -> None:
    """Check that deciding at every event, or at events drawn by lot, gets no pass.

    What is decided is what the reference decides, said about other events.
    """
    scenario, watched = load_scenario(spec.scenario), run(msgspec.structs.replace(spec, open_loop=True))
    examples = list({decision.type: decision for decision in watched.decisions}.values())
    assert examples, f"{spec.scenario}: the reference decides nothing at this size; give more subjects"
    events, history = _events(spec), watched.history
    lots = Draws(spec.seed or 0).uniform("lot", np.arange(len(events), dtype=np.int64))
    for share in (1.0, min(1.0, len(watched.decisions) / len(events)), *LOTS):
        chosen = [event for event, lot in zip(events, lots.tolist(), strict=True) if lot < share]
        decisions = [_about(event, example) for event in chosen for example in examples]
        judged = judge_history(scenario, replace(history, decisions=decisions), requirements_of(scenario))
        assert judged.verdict != "pass", f"{spec.scenario}: decisions at {share:.2%} of all events, drawn by lot, pass"


def check_reference_consumer(spec: RunSpec) -> None:
    """Check the reference consumer over a real stream of its scenario."""
    scenario = load_scenario(spec.scenario)
    events: Sequence[Event] = _events(spec)
    consumer = scenario.consumers["reference"]()
    families = {event_type.name: event_type.family for event_type in scenario.catalog.event_types}
    check_consumer(consumer, [event for event in events if families[event.type] in consumer.families])


def _about(event: Event, example: Decision) -> Decision:
    return msgspec.structs.replace(example, id="", subject=event.subject, time=event.published_at, caused_by=event.id)


def _events(spec: RunSpec) -> list[Event]:
    return list(stream_events(spec))


def _fingerprint(spec: RunSpec) -> tuple[str, str, str]:
    report = run(spec).report
    return report.events_sha256, report.labels_sha256, report.decisions_sha256


def _sharded_sha256(plan: Plan, shards: int) -> str:
    digests: dict[int, str] = {}
    for shard in range(shards):
        feed = WorldFeed(plan, shard=shard, shards=shards)
        for until in plan.instants():
            feed.step(until, ())
        digests |= feed.digests()
    return digest_of_partitions(digests)
