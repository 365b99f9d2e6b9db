"""What our addons add to the making of tickets does not grow with their number."""

import contextlib

import pytest
from bench.rows import open_worker

SIZES = (20, 60, 180)


@pytest.fixture
def workers():
    """Return workers on plain helpdesk_mgmt and on our addons."""
    with contextlib.ExitStack() as stack:
        pair = [open_worker(stack, kind) for kind in ("base", "product")]
        for worker in pair:
            worker.call("prepare_tickets")
            worker.call("create_batch", count=SIZES[0])  # fill the caches
        yield pair


def test_extra_queries_of_a_batch_are_constant(workers):
    """Of 20, 60 or 180 tickets at once, a customer with a contract, tracking on.

    Plain helpdesk_mgmt looks up the stages of each ticket's team, which we keep: one
    query less for each ticket, and beside it the same number for any batch.
    """
    plain, ours = (
        [worker.call("count_queries", count=size) for size in SIZES]
        for worker in workers
    )
    added = {
        mine - other + size
        for size, mine, other in zip(SIZES, ours, plain, strict=True)
    }
    assert len(added) == 1, f"plain {plain}, with our addons {ours}"
