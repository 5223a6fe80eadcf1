"""What conditions of a load test may name, beside the metrics of its scenario."""

LOAD_METRICS = tuple(
    """
    p50_ms p95_ms p99_ms p999_ms max_ms missing twice late unexpected out_of_order
    achieved_share achieved_per_second schedule_lag_p99_ms
    """.split()
)
