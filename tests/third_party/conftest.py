"""Fixtures of the tests of the third-party scenario."""

from tests.cli_fixtures import hello, hello_site, pulsetrain, start

__all__ = ["hello", "hello_site", "pulsetrain", "start"]
