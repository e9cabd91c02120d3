"""The mail server that judges the tests of e-mail."""

from __future__ import annotations

import pytest

from engage.testing import SmtpSink


@pytest.fixture(params=[True, False], ids=["pipelining", "one by one"])
def sink(request):
    with SmtpSink(pipelining=request.param) as running:
        yield running
        assert running.violations == 0
