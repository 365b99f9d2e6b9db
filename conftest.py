"""A browser that does not start fails its tests; Odoo alone would skip them."""

import re

import pytest

NO_BROWSER = re.compile(r"chrome|websocket", re.IGNORECASE)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item, call):
    """Turn the skip of a test for want of a browser into a failure."""
    report = yield
    reason = str(report.longrepr[2]) if isinstance(report.longrepr, tuple) else ""
    if report.skipped and NO_BROWSER.search(reason):
        report.outcome = "failed"
        report.longrepr = reason
    return report
