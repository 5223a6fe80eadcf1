"""Tests of the load test, in a pytest process of their own: gevent takes its place before Locust is imported."""

import warnings

from gevent import monkey

with warnings.catch_warnings():
    # Plugins of pytest have imported ssl by now; none of these tests speaks TLS.
    warnings.simplefilter("ignore", monkey.MonkeyPatchWarning)
    monkey.patch_all()

from hypothesis import settings

from tests.integration.conftest import kafka_here, local_kafka

__all__ = ["kafka_here", "local_kafka"]

# Two shared processors: how long an example takes says nothing.
settings.register_profile("loadtest", deadline=None, max_examples=50)
settings.load_profile("loadtest")
