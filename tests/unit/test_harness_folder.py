"""The run folder: whole or refused, fed again byte for byte, judged again to the same verdict."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import msgspec
import pytest

import simulator as pt
from simulator.core.errors import TransportError, UsageError
from simulator.harness.pacing import Pacer
from simulator.harness.recording import RecordedFeed, recorded_plan, score_recording
from simulator.harness.result import Progress, Run
from simulator.harness.run import execute
from simulator.harness.store import RunFolder, read_report, read_run

pytestmark = pytest.mark.usefixtures("tiny")
FAULTS = ("late:0.1,mean=30m", "drop:0.02", "corrupt:0.01")
FILES = """
    dead-letters.jsonl decisions.jsonl events faults.jsonl labels.jsonl latencies.jsonl run.json score.json
    """.split()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Give the place of a folder that is not there yet."""
    return tmp_path / "run"


def recorded(folder: Path) -> Run:
    """Return a recorded run, with a prefix and faults."""
    return pt.run("tiny", out=str(folder), topic_prefix="mine.", fault=FAULTS)


def state_of(folder: Path) -> tuple[str, str, int]:
    """Return what run.json says: the state, the reason and the events."""
    told = json.loads((folder / "run.json").read_bytes())
    return told["state"], told.get("reason", ""), told["events"]


def test_a_complete_folder_holds_the_whole_run(folder: Path) -> None:
    run = recorded(folder)
    assert sorted(path.name for path in folder.iterdir()) == FILES
    assert read_report(folder, read_run(folder)) == run.report
    assert read_run(folder).events == run.report.events
    assert read_run(folder).repeat == run.report.repeat


def test_a_folder_fed_again_is_the_same_stream(folder: Path) -> None:
    run = recorded(folder)
    plan = recorded_plan(folder)
    again = execute(plan, RecordedFeed(plan, folder))
    assert again.report.events_sha256 == run.report.events_sha256
    assert again.report.labels_sha256 == run.report.labels_sha256
    assert (again.report.events, again.report.delivery.lost) == (run.report.events, 0)


@pytest.mark.parametrize(("recorded_step", "step"), [("6h", "7m"), ("30m", "6h"), ("1m", "30m")])
def test_a_folder_is_fed_at_any_step(folder: Path, recorded_step: str, step: str) -> None:
    run = pt.run("tiny", out=str(folder), open_loop=True, step=recorded_step)
    plan = recorded_plan(folder, step=step)
    feed = RecordedFeed(plan, folder)
    for until in plan.instants():
        for batch in feed.step(until, ()).batches:
            assert until - plan.step < batch.timestamps.min() <= batch.timestamps.max() <= until
    assert pt.run("tiny", open_loop=True).report.events_sha256 == run.report.events_sha256
    assert execute(plan, RecordedFeed(plan, folder)).report.events_sha256 == run.report.events_sha256


def test_a_folder_is_judged_to_the_same_verdict(folder: Path) -> None:
    run = recorded(folder)
    again = score_recording(folder)
    assert (again.verdict, again.score, again.report.reasons) == (run.verdict, run.score, run.report.reasons)
    assert again.report.decisions_sha256 == run.report.decisions_sha256
    assert again.report.events_sha256 == run.report.events_sha256
    assert (again.report.delivery, again.report.latency_ms) == (run.report.delivery, run.report.latency_ms)


def test_a_folder_is_judged_by_further_conditions(folder: Path) -> None:
    recorded(folder)
    assert score_recording(folder, require=["alarms_per_subject<=0.1"]).verdict == "fail"
    assert score_recording(folder, require=["ppv>=2"]).verdict == "fail"


def test_a_folder_is_judged_by_its_own_conditions_too(folder: Path) -> None:
    pt.run("tiny", out=str(folder), require=("alarms_per_subject<=0.1",))
    assert score_recording(folder, require=["ppv>=0.5"]).verdict == "fail"
    assert score_recording(folder, require=["alarms_per_subject<=9"]).verdict == "pass"
    assert recorded_plan(folder, require=["ppv>=0"]).spec.require == ("alarms_per_subject<=0.1", "ppv>=0")


def test_somebody_elses_decisions_are_judged_and_their_errors_counted(folder: Path, tmp_path: Path) -> None:
    run = recorded(folder)
    lines = (folder / "decisions.jsonl").read_text().splitlines()
    made_up = lines[1].replace("temperature.measured/", "temperature.measured/99")
    theirs = tmp_path / "theirs.jsonl"
    theirs.write_text("\n".join([lines[0], lines[0], made_up.replace('"id":"', '"id":"x'), "{}", ""]))
    again = score_recording(folder, decisions=theirs)
    assert (again.report.decisions, again.report.dead_letters, again.report.phantom_decisions) == (2, 1, 1)
    assert again.report.repeated_decisions == 1
    assert "1 decisions name a cause that was never published, or another subject's" in again.report.reasons
    assert again.report.labels_sha256 == run.report.labels_sha256


def test_an_interrupted_folder_says_so_and_is_not_judged(folder: Path) -> None:
    def interrupt(progress: Progress) -> None:
        if progress.events > 200:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        pt.run("tiny", out=str(folder), on_progress=interrupt)
    state, reason, events = state_of(folder)
    assert (state, reason) == ("interrupted", "Ctrl-C")
    assert events > 200
    with pytest.raises(
        UsageError, match=r"is interrupted \(Ctrl-C\): its run came to .* Repeat it: pulsetrain run tiny"
    ):
        score_recording(folder)


def test_a_failed_folder_says_why_and_how_far_it_came(folder: Path) -> None:
    def fail(progress: Progress) -> None:
        raise TransportError("the broker is gone")

    with pytest.raises(TransportError):
        pt.run("tiny", out=str(folder), on_progress=fail)
    assert state_of(folder)[:2] == ("failed", "the broker is gone")
    assert json.loads((folder / "run.json").read_bytes())["reached"] == "2026-01-05T00:30:00.000Z"


def test_what_was_recorded_before_an_interruption_is_in_the_files(folder: Path) -> None:
    def interrupt(progress: Progress) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        pt.run("tiny", out=str(folder), on_progress=interrupt)
    assert (folder / "events" / "tiny.vitals.jsonl.zst").stat().st_size > 500


def test_a_folder_that_was_killed_is_not_judged(folder: Path) -> None:
    recorded(folder)
    run = read_run(folder)
    killed = msgspec.structs.replace(run, state="running")
    (folder / "run.json").write_bytes(msgspec.json.encode(killed))
    with pytest.raises(UsageError, match=r"is running: its run came to"):
        score_recording(folder)


def test_a_folder_that_exists_is_not_written_over(folder: Path) -> None:
    folder.mkdir()
    with pytest.raises(UsageError, match=r'--out ".*run" exists. Name a folder that does not, or remove it.'):
        pt.run("tiny", out=str(folder))
    assert list(folder.iterdir()) == []


def test_a_folder_that_cannot_be_made_is_refused(folder: Path) -> None:
    folder.write_text("a file")
    with pytest.raises(UsageError, match=r'--out ".*below" cannot be made: Not a directory.'):
        pt.run("tiny", out=str(folder / "below"))


def test_a_run_that_cannot_begin_leaves_no_folder(folder: Path) -> None:
    with pytest.raises(UsageError, match='transport "carrier-pigeon" is not known'):
        pt.run("tiny", out=str(folder), transport="carrier-pigeon")
    assert not folder.exists()


def test_a_full_disk_fails_the_run_and_marks_the_folder(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def is_full(self: RunFolder, name: str, content: bytes) -> None:
        if name == "labels.jsonl":
            raise TransportError(f'"{name}" cannot be written: No space left on device.')
        write(self, name, content)

    write = RunFolder._write
    monkeypatch.setattr(RunFolder, "_write", is_full)
    with pytest.raises(TransportError, match="No space left on device"):
        pt.run("tiny", out=str(folder))
    assert state_of(folder)[0] == "failed"


def test_a_disk_that_refuses_even_the_mark_does_not_hide_why_the_run_ended(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupt(progress: Progress) -> None:
        monkeypatch.setattr(Path, "write_bytes", refuse)
        raise KeyboardInterrupt

    def refuse(path: Path, content: bytes) -> int:
        raise OSError(28, "No space left on device")

    with pytest.raises(KeyboardInterrupt):
        pt.run("tiny", out=str(folder), on_progress=interrupt)
    assert state_of(folder)[0] == "running"


def test_a_folder_without_run_json_is_none(tmp_path: Path) -> None:
    with pytest.raises(
        UsageError, match=r"is no run folder: it has no run.json. Make one with `pulsetrain run --out`."
    ):
        read_run(tmp_path)


@pytest.mark.parametrize(
    ("name", "content", "text"),
    [
        ("run.json", b"{", r"run.json\" is not readable"),
        ("score.json", b"[]", r"score.json\" is not readable: .* Repeat the run."),
        ("labels.jsonl", b'{"subject": 1}\n', r"labels.jsonl, line 1: Expected `str`"),
        ("labels.jsonl", b'{"subject":"a","kind":"b","at":"","known_at":"","data":{}}\n', r'line 1: unknown kind "b"'),
        (
            "labels.jsonl",
            b'{"subject":"a","kind":"fever.began","at":"today","known_at":"","data":{"celsius":1}}\n',
            r"labels.jsonl, line 1: .*today",
        ),
        ("faults.jsonl", b"\nnonsense\n", r"faults.jsonl, line 2"),
        ("latencies.jsonl", b'"slow"\n', r"latencies.jsonl, line 1: Expected `float`"),
    ],
)
def test_a_damaged_file_is_refused_by_name_and_line(folder: Path, name: str, content: bytes, text: str) -> None:
    recorded(folder)
    (folder / name).write_bytes(content)
    with pytest.raises(UsageError, match=text):
        score_recording(folder)


def test_a_missing_file_is_refused_by_name(folder: Path) -> None:
    recorded(folder)
    (folder / "labels.jsonl").unlink()
    with pytest.raises(UsageError, match=r'labels.jsonl" cannot be read: No such file or directory.'):
        score_recording(folder)


def test_a_topic_that_was_cut_off_is_refused(folder: Path) -> None:
    recorded(folder)
    topic = folder / "events" / "tiny.vitals.jsonl.zst"
    topic.write_bytes(topic.read_bytes()[:-100])
    with pytest.raises(UsageError, match=r"tiny.vitals.jsonl.zst is cut off or damaged .* Repeat the run: pulsetrain"):
        score_recording(folder)


@pytest.mark.parametrize("what", ["decisions", "labels", "faults", "dead letters"])
def test_a_file_cut_at_the_end_of_a_line_is_not_judged(folder: Path, what: str) -> None:
    run, name = recorded(folder), f"{what.replace(' ', '-')}.jsonl"
    lines = (folder / name).read_bytes().splitlines(keepends=True)
    (folder / name).write_bytes(b"".join(lines[:-1]))
    text = f'{name}" does not hold what score.json says: {len(lines) - 1} of {len(lines)} {what}; it was cut off'
    with pytest.raises(UsageError, match=f"{text} or changed. Repeat the run: {run.report.repeat[:40]}"):
        score_recording(folder)


def test_recorded_events_of_another_run_are_refused(folder: Path, tmp_path: Path) -> None:
    recorded(folder)
    pt.run("tiny", out=str(tmp_path / "other"), duration="1h")
    (tmp_path / "other" / "events" / "tiny.vitals.jsonl.zst").replace(folder / "events" / "tiny.vitals.jsonl.zst")
    plan = recorded_plan(folder)
    with pytest.raises(UsageError, match=r'events" does not hold what score.json says'):
        execute(plan, RecordedFeed(plan, folder))


def test_somebody_elses_decisions_need_not_be_the_runs_but_must_be_of_its_time(folder: Path, tmp_path: Path) -> None:
    recorded(folder)
    first, second = (folder / "decisions.jsonl").read_text().splitlines()[:2]
    told = json.loads(second)
    theirs = tmp_path / "theirs.jsonl"
    theirs.write_text(f"{first}\n{json.dumps(told | {'time': '2036-01-01T00:00:00.000Z'})}\n")
    report = score_recording(folder, decisions=theirs).report
    assert (report.decisions, report.postdated_decisions) == (1, 1)


def test_a_folder_remembers_decisions_that_were_refused(folder: Path) -> None:
    recorded(folder)
    counts = {"backdated_decisions": 2, "postdated_decisions": 3, "phantom_decisions": 4, "repeated_decisions": 5}
    report = msgspec.structs.replace(read_report(folder, read_run(folder)), **counts)
    (folder / "score.json").write_bytes(msgspec.json.encode(report))
    again = score_recording(folder)
    assert {name: getattr(again.report, name) for name in counts} == counts
    assert again.verdict == "fail"


def test_a_folder_remembers_what_hindered_its_run(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Pacer, "hindrances", lambda self: ["the run fell behind"])
    run = recorded(folder)
    again = score_recording(folder)
    assert (run.verdict, run.report.reasons) == ("inconclusive", ("the run fell behind",))
    assert (again.verdict, again.report.reasons) == (run.verdict, run.report.reasons)


def test_a_folder_remembers_its_dead_letters(folder: Path) -> None:
    run = recorded(folder)
    again = score_recording(folder)
    assert again.history.dead_letters == run.history.dead_letters
    assert again.report.dead_letters == len(run.history.dead_letters) > 0


def test_run_json_says_what_was_run_whatever_the_defaults_become(folder: Path) -> None:
    pt.run("tiny", out=str(folder))
    spec = json.loads((folder / "run.json").read_bytes())["spec"]
    size = {"subjects": 20, "duration": "8h", "start": "2026-01-05T00:00:00.000Z", "seed": 42}
    assert spec == {"scenario": "tiny-v1", **size}


@pytest.mark.parametrize("other", [{"scenario": "other-v1"}, {"seed": 7}])
def test_the_score_of_another_run_is_refused(folder: Path, other: dict[str, Any]) -> None:
    recorded(folder)
    report = msgspec.structs.replace(read_report(folder, read_run(folder)), **other)
    (folder / "score.json").write_bytes(msgspec.json.encode(report))
    told = r"is of (other-v1 with seed 42|tiny-v1 with seed 7), but run.json of tiny-v1 with seed 42\. Repeat the run: "
    with pytest.raises(UsageError, match=told):
        score_recording(folder)
    with pytest.raises(UsageError, match=told):
        RecordedFeed(recorded_plan(folder), folder)


def test_a_ledger_that_was_changed_is_not_judged(folder: Path) -> None:
    recorded(folder)
    ledger = (folder / "faults.jsonl").read_text()
    (folder / "faults.jsonl").write_text(ledger.replace('"late"', '"drop"', 1))
    with pytest.raises(UsageError, match=r'faults.jsonl" does not hold what score.json says'):
        score_recording(folder)
