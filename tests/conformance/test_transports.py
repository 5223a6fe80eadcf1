"""Memory and files against the one conformance suite, and what each adds to it."""

from __future__ import annotations

import base64
import json
import os
import shutil
import subprocess
import sys
import tracemalloc
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from itertools import count
from pathlib import Path

import numpy as np
import pytest
import zstandard
from hypothesis import given, settings
from hypothesis import strategies as st

from simulator.core.catalog import Topic
from simulator.core.errors import TransportError, UsageError
from simulator.core.records import RecordBatch, record_batch
from simulator.testing.transports import AWKWARD, CHECKS, Opened
from simulator.transports import Transport, open_transport, topic_file
from simulator.transports.envelope import encode_lines
from simulator.transports.file import FileTransport
from simulator.transports.memory import MemoryTransport
from simulator.transports.topic_file import FRAME_RECORDS, read_frame, read_topic_file
from simulator.transports.topics import Span

START = 1_767_571_200_000


@pytest.fixture
def opened(request: pytest.FixtureRequest, tmp_path: Path) -> Opened:
    if request.param == "memory":
        return lambda: open_transport("memory")
    folders = (tmp_path / str(number) for number in count())
    return lambda: open_transport(f"file:{next(folders)}")


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.__name__)
@pytest.mark.parametrize("opened", ["memory", "file"], indirect=True)
def test_a_transport_conforms(check: Callable[[Opened], None], opened: Opened) -> None:
    check(opened)


def batch_of(records: int, *, topic: str = "t", first: int = 0) -> RecordBatch:
    rows = np.arange(first, first + records, dtype=np.int64)
    return RecordBatch(
        topic=topic,
        partitions=np.zeros(records, dtype=np.int64),
        timestamps=START + rows,
        keys=[b"syn-%07d" % (row % 97) for row in rows],
        values=[b'{"row":%d,"value":"%0200d"}' % (row, row) for row in rows],
    )


def written(folder: Path, sizes: list[int]) -> Path:
    """Write batches of these sizes, with a flush after each."""
    transport = FileTransport(folder)
    transport.create_topics([Topic("t", 1)])
    first = 0
    for size in sizes:
        transport.publish(batch_of(size, first=first))
        transport.flush()
        first += size
    transport.close()
    return folder / "t.jsonl.zst"


@pytest.mark.parametrize("opened", ["memory", "file"], indirect=True)
class TestBoth:
    def test_a_busy_topic_does_not_starve_another(self, opened: Opened) -> None:
        with closing(opened()) as transport:
            transport.create_topics([Topic("busy", 1), Topic("quiet", 1)])
            transport.publish(batch_of(1_000, topic="busy"))
            transport.publish(batch_of(1, topic="quiet"))
            transport.flush()
            subscription = transport.subscribe(["busy", "quiet"])
            found = [one.topic for _ in range(3) for one in subscription.poll(maximum=10)]
        assert set(found) == {"busy", "quiet"}

    def test_a_waiting_reader_is_woken_by_another_thread(self, opened: Opened) -> None:
        with closing(opened()) as transport, ThreadPoolExecutor(1) as pool:
            transport.create_topics([Topic("t", 1)])
            subscription = transport.subscribe(["t"])
            found = pool.submit(subscription.poll, timeout_seconds=20.0)
            condition = transport._changed  # type: ignore[attr-defined]
            while not condition._waiters:
                assert not found.done(), "the reader did not wait"
            transport.publish(batch_of(1))
            transport.flush()
            assert len(found.result(timeout=10)) == 1


class TestMemory:
    def test_a_busy_partition_does_not_starve_another(self) -> None:
        transport = MemoryTransport()
        transport.create_topics([Topic("t", 2)])
        transport.publish(batch_of(1_000))
        transport.publish(record_batch("t", [(1, START, b"k", b"quiet")]))
        subscription = transport.subscribe(["t"])
        assert {one.partition for _ in range(3) for one in subscription.poll(maximum=10)} == {0, 1}

    def test_memory_stays_flat_when_all_who_subscribed_have_read(self) -> None:
        transport = MemoryTransport()
        transport.create_topics([Topic("t", 1)])
        subscription = transport.subscribe(["t"])
        tracemalloc.start()
        held = []
        for turn in range(40):
            transport.publish(batch_of(500, first=500 * turn))
            assert len(subscription.poll(maximum=500)) == 500
            held.append(tracemalloc.get_traced_memory()[0])
        tracemalloc.stop()
        assert max(held) < 100_000, "less than one batch of 500 is held after each"

    def test_what_a_slower_reader_has_not_read_is_kept(self) -> None:
        transport = MemoryTransport()
        transport.create_topics([Topic("t", 1)])
        fast, slow = transport.subscribe(["t"]), transport.subscribe(["t"])
        transport.publish(batch_of(10))
        assert len(fast.poll()) == 10
        assert [one.offset for one in slow.poll()] == list(range(10))

    def test_a_reader_that_comes_after_a_release_is_told(self) -> None:
        transport = MemoryTransport()
        transport.create_topics([Topic("t", 1)])
        transport.publish(batch_of(10))
        transport.subscribe(["t"]).poll()
        with pytest.raises(TransportError, match="read and released; subscribe before anybody polls"):
            transport.subscribe(["t"])

    def test_a_topic_with_records_names_the_way_out(self) -> None:
        transport = MemoryTransport()
        transport.create_topics([Topic("t", 1)])
        transport.publish(batch_of(10))
        with pytest.raises(UsageError, match=r"already has 10 records; .*--topic-prefix, or open another transport$"):
            transport.create_topics([Topic("t", 1)])

    def test_a_closed_reader_holds_nothing_back(self) -> None:
        transport = MemoryTransport()
        transport.create_topics([Topic("t", 1)])
        lazy, busy = transport.subscribe(["t"]), transport.subscribe(["t"])
        lazy.close()
        transport.publish(batch_of(10))
        busy.poll()
        with pytest.raises(TransportError, match="released"):
            transport.subscribe(["t"])


class TestFile:
    def test_bytes_depend_on_the_records_alone(self, tmp_path: Path) -> None:
        total = 2 * FRAME_RECORDS + 100
        at_once = written(tmp_path / "a", [total]).read_bytes()
        in_pieces = written(tmp_path / "b", [1, 9, FRAME_RECORDS, 500, 1_000, total - FRAME_RECORDS - 1_510])
        assert in_pieces.read_bytes() == at_once

    @pytest.mark.skipif(shutil.which("zstd") is None, reason="needs the zstd program")
    @pytest.mark.parametrize("sizes", [[], [3], [FRAME_RECORDS], [FRAME_RECORDS, 5]])
    def test_the_zstd_program_reads_it(self, tmp_path: Path, sizes: list[int]) -> None:
        path = written(tmp_path, sizes)
        text = subprocess.run(["zstd", "-dc", str(path)], check=True, capture_output=True).stdout
        assert len(text.splitlines()) == sum(sizes)

    @pytest.mark.parametrize("value", [b"", b"\xff", b'{"a":"\xff"}', b'{"a":\r1}', b"{}\n", b"{", b"{} {}", b"nan"])
    def test_a_value_that_is_not_json_on_one_line_is_base64(self, value: bytes) -> None:
        batch = record_batch("t", [(0, START, b"k", b"{}"), (0, START, b"k", value)])
        ((_, lines),) = encode_lines(batch, Span(0, 0, 2), offset=0)
        last = json.loads(lines.splitlines()[-1])
        assert base64.b64decode(last["value_base64"]) == value

    def test_a_line_is_an_envelope_around_the_value(self, tmp_path: Path) -> None:
        transport = FileTransport(tmp_path)
        transport.create_topics([Topic("t", 8)])
        transport.publish(record_batch("t", [(3, START, b"syn-0000017", b'{"a": 1}'), (3, START, b"k", b"\xff")]))
        transport.flush()
        transport.close()
        text = subprocess.run(["zstd", "-dc", str(tmp_path / "t.jsonl.zst")], check=True, capture_output=True).stdout
        assert text.splitlines() == [
            b'{"partition":3,"offset":0,"timestamp":1767571200000,"key":"syn-0000017","value":{"a": 1}}',
            b'{"partition":3,"offset":1,"timestamp":1767571200000,"key":"k","value_base64":"/w=="}',
        ]

    @pytest.mark.parametrize("share", [0.1, 0.4, 0.6, 0.99])
    def test_a_cut_file_gives_all_before_the_cut_and_then_says_so(self, tmp_path: Path, share: float) -> None:
        path = written(tmp_path, [2 * FRAME_RECORDS + 100])
        whole = [one.value for one in read_topic_file(path)]
        os.truncate(path, int(share * path.stat().st_size))
        found: list[bytes] = []
        records = read_topic_file(path)
        with pytest.raises(TransportError) as raised:
            found.extend(one.value for one in records)
        del records
        assert f"{path} is cut off or damaged after record {len(found):,}" in str(raised.value)
        assert found == whole[: len(found)]
        assert len(found) >= FRAME_RECORDS * int(2 * share + 0.02)

    def test_a_cut_file_is_not_appended_to(self, tmp_path: Path) -> None:
        path = written(tmp_path, [100])
        os.truncate(path, path.stat().st_size - 1)
        transport = FileTransport(tmp_path)
        with pytest.raises(TransportError, match="cut off or damaged after record 100"):
            transport.create_topics([Topic("t", 1)], must_be_empty=False)

    def test_a_file_with_records_is_refused_or_appended_to(self, tmp_path: Path) -> None:
        path = written(tmp_path / "a", [FRAME_RECORDS + 100])
        transport = FileTransport(tmp_path / "a")
        with pytest.raises(UsageError, match=r'"t" .* has 4,196 records; .*--topic-prefix, or name another folder$'):
            transport.create_topics([Topic("t", 1)])
        transport.create_topics([Topic("t", 1)], must_be_empty=False)
        transport.publish(batch_of(50, first=FRAME_RECORDS + 100))
        transport.flush()
        transport.close()
        assert transport.acknowledged == 50
        assert path.read_bytes() == written(tmp_path / "b", [FRAME_RECORDS + 150]).read_bytes()

    def test_a_file_of_full_frames_is_appended_to(self, tmp_path: Path) -> None:
        path = written(tmp_path / "a", [FRAME_RECORDS])
        with closing(FileTransport(tmp_path / "a")) as transport:
            transport.create_topics([Topic("t", 1)], must_be_empty=False)
            transport.publish(batch_of(1, first=FRAME_RECORDS))
            transport.flush()
        assert path.read_bytes() == written(tmp_path / "b", [FRAME_RECORDS + 1]).read_bytes()

    @pytest.mark.parametrize("records", [300, FRAME_RECORDS + 10])
    def test_a_file_that_another_zstd_wrote_is_appended_to(self, tmp_path: Path, records: int) -> None:
        lines = [one for _, one in encode_lines(batch_of(records), Span(0, 0, records), offset=0)]
        path = tmp_path / "t.jsonl.zst"
        path.write_bytes(zstandard.ZstdCompressor(level=-50).compress(b"".join(lines)))
        with closing(FileTransport(tmp_path)) as transport:
            transport.create_topics([Topic("t", 1)], must_be_empty=False)
            transport.publish(batch_of(1, first=records))
            transport.flush()
        assert [one.value for one in read_topic_file(path)] == batch_of(records + 1).values

    def test_a_file_with_more_partitions_is_refused(self, tmp_path: Path) -> None:
        with closing(FileTransport(tmp_path)) as transport:
            transport.create_topics([Topic("t", 3)])
            transport.publish(record_batch("t", [(2, START, b"k", b"{}")]))
            transport.flush()
        with pytest.raises(UsageError, match=r'topic "t" in file:.* has 3 partitions where 2 are needed'):
            FileTransport(tmp_path).create_topics([Topic("t", 2)], must_be_empty=False)

    @pytest.mark.parametrize(
        "line",
        [b"{}", b"text", b'{"partition":0,"offset":0,"timestamp":0,"key":"k","value":{', b'{"key":"k","value":1}'],
    )
    def test_a_line_that_is_not_ours_is_named(self, tmp_path: Path, line: bytes) -> None:
        path = tmp_path / "t.jsonl.zst"
        ((_, lines),) = encode_lines(batch_of(2), Span(0, 0, 2), offset=0)
        path.write_bytes(zstandard.compress(lines + line))
        with pytest.raises(TransportError, match=r"t\.jsonl\.zst is damaged at record 3: .*; record the run again"):
            list(read_topic_file(path))

    def test_a_file_that_did_not_change_is_not_read_again(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        starts: list[int] = []

        def counted(path: Path, start: int) -> topic_file.Frame:
            starts.append(start)
            return read_frame(path, start)

        monkeypatch.setattr(topic_file, "read_frame", counted)
        reader = topic_file.TopicReader(written(tmp_path, [FRAME_RECORDS, 10]))
        while reader.read(FRAME_RECORDS):
            assert len(starts) <= 3
        assert [reader.read(1) for _ in range(5)] == [[]] * 5
        assert len(starts) == len(set(starts)) + 1, "only the short last frame was looked at twice"

    def test_a_full_disk_says_how_many_records_are_safe(self, tmp_path: Path) -> None:
        code = (
            "import resource, sys; from pathlib import Path\n"
            "sys.path.insert(0, sys.argv[1]); import test_transports as t\n"
            "resource.setrlimit(resource.RLIMIT_FSIZE, (150_000, 150_000))\n"
            "t.written(Path(sys.argv[2]), [4096] * 50)"
        )
        here = str(Path(__file__).parent)
        done = subprocess.run([sys.executable, "-c", code, here, str(tmp_path)], capture_output=True, text=True)
        safe = sum(1 for _ in unbroken(tmp_path / "t.jsonl.zst"))
        assert "TransportError" in done.stderr.splitlines()[-1]
        assert f"t.jsonl.zst cannot be written: File too large. {safe - safe % 4096:,} records are in it" in done.stderr

    def test_a_folder_that_cannot_be_made_is_named(self) -> None:
        with pytest.raises(UsageError, match=r"^/dev/null/x is no folder to write in: Not a directory; name one"):
            FileTransport(Path("/dev/null/x")).create_topics([Topic("t", 1)])

    @settings(max_examples=200, deadline=None)
    @given(
        st.lists(
            st.tuples(st.binary(max_size=8), st.binary(max_size=40) | st.sampled_from(AWKWARD).map(lambda r: r[1]))
        )
    )
    def test_any_bytes_come_back(
        self, tmp_path_factory: pytest.TempPathFactory, rows: list[tuple[bytes, bytes]]
    ) -> None:
        folder = tmp_path_factory.mktemp("any")
        transport = FileTransport(folder)
        transport.create_topics([Topic("t", 1)])
        transport.publish(record_batch("t", [(0, START, key, value) for key, value in rows]))
        transport.flush()
        transport.close()
        assert [(one.key, one.value) for one in read_topic_file(folder / "t.jsonl.zst")] == rows

    def test_a_file_that_is_absent_is_named(self, tmp_path: Path) -> None:
        with pytest.raises(UsageError, match=r"there is no recorded topic .*absent"):
            next(read_topic_file(tmp_path / "absent"))


def unbroken(path: Path) -> list[bytes]:
    """Return the values before a cut."""
    found: list[bytes] = []
    try:
        found.extend(one.value for one in read_topic_file(path))
    except TransportError:
        return found
    return found


class TestOpening:
    def test_an_unknown_scheme_names_the_nearest_and_all_forms(self) -> None:
        with pytest.raises(UsageError) as raised:
            open_transport("kafak://x:1")
        assert str(raised.value) == (
            'transport "kafak://x:1" is not known. Did you mean "kafka"? Write memory, file:DIR or kafka://HOST:PORT.'
        )

    @pytest.mark.parametrize(
        ("url", "said"),
        [
            ("file:", '"file:" names no folder; write --transport file:DIR'),
            ("memory:x", '"memory:x" means nothing in memory; write --transport memory alone'),
            ("file:/dev/null", "/dev/null is a file; give --transport file: a folder"),
        ],
    )
    def test_a_url_that_cannot_be_opened_says_why(self, url: str, said: str) -> None:
        with pytest.raises(UsageError) as raised:
            open_transport(url)
        assert str(raised.value) == said

    @pytest.mark.parametrize("url", ["memory", "file:x"])
    def test_kafka_settings_are_not_ignored_elsewhere(self, url: str) -> None:
        with pytest.raises(UsageError, match=r"--kafka-config c\.properties means nothing"):
            open_transport(url, kafka_config=Path("c.properties"))

    def test_memory_does_not_load_the_kafka_client(self) -> None:
        code = (
            "import sys; from simulator.transports import open_transport; open_transport('memory');"
            "sys.exit('confluent_kafka' in sys.modules)"
        )
        assert subprocess.run([sys.executable, "-c", code]).returncode == 0

    def test_a_transport_has_its_url_as_name(self, tmp_path: Path) -> None:
        transports: list[Transport] = [open_transport("memory"), open_transport(f"file:{tmp_path}")]
        assert [one.name for one in transports] == ["memory", f"file:{tmp_path}"]
