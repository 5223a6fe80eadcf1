"""The published figures that the world is held against, and the band of each."""

from __future__ import annotations

import msgspec


class Band(msgspec.Struct, frozen=True):
    """A published figure: id, metric, value, and the band a world must lie in."""

    id: str
    metric: str
    published: str
    low: float
    high: float
    source: str = "P19B"


# Bands: about the distance between two hospitals. The keys of the sources are in the README.
BANDS = (
    Band("I01", "septic patients, %", "5.7 (B), 8.8 (A)", 5.0, 10.0, "CCM19"),
    Band("I02", "septic label hours, %", "1.4-1.9", 1.0, 2.5),
    Band("I03", "onset hour after hour 6, median", "48", 24.0, 60.0),
    Band("I04", "onsets per 1,000 patient-hours, hours 7-48", "0.8", 0.5, 1.5),
    Band("I05", "age, mean", "60.7", 57.7, 63.7),
    Band("I05", "age, SD", "16.7", 13.7, 19.7),
    Band("I05", "male, %", "54", 50.0, 60.0),
    Band("I06", "HR mean", "84.1", 81.0, 88.0),
    Band("I06", "HR SD", "17.7", 16.0, 20.0),
    Band("I07", "RR mean", "18.7", 17.5, 20.0),
    Band("I07", "RR SD", "4.7", 4.2, 5.8),
    Band("I08", "Temp mean", "36.93", 36.8, 37.1),
    Band("I08", "Temp SD", "0.76", 0.6, 0.9),
    Band("I09", "SBP mean", "126.6 (B), 121 (A)", 117.0, 130.0),
    Band("I09", "SBP SD", "24.5", 21.0, 27.0),
    Band("I10", "MAP mean", "86.4 (B), 78.8 (A)", 77.0, 89.0),
    Band("I10", "MAP SD", "16.8", 14.0, 18.5),
    Band("I11", "SpO2 mean", "97.1", 96.5, 97.8),
    Band("I11", "SpO2 SD", "3.0", 2.2, 3.6),
    Band("I11", "SpO2 p1", "89", 86.0, 91.0),
    Band("I12", "Creatinine median", "0.99", 0.79, 1.19),
    Band("I12", "WBC median", "9.6", 7.68, 11.52),
    Band("I12", "Platelets median", "180", 144.0, 216.0),
    Band("I12", "Lactate median", "2.0", 1.6, 2.4),
    Band("I12", "Hgb median", "9.9", 7.92, 11.88),
    Band("I12", "Potassium median", "4.0", 3.8, 4.2),
    Band("I12", "Glucose median", "128", 102.0, 154.0),
    Band("I13", "Creatinine p95", "5.7", 3.99, 7.41),
    Band("I13", "WBC p95", "20", 14.0, 26.0),
    Band("I13", "Lactate p95", "8.7", 6.09, 11.31),
    Band("I13", "Bilirubin p95", "5.1", 3.57, 6.63),
    Band("I14", "HR missing, %", "12", 4.0, 20.0),
    Band("I14", "SpO2 missing, %", "14", 6.0, 22.0),
    Band("I14", "Temp missing, %", "66", 58.0, 74.0),
    Band("I14", "SBP missing, %", "14", 6.0, 22.0),
    Band("I14", "RR missing, %", "21", 13.0, 29.0),
    Band("I15", "Creatinine missing, %", "94.5", 93.0, 96.0),
    Band("I15", "WBC missing, %", "94.7", 93.2, 96.2),
    Band("I15", "Lactate missing, %", "98.1", 96.6, 99.6),
    Band("I15", "pH missing, %", "97.8", 96.3, 99.3),
    Band("I15", "Glucose missing, %", "77.8", 71.8, 83.8),
    Band("I16", "patients without lactate, %", "76", 45.0, 80.0, "P19B, P12"),
    Band("I17", "HR autocorrelation within, 1 h", ".68", 0.58, 0.78),
    Band("I17", "SBP autocorrelation within, 1 h", ".50", 0.40, 0.60),
    Band("I17", "RR autocorrelation within, 1 h", ".46", 0.36, 0.56),
    Band("I17", "Temp autocorrelation within, 1 h", ".86", 0.76, 0.96),
    Band("I17", "SpO2 autocorrelation within, 1 h", ".35", 0.25, 0.45),
    Band("I18", "HR autocorrelation, 24 h", ".63", 0.51, 0.75),
    Band("I18", "SBP autocorrelation, 24 h", ".52", 0.40, 0.64),
    Band("I18", "Temp autocorrelation, 24 h", ".44", 0.32, 0.56),
    Band("I19", "HR variance between patients, share", ".72", 0.60, 0.84),
    Band("I19", "SBP variance between patients, share", ".58", 0.46, 0.70),
    Band("I19", "RR variance between patients, share", ".44", 0.32, 0.56),
    Band("I20", "correlation SBP-MAP", ".78", 0.70, 0.86),
    Band("I20", "correlation MAP-DBP", ".87", 0.79, 0.95),
    Band("I20", "correlation HR-Temp", ".26", 0.16, 0.36),
    Band("I20", "correlation HR-RR", ".20", 0.10, 0.30),
    Band("I21", "BUN given Creatinine", ">.99", 0.97, 1.0),
    Band("I21", "Platelets given WBC", ">.99", 0.97, 1.0),
    Band("I22", "hours between creatinines, p25", "8", 6.0, 10.0),
    Band("I22", "hours between creatinines, p50", "14", 10.5, 17.5),
    Band("I22", "hours between creatinines, p75", "24", 18.0, 30.0),
    Band("I23", "sets stamped on the hour, %", "84", 80.0, 90.0, "M3D"),
    Band("I23", "minutes to charting, p50", "21", 10.0, 45.0, "M3D, PMID 37966346"),
    Band("I23", "minutes to charting, p75", "54", 30.0, 105.0, "M3D, PMID 37966346"),
    Band("I24", "HR daily amplitude", "0.7", 0.3, 2.5, "M3D, EICU"),
    Band("I24", "SBP daily amplitude", "1.0", 0.5, 4.0, "M3D, EICU"),
    Band("I24", "Temp daily amplitude", "0.06", 0.03, 0.2, "M3D, EICU"),
    Band("I25", "HR drift to onset", "+4.0", 2.0, 7.0),
    Band("I25", "Temp drift to onset", "+0.39", 0.2, 0.7),
    Band("I25", "RR drift to onset", "+0.9", 0.3, 2.0),
    Band("I25", "MAP drift to onset", "-2.1", -6.0, -1.0),
    Band("I26", "SIRS AUROC by hour", ".665", 0.62, 0.73, "P19B, PROD"),
    Band("I27", "qSOFA AUROC by hour", ".578", 0.54, 0.66, "P19B, PROD"),
    Band("I28", "NEWS2 AUROC by hour", ".695", 0.64, 0.76),
    Band("I29", "hours with SIRS >= 2, %", "26", 18.0, 35.0),
    Band("I30", "lactate rate near onset / before", "2.1", 1.4, 3.5),
    Band("I32", "hours with DBP >= SBP, %", "0.02", 0.005, 0.5),
    Band("I32", "hours with MAP outside DBP-SBP, %", "0.2", 0.005, 0.5),
    Band("I33", "deaths of septic, %", "15-17", 12.0, 22.0, "Rhee, EICU, Jeon"),
    Band("I33", "deaths in septic shock, %", "27-43", 25.0, 48.0, "Rhee, EICU, Jeon"),
    Band("I33", "deaths of others, %", "5-9", 3.0, 10.0, "Rhee, EICU, Jeon"),
    Band("I34", "HR, under 40 less over 80", "+8.5", 4.0, 13.0),
    Band("I34", "DBP, under 40 less over 80", "+8", 4.0, 13.0),
    Band("I36", "hour of stay AUROC", ".628", 0.45, 0.65),
)

REQUIRED = frozenset("I01 I02 I06 I07 I08 I09 I10 I11 I12 I14 I15 I17 I20 I21 I25 I26 I27 I28 I29".split())
"""The ids that must be in their bands at 5,000 stays."""
