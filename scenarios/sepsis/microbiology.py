"""Blood cultures: what grows, how soon, and what is reported when."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from scenarios.sepsis.course import HOUR_MS, Course, ms
from scenarios.sepsis.events import CULTURE_RESULTED
from scenarios.sepsis.laboratory import SLOTS, Laboratory, Orders, Specimens, specimen_times
from scenarios.sepsis.ordering import CULTURE
from simulator.core.arrays import IntArray
from simulator.core.draws import Draws
from simulator.core.events import Block, Coded, Instants


@dataclass(frozen=True, slots=True)
class Organism:
    """What grows: SNOMED CT code, name, Gram stain, weight, median hours to it."""

    code: str
    name: str
    gram_stain: str
    weight: float
    growth_hours: float


# Frequencies: Ohnuma 2023 and PMC7760988, rounded. Hours to growth: those that with GROWTH_SIGMA
# give the shares found by day 1 in PMC1153721: 91, 75, 95, 83, 87 and 99 %.
PATHOGENS = (
    Organism("112283007", "Escherichia coli", "gram-negative rods", 35.0, 14.0),
    Organism("3092008", "Staphylococcus aureus", "gram-positive cocci in clusters", 27.0, 18.3),
    Organism("56415008", "Klebsiella pneumoniae", "gram-negative rods", 13.0, 12.4),
    Organism("52499004", "Pseudomonas aeruginosa", "gram-negative rods", 7.0, 16.4),
    Organism("78065002", "Enterococcus faecalis", "gram-positive cocci in chains", 10.0, 15.3),
    Organism("9861002", "Streptococcus pneumoniae", "gram-positive cocci in pairs", 8.0, 9.5),
)
CONTAMINANT = Organism("60875001", "Staphylococcus epidermidis", "gram-positive cocci in clusters", 1.0, 23.0)
ORGANISMS = (*PATHOGENS, CONTAMINANT)

CONTAMINATED_SHARE = 0.025  # our choice: 2-3 % of sets
POSITIVE_SHARE = 0.115  # of septic patients; with the contaminants 14 %, Ohnuma 2023
GROWTH_SIGMA = 0.4  # our choice
GRAM_STAIN_HOURS = 0.75
IDENTIFIED_HOURS = 18.0  # after growth: 12-24 h
NO_GROWTH_HOURS = 120.0  # final at five days


# What a reading can say: a Gram stain of each organism, its name, and no growth.
_STAINED, _NAMED, _NOTHING = 0, len(ORGANISMS), 2 * len(ORGANISMS)
_STATUS = ("preliminary",) * len(ORGANISMS) + ("final",) * (len(ORGANISMS) + 1)
_FINDINGS = (
    *(organism.gram_stain for organism in ORGANISMS),
    *(organism.name for organism in ORGANISMS),
    "no growth",
)
_CODES = (*(None for _ in ORGANISMS), *(organism.code for organism in ORGANISMS), None)


@dataclass(frozen=True, slots=True)
class Microbiology:
    """The reading of blood cultures; a patient has at most one set.

    `organism` is what grows in each patient's set, -1 for nothing, `growth_ms` how soon;
    `specimen_ms` (n, 3) is from order to specimen and to receipt.
    """

    course: Course
    laboratory: Laboratory
    organism: IntArray
    specimen_ms: IntArray
    growth_ms: IntArray

    def culture(self, rows: IntArray, ordered_at: IntArray) -> list[Block]:
        """Return orders and readings of the blood cultures of `rows`."""
        panels = np.full(len(rows), CULTURE, dtype=np.int64)
        orders = Orders(rows, panels, ordered_at, ordered_at // HOUR_MS * SLOTS + panels)
        collected = ordered_at + self.specimen_ms[rows, 0]
        received = collected + self.specimen_ms[rows, 1]
        specimens = Specimens(collected, received, received + self.growth_ms[rows])
        return [self.laboratory.order_block(orders), self._readings(orders, specimens)]

    def _readings(self, orders: Orders, specimens: Specimens) -> Block:
        organism = self.organism[orders.rows]
        grows = organism >= 0
        seen = specimens.resulted_at
        final = np.where(
            grows, seen + int(IDENTIFIED_HOURS * HOUR_MS), specimens.received_at + int(NO_GROWTH_HOURS * HOUR_MS)
        )
        # Gram stains first, then what is final: a patient's readings stand in order of time.
        places = np.concatenate([np.flatnonzero(grows), np.arange(len(grows))])
        said = np.concatenate([_STAINED + organism[grows], np.where(grows, _NAMED + organism, _NOTHING)])
        return Block(
            type=CULTURE_RESULTED,
            subject=self.course.subjects[orders.rows[places]],
            occurred_at=specimens.collected_at[places],
            published_at=np.concatenate([seen[grows] + int(GRAM_STAIN_HOURS * HOUR_MS), final]),
            columns={
                "order": orders.numbers(self.course.admitted_at)[places],
                "status": Coded(said, _STATUS),
                "finding": Coded(said, _FINDINGS),
                "organism": Coded(said, _CODES),
                "collected_at": Instants(specimens.collected_at[places]),
                "received_at": Instants(specimens.received_at[places]),
            },
        )


def make_microbiology(course: Course, draws: Draws, *, laboratory: Laboratory) -> Microbiology:
    """Draw what would grow in each patient's blood, and how soon."""
    subjects = course.subjects
    u = draws.uniform("culture.positive", subjects)
    pathogen = draws.choice("culture.organism", subjects, weights=[one.weight for one in PATHOGENS])
    contaminated = np.where(u > 1.0 - CONTAMINATED_SHARE, len(PATHOGENS), -1)
    organism = np.where(course.septic & (u < POSITIVE_SHARE), pathogen, contaminated)
    median = np.array([one.growth_hours for one in ORGANISMS])[organism]
    hours = draws.lognormal("culture.growth", subjects, median=median, sigma=GROWTH_SIGMA)
    panels = np.full(len(subjects), CULTURE, dtype=np.int64)
    specimen = specimen_times(panels, draws.normals("culture.times", subjects, size=3))
    return Microbiology(course, laboratory, organism, specimen, ms(hours))
