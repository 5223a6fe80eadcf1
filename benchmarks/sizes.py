"""How much is measured: the sizes of the figures that are published, and toys for the tests."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Sizes:
    """Cohorts, durations and numbers of goes; our choice, so that all of it takes some five minutes.

    `cohorts` are the small and the large one; `small_goes` of the small one come before each go of
    the large one, and after it. `days` are the short and the long run.
    """

    goes: int = 3
    stage_subjects: int = 2_000
    cohorts: tuple[int, int] = (1_000, 100_000)
    small_goes: int = 10
    cohort_duration: str = "4h"
    worker_subjects: int = 4_000
    memory_subjects: int = 1_000
    days: tuple[str, str] = ("1d", "30d")
    consumed_subjects: int = 500
    published_subjects: int = 1_000
    kafka_goes: int = 5
    quix_subjects: int = 300
    duration: str = "72h"
    echo_rate: float = 100_000.0
    load_duration: str = "30s"


FULL = Sizes()
TOY = Sizes(
    goes=1,
    stage_subjects=5,
    cohorts=(5, 10),
    small_goes=1,
    worker_subjects=5,
    memory_subjects=5,
    days=("2h", "4h"),
    consumed_subjects=5,
    published_subjects=5,
    kafka_goes=1,
    quix_subjects=3,
    duration="6h",
    echo_rate=500.0,
    load_duration="2s",
)
