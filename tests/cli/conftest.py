"""Fixtures of the command line's tests."""

from tests.cli_fixtures import hello, hello_site, pulsetrain, start

__all__ = ["hello", "hello_site", "pulsetrain", "start"]
