"""The rows of the table: what is measured, against what, and the budget."""

import contextlib
import os
import statistics
from dataclasses import dataclass

from workbench import odoo, postgres
from workbench.databases import Databases

from .worker import Worker

ROUNDS = 7
MOVE_ROUNDS = 11  # a difference of two times is noisier than one
MEMORY_LIMIT = 300  # MB above an idle worker


@dataclass(frozen=True)
class Ratios:
    """The ratios of the rounds of one row."""

    values: tuple

    @property
    def median(self):
        return statistics.median(self.values)

    @property
    def low(self):
        return min(self.values)

    @property
    def high(self):
        return max(self.values)


@dataclass(frozen=True)
class Row:
    """One measurement: ``measure`` returns its Ratios."""

    what: str
    budget: float
    better: str
    measure: object

    def run(self):
        with contextlib.ExitStack() as stack:
            return Ratios(tuple(self.measure(stack)))

    def is_met(self, ratio):
        """Tell whether a ratio keeps the budget."""
        return ratio <= self.budget if self.better == "lower" else ratio >= self.budget


def open_worker(stack, kind, install=""):
    """Return a worker on a fresh copy of a template, with more modules installed."""
    databases = Databases(postgres.NamedServer())
    number = len(open_worker.names)
    name = f"helpdesk_bench_{os.getpid()}_{number}"
    open_worker.names.append(name)
    databases.copy(os.environ[f"HELPDESK_{kind.upper()}"], name)
    stack.callback(databases.drop, name)
    if install:
        odoo.batch(databases.server, name, f"bench_{number}.log", "-i", install)
    worker = Worker(name)
    stack.callback(worker.close)
    return worker


open_worker.names = []


def alternate(first, second, call, rounds=ROUNDS, **params):
    """Yield the ratio of two workers' times for the same call, round by round."""
    for worker in (first, second):
        worker.call(call, **params)  # warm
        worker.call("tidy")
    for number in range(rounds):
        pair = (first, second) if number % 2 else (second, first)
        times = {worker: worker.call(call, **params) for worker in pair}
        yield times[first] / times[second]


def measure_deadline(stack):
    worker = open_worker(stack, "product")
    for _round in range(ROUNDS):
        ours = worker.call("deadline_ours", count=1000)
        theirs = worker.call("deadline_theirs", count=40) / 40 * 1000
        yield theirs / ours


def measure_create(stack, call, count, rounds=ROUNDS):
    ours, plain = open_worker(stack, "product"), open_worker(stack, "base")
    for worker in (ours, plain):
        worker.call("prepare_tickets")
    yield from alternate(ours, plain, call, rounds, count=count)


def measure_moves(stack):
    plain = open_worker(stack, "base")
    ours = open_worker(stack, "product")
    other = open_worker(stack, "base", install="helpdesk_mgmt_sla")
    workers = (plain, ours, other)
    for worker in workers:
        worker.call("prepare_moves", count=500)
        worker.call("move")
    ours_added, others_added = [], []
    for number in range(MOVE_ROUNDS):
        order = workers if number % 2 else workers[::-1]
        for worker in workers:
            worker.call("tidy")
        times = {worker: worker.call("move") for worker in order}
        ours_added.append(times[ours] - times[plain])
        others_added.append(times[other] - times[plain])
    typical = statistics.median(others_added)  # a difference of two is noisy
    return [added / typical for added in ours_added]


def measure_holiday(stack):
    worker = open_worker(stack, "product")
    worker.call("prepare_timers", count=100_000, due=0)
    for _round in range(3):
        plain = worker.call("plain_update")
        ours = worker.call("edit_holiday")
        yield ours / plain


def measure_sweep(stack):
    few, many = open_worker(stack, "product"), open_worker(stack, "product")
    few.call("prepare_timers", count=1_000, due=0)
    many.call("prepare_timers", count=1_000_000, due=0)
    for number in range(5):
        pair = (few, many) if number % 2 else (many, few)
        times = {worker: worker.call("sweep", due=1000) for worker in pair}
        yield times[many] / times[few]


def measure_memory(stack):
    """Return what the jobs take above an idle worker, as a share of the limit."""
    added = []
    for call, count, params in (
        ("edit_holiday", 100_000, {}),
        ("sweep", 20_000, {"due": 20_000}),
    ):
        worker = open_worker(stack, "product")
        worker.call("prepare_timers", count=count, due=0)
        idle = worker.call("memory_now")
        worker.call(call, **params)
        added.append(worker.call("memory_peak") - idle)
    return [max(added) / MEMORY_LIMIT]


def measure_invoicing(stack):
    worker = open_worker(stack, "product")
    worker.call("prepare_hours", customers=100, lines=10)
    worker.call("invoice_hours")
    worker.call("create_bare_drafts")
    for _round in range(5):
        ours = worker.call("invoice_hours")
        yield ours / worker.call("create_bare_drafts")


ROWS = {
    "deadline": Row(
        "one deadline: Odoo's plan_hours against ours", 500, "higher", measure_deadline
    ),
    "create_batch": Row(
        "create 500 tickets at once: against plain helpdesk_mgmt",
        1.10,
        "lower",
        lambda stack: measure_create(stack, "create_batch", 500),
    ),
    "create_single": Row(
        "create tickets one by one: against plain helpdesk_mgmt",
        1.25,
        "lower",
        lambda stack: measure_create(stack, "create_single", 20, rounds=21),
    ),
    "stage_moves": Row(
        "move 500 tickets: time added, against what helpdesk_mgmt_sla adds",
        0.2,
        "lower",
        measure_moves,
    ),
    "holiday": Row(
        "a holiday under 100,000 open timers: against one plain UPDATE",
        3.0,
        "lower",
        measure_holiday,
    ),
    "sweep": Row(
        "1,000 steps due: among 1,000,000 timers against among 1,000",
        1.2,
        "lower",
        measure_sweep,
    ),
    "invoicing": Row(
        "invoice 1,000 hours of 100 customers, one bad: against bare invoices",
        1.25,
        "lower",
        measure_invoicing,
    ),
    "memory": Row(
        "memory of a sweep and of a bulk edit above an idle worker, in 300 MB",
        1.0,
        "lower",
        measure_memory,
    ),
}
