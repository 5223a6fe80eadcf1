"""Blood cultures: what grows, how soon, and what is reported when."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from scenarios.sepsis.course import HOUR_MS, Course
from scenarios.sepsis.events import CULTURE_RESULTED
from scenarios.sepsis.laboratory import SLOTS, Laboratory, Orders, Specimens
from scenarios.sepsis.ordering import CULTURE
from simulator.clinical.laboratory import CultureResult
from simulator.core.arrays import IntArray
from simulator.core.draws import Draws
from simulator.core.events import Block
from simulator.core.time import format_instant


@dataclass(frozen=True, slots=True)
class Organism:
    """What grows: SNOMED CT code, name, Gram stain, relative frequency, median hours to growth."""

    code: str
    name: str
    gram_stain: str
    weight: float
    growth_hours: float


# Frequencies: Ohnuma 2023 and PMC7760988, rounded; times to growth: PMC1153721, shares by day 1.
PATHOGENS = (
    Organism("112283007", "Escherichia coli", "gram-negative rods", 35.0, 12.0),
    Organism("3092008", "Staphylococcus aureus", "gram-positive cocci in clusters", 27.0, 15.0),
    Organism("56415008", "Klebsiella pneumoniae", "gram-negative rods", 13.0, 12.0),
    Organism("52499004", "Pseudomonas aeruginosa", "gram-negative rods", 7.0, 16.0),
    Organism("78065002", "Enterococcus faecalis", "gram-positive cocci in chains", 10.0, 14.0),
    Organism("9861002", "Streptococcus pneumoniae", "gram-positive cocci in pairs", 8.0, 12.0),
)
CONTAMINANT = Organism("60875001", "Staphylococcus epidermidis", "gram-positive cocci in clusters", 1.0, 23.0)
ORGANISMS = (*PATHOGENS, CONTAMINANT)

POSITIVE_SHARE = 0.16  # of septic patients; Ohnuma: 14 %
CONTAMINATED_SHARE = 0.025  # 2-3 % of sets
GROWTH_SIGMA = 0.4  # our choice
GRAM_STAIN_HOURS = 0.75
IDENTIFIED_HOURS = 18.0  # after growth: 12-24 h
NO_GROWTH_HOURS = 120.0  # final at five days


@dataclass(frozen=True, slots=True)
class Microbiology:
    """The reading of blood cultures; a patient has at most one set."""

    draws: Draws
    course: Course
    laboratory: Laboratory

    def culture(self, rows: IntArray, ordered_at: IntArray) -> list[Block]:
        """Return orders and readings of the blood cultures of `rows`."""
        panels = np.full(len(rows), CULTURE, dtype=np.int64)
        orders = Orders(rows, panels, ordered_at, ordered_at // HOUR_MS * SLOTS + panels)
        specimens = self.laboratory.collect(orders)
        return [self.laboratory.order_block(orders), *self._readings(orders, specimens)]

    def _readings(self, orders: Orders, specimens: Specimens) -> list[Block]:
        grown, growth_ms = self._growth(orders.rows)
        grows = grown >= 0
        gram = specimens.received_at + growth_ms + int(GRAM_STAIN_HOURS * HOUR_MS)
        named = specimens.received_at + growth_ms + int(IDENTIFIED_HOURS * HOUR_MS)
        never = specimens.received_at + int(NO_GROWTH_HOURS * HOUR_MS)
        final = np.where(grows, named, never)
        numbers = orders.numbers(self.course.admitted_at)
        rows = orders.rows
        texts = list(zip(numbers.tolist(), grown.tolist(), *_texts(specimens), strict=True))
        preliminary = tuple(_preliminary(*row) for row in texts if row[1] >= 0)
        return [
            self._block(rows[grows], (specimens.collected_at[grows], gram[grows]), preliminary),
            self._block(rows, (specimens.collected_at, final), tuple(_final(*row) for row in texts)),
        ]

    def _growth(self, rows: IntArray) -> tuple[IntArray, IntArray]:
        """Return which organism grows, -1 for none, and after how many milliseconds."""
        subjects = self.course.subjects[rows]
        u = self.draws.uniform("culture.positive", subjects)
        pathogen = self.draws.choice("culture.organism", subjects, weights=[organism.weight for organism in PATHOGENS])
        positive = self.course.septic[rows] & (u < POSITIVE_SHARE)
        contaminated = u > 1.0 - CONTAMINATED_SHARE
        grown = np.where(positive, pathogen, np.where(contaminated, len(PATHOGENS), -1))
        median = np.array([organism.growth_hours for organism in ORGANISMS])[grown]
        hours = self.draws.lognormal("culture.growth", subjects, median=median, sigma=GROWTH_SIGMA)
        return grown, np.rint(hours * 3_600.0).astype(np.int64) * 1_000

    def _block(self, rows: IntArray, times: tuple[IntArray, IntArray], objects: tuple[CultureResult, ...]) -> Block:
        collected, resulted = times
        return Block(
            type=CULTURE_RESULTED,
            subject=self.course.subjects[rows],
            occurred_at=collected,
            published_at=resulted,
            objects=objects,
        )


def _texts(specimens: Specimens) -> tuple[list[str], list[str]]:
    collected = [format_instant(instant) for instant in specimens.collected_at.tolist()]
    return collected, [format_instant(instant) for instant in specimens.received_at.tolist()]


def _preliminary(order: int, grown: int, collected_at: str, received_at: str) -> CultureResult:
    return CultureResult(
        order=order,
        status="preliminary",
        finding=ORGANISMS[grown].gram_stain,
        organism=None,
        collected_at=collected_at,
        received_at=received_at,
    )


def _final(order: int, grown: int, collected_at: str, received_at: str) -> CultureResult:
    organism = ORGANISMS[grown] if grown >= 0 else None
    return CultureResult(
        order=order,
        status="final",
        finding=organism.name if organism else "no growth",
        organism=organism.code if organism else None,
        collected_at=collected_at,
        received_at=received_at,
    )
