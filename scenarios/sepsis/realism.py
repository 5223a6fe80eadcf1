"""How real the world is: published figures beside what is measured in the published stream."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

import msgspec
import numpy as np

from scenarios.sepsis.bands import BANDS, Band
from scenarios.sepsis.course import HOUR_MS
from scenarios.sepsis.early_warning import news2, qsofa, sirs
from scenarios.sepsis.events import ADMITTED, MEDICATION, VITAL_SIGN
from scenarios.sepsis.hourly import HourlyTable, make_hourly_table
from simulator.clinical.encounter import Admission
from simulator.clinical.medication import NOREPINEPHRINE
from simulator.clinical.vital_sign import HEART_RATE
from simulator.core.arrays import BoolArray, FloatArray, IntArray
from simulator.core.events import Block, Coded
from simulator.core.labels import Label
from simulator.scoring import auroc

YEAR = np.timedelta64(31_556_952, "s")
Measured = Iterator[tuple[str, str, float]]


class Measure(msgspec.Struct, frozen=True):
    """A published figure and what this world has in its place."""

    band: Band
    value: float

    @property
    def is_in_band(self) -> bool:
        """Return whether the value lies in the band."""
        return self.band.low <= self.value <= self.band.high


def measure(blocks: Iterable[Block], labels: Sequence[Label]) -> tuple[Measure, ...]:
    """Measure a run's blocks and labels against every band, in the order of BANDS.

    5,000 stays are what the bands are made for. A figure that cannot be measured is NaN and so
    out of its band.
    """
    held = tuple(blocks)
    table = make_hourly_table(held, labels)
    with np.errstate(invalid="ignore"):
        values = {(key, metric): value for part in _parts(table, held) for key, metric, value in part}
    return tuple(Measure(band, values.get((band.id, band.metric), float("nan"))) for band in BANDS)


def _parts(table: HourlyTable, blocks: Sequence[Block]) -> Iterator[Measured]:
    yield from (part(table) for part in (_onsets, _vitals, _labs, _missing, _persistence))
    yield from (part(table) for part in (_together, _drifts, _scores, _daily, _oddities))
    yield from (_people(table, blocks), _charting(blocks), _deaths(table, blocks))


def _onsets(table: HourlyTable) -> Measured:
    onset = table.cohort.onset_hour
    later = onset[onset >= 7].astype(np.float64)
    at_risk = np.minimum(np.where(onset >= 0, onset, table.cohort.hours), 49) - 7
    yield "I01", "septic patients, %", 100.0 * float(np.mean(onset >= 0))
    yield "I02", "septic label hours, %", 100.0 * float(np.mean(table.label))
    yield "I03", "onset hour after hour 6, median", _quantile(later, 50)
    hazard = 1_000.0 * np.sum(later <= 48) / np.sum(np.maximum(at_risk, 0))
    yield "I04", "onsets per 1,000 patient-hours, hours 7-48", float(hazard)


def _vitals(table: HourlyTable) -> Measured:
    for key, name in (("I06", "HR"), ("I07", "RR"), ("I08", "Temp"), ("I09", "SBP"), ("I10", "MAP")):
        yield key, f"{name} mean", float(np.nanmean(table.columns[name]))
        yield key, f"{name} SD", float(np.nanstd(table.columns[name]))
    saturation = table.columns["SpO2"]
    yield "I11", "SpO2 mean", float(np.nanmean(saturation))
    yield "I11", "SpO2 SD", float(np.nanstd(saturation))
    yield "I11", "SpO2 p1", _quantile(saturation, 1)


def _labs(table: HourlyTable) -> Measured:
    for name in ("Creatinine", "WBC", "Platelets", "Lactate", "Hgb", "Potassium", "Glucose"):
        yield "I12", f"{name} median", _quantile(table.columns[name], 50)
    for name in ("Creatinine", "WBC", "Lactate", "Bilirubin"):
        yield "I13", f"{name} p95", _quantile(table.columns[name], 95)
    gaps = _gaps(table, "Creatinine")
    for percent in (25, 50, 75):
        yield "I22", f"hours between creatinines, p{percent}", _quantile(gaps, percent)


def _missing(table: HourlyTable) -> Measured:
    vitals, labs = ("HR", "SpO2", "Temp", "SBP", "RR"), ("Creatinine", "WBC", "Lactate", "pH", "Glucose")
    for name in (*vitals, *labs):
        share = 100.0 * float(np.mean(np.isnan(table.columns[name])))
        yield "I14" if name in vitals else "I15", f"{name} missing, %", share
    with_lactate = np.unique(table.patient[~np.isnan(table.columns["Lactate"])])
    never = 1.0 - len(with_lactate) / len(table.cohort.hours)
    yield "I16", "patients without lactate, %", 100.0 * never


def _persistence(table: HourlyTable) -> Measured:
    for name in ("HR", "SBP", "RR", "Temp", "SpO2"):
        within = table.columns[name] - _patient_means(table, name)[table.patient]
        yield "I17", f"{name} autocorrelation within, 1 h", _lagged(table, within, 1)
    for name in ("HR", "SBP", "Temp"):
        yield "I18", f"{name} autocorrelation, 24 h", _lagged(table, table.columns[name], 24)
    for name in ("HR", "SBP", "RR"):
        between, total = np.nanvar(_patient_means(table, name)), np.nanvar(table.columns[name])
        yield "I19", f"{name} variance between patients, share", float(between / total)


def _together(table: HourlyTable) -> Measured:
    for one, other in (("SBP", "MAP"), ("MAP", "DBP"), ("HR", "Temp"), ("HR", "RR")):
        r = _correlation(table.columns[one], table.columns[other])
        yield "I20", f"correlation {one}-{other}", r
    for one, other in (("BUN", "Creatinine"), ("Platelets", "WBC")):
        given = ~np.isnan(table.columns[other])
        yield "I21", f"{one} given {other}", float(np.mean(~np.isnan(table.columns[one][given])))


def _drifts(table: HourlyTable) -> Measured:
    near, before = _hours(table, -3, -1), _hours(table, -30, -18)
    for name in ("HR", "Temp", "RR", "MAP"):
        change = _means(table, name, near) - _means(table, name, before)
        yield "I25", f"{name} drift to onset", float(np.nanmean(change))
    drawn = ~np.isnan(table.columns["Lactate"])
    ratio = np.mean(drawn[_hours(table, -6, -1)]) / np.mean(drawn[_hours(table, -36, -13)])
    yield "I30", "lactate rate near onset / before", float(ratio)


def _scores(table: HourlyTable) -> Measured:
    label, criteria = table.label, sirs(table)
    yield "I26", "SIRS AUROC by hour", _auroc(criteria, label)
    yield "I27", "qSOFA AUROC by hour", _auroc(qsofa(table), label)
    yield "I28", "NEWS2 AUROC by hour", _auroc(news2(table), label)
    yield "I29", "hours with SIRS >= 2, %", 100.0 * float(np.mean(criteria >= 2))
    yield "I36", "hour of stay AUROC", _auroc(table.hour, label)


def _auroc(score: IntArray, label: BoolArray) -> float:
    area = auroc(score.astype(np.float64), label)
    return float("nan") if area is None else area


def _daily(table: HourlyTable) -> Measured:
    clock = (table.cohort.admitted_at[table.patient] // HOUR_MS + table.hour) % 24
    angle = clock * (2.0 * np.pi / 24.0)
    for name in ("HR", "SBP", "Temp"):
        within = table.columns[name] - _patient_means(table, name)[table.patient]
        settled = ~np.isnan(within) & (table.hour >= 12)
        design = np.stack([np.ones(settled.sum()), np.cos(angle[settled]), np.sin(angle[settled])])
        _, cosine, sine = np.linalg.lstsq(design.T, within[settled], rcond=None)[0]
        yield "I24", f"{name} daily amplitude", float(np.hypot(cosine, sine))


def _oddities(table: HourlyTable) -> Measured:
    low, mean, high = (table.columns[name] for name in ("DBP", "MAP", "SBP"))
    all_three = ~np.isnan(low + mean + high)
    yield "I32", "hours with DBP >= SBP, %", 100.0 * float(np.mean((low >= high)[all_three]))
    outside = ((mean < low) | (mean > high))[all_three]
    yield "I32", "hours with MAP outside DBP-SBP, %", 100.0 * float(np.mean(outside))


def _people(table: HourlyTable, blocks: Sequence[Block]) -> Measured:
    ages, men = {}, []
    for block in (one for one in blocks if one.type is ADMITTED):
        for subject, instant, data in zip(block.subject, block.occurred_at, block.objects or (), strict=True):
            assert isinstance(data, Admission)
            born = np.datetime64(data.patient.birth_date, "s")
            ages[int(subject)] = (np.datetime64(int(instant) // 1_000, "s") - born) / YEAR
            men.append(data.patient.sex == "male")
    age = np.array([ages.get(int(subject), np.nan) for subject in table.cohort.subject])
    yield "I05", "age, mean", float(np.nanmean(age))
    yield "I05", "age, SD", float(np.nanstd(age))
    yield "I05", "male, %", 100.0 * float(np.mean(men))
    for name in ("HR", "DBP"):
        means = _patient_means(table, name)
        gradient = np.nanmean(means[age < 40]) - np.nanmean(means[age >= 80])
        yield "I34", f"{name}, under 40 less over 80", float(gradient)


def _charting(blocks: Sequence[Block]) -> Measured:
    sets = [block.take(_coded_rows(block, HEART_RATE.code)) for block in blocks if block.type is VITAL_SIGN]
    occurred = np.concatenate([block.occurred_at for block in sets])
    published = np.concatenate([block.published_at for block in sets])
    yield "I23", "sets stamped on the hour, %", 100.0 * float(np.mean(occurred % HOUR_MS == 0))
    for percent in (50, 75):
        minutes = _quantile((published - occurred) / 60_000, percent)
        yield "I23", f"minutes to charting, p{percent}", minutes


def _deaths(table: HourlyTable, blocks: Sequence[Block]) -> Measured:
    cohort = table.cohort
    given = [block.subject[_coded_rows(block, NOREPINEPHRINE.code)] for block in blocks if block.type is MEDICATION]
    on_pressors = np.isin(cohort.subject, np.concatenate([np.empty(0, dtype=np.int64), *given]))
    septic = cohort.onset_hour >= 0
    yield "I33", "deaths of septic, %", 100.0 * float(np.mean(cohort.died[septic]))
    yield "I33", "deaths in septic shock, %", 100.0 * float(np.mean(cohort.died[septic & on_pressors]))
    yield "I33", "deaths of others, %", 100.0 * float(np.mean(cohort.died[~septic]))


def _coded_rows(block: Block, code: str) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
    column = (block.columns or {})["code"]
    assert isinstance(column, Coded)
    return np.flatnonzero(column.index == column.values.index(code))


def _quantile(values: FloatArray, percent: float) -> float:
    return float(np.nanpercentile(values, percent)) if len(values) else float("nan")


def _patient_means(table: HourlyTable, name: str) -> FloatArray:
    return _means(table, name, np.ones(len(table.hour), dtype=np.bool_))


def _means(table: HourlyTable, name: str, hours: BoolArray) -> FloatArray:
    """Return each patient's mean of a column over some of the hours, NaN without a value."""
    column = table.columns[name]
    kept = hours & ~np.isnan(column)
    count = np.bincount(table.patient[kept], minlength=len(table.cohort.hours))
    total = np.bincount(table.patient[kept], weights=column[kept], minlength=len(count))
    return np.where(count > 0, total / np.maximum(count, 1), np.nan)


def _hours(table: HourlyTable, first: int, last: int) -> BoolArray:
    """Return the hours from `first` to `last` relative to onset."""
    within: BoolArray = (table.to_onset >= first) & (table.to_onset <= last)
    return within


def _lagged(table: HourlyTable, column: FloatArray, hours: int) -> float:
    same = table.patient[hours:] == table.patient[:-hours]
    return _correlation(column[hours:][same], column[:-hours][same])


def _correlation(one: FloatArray, other: FloatArray) -> float:
    both = ~np.isnan(one) & ~np.isnan(other)
    return float(np.corrcoef(one[both], other[both])[0, 1])


def _gaps(table: HourlyTable, name: str) -> FloatArray:
    rows = np.flatnonzero(~np.isnan(table.columns[name]))
    same = table.patient[rows[1:]] == table.patient[rows[:-1]]
    gaps: FloatArray = np.diff(rows)[same].astype(np.float64)
    return gaps
