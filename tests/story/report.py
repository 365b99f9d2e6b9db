"""What came out: the figures, the table and the comparison with what was expected."""

import datetime

from .facts import format_hours, format_seconds
from .words import STAGES


def get_figures(story):
    """Return every figure of the story as text, by section and name."""
    facts = story.facts
    figures = {"ticket": _get_ticket(story)}
    if story.deliverable:
        figures["deliverable"] = {
            "acceptance_deadline": facts.local(story.deliverable.acceptance_deadline),
            "state": story.deliverable.state,
            "accepted": facts.local(story.deliverable.answered_at),
            "warranty_until": str(story.deliverable.warranty_until or ""),
            "version": str(story.deliverable.version),
            "reminders": _get_reminders(story.deliverable, facts),
        }
    if story.claims:
        figures["claims"] = {"coverage": [claim.coverage for claim in story.claims]}
    figures["hours"] = _get_hours(story)
    if "invoice" in facts.data:
        figures["invoice"] = _get_invoice(story.invoices)
        figures["invoices"] = {
            name: [_get_invoice([invoice])[name] for invoice in story.invoices]
            for name in ("state", "untaxed", "tax", "total")
        }
    return figures


def _get_reminders(deliverable, facts):
    """Return when the customer was reminded to answer."""
    moments = {
        event.at
        for event in deliverable.event_ids
        if event.kind == "notified" and event.purpose == "reminder"
    }
    return [facts.local(moment) for moment in sorted(moments)]


def _get_ticket(story):
    ticket, facts = story.ticket, story.facts
    stages = {story.env.ref(xmlid): name for name, xmlid in STAGES.items()}
    figures = {
        "coverage": ticket.coverage,
        "stage": stages.get(ticket.stage_id, ticket.stage_id.name),
        "stars": ticket.priority,
    }
    for metric in ("response", "solution", "estimate"):
        timer = ticket._get_timer(metric)
        figures[f"{metric}_due"] = facts.local(timer.due_at)
        figures[f"{metric}_state"] = timer.state or "none"
        figures[f"{metric}_elapsed"] = format_seconds(timer.counted_seconds)
    return figures


def _get_hours(story):
    """Return the hours of all tickets of the story, by what became of them."""
    shares = get_shares(story)

    def sum_up(found):
        return format_hours(sum(found.mapped("minutes")))

    hours = {
        "worked": format_hours(sum(shares.line_id.mapped("unit_amount")) * 60),
        "invoiced": sum_up(shares.filtered("move_line_id")),
        "waiting": sum_up(shares.filtered(lambda share: share.charge == "pending")),
    }
    for charge in ("free", "pack", "overage", "billable"):
        hours[charge] = sum_up(shares.filtered(lambda s, name=charge: s.charge == name))
    if story.scenery.contract:
        packs = story.scenery.contract.pack_ids
        hours["pack_left"] = format_hours(sum(packs.mapped("hours_left")) * 60)
    return hours


def get_shares(story):
    """Return how the hours of all tickets of the story were charged, in order."""
    tickets = story.ticket.concat(story.ticket, *story.claims)
    return tickets.share_ids.sorted(lambda share: (share.work_date, share.id))


def _get_invoice(invoices):
    """Return the sums of invoices; their state when they agree on it."""
    states = {invoice.state for invoice in invoices} or {"none"}
    return {
        "state": states.pop() if len(states) == 1 else "mixed",
        **{
            name: f"{sum(invoice[f'amount_{name}'] for invoice in invoices):.2f}"
            for name in ("untaxed", "tax", "total")
        },
    }


def compare(figures, expected):
    """Return a sentence for each expected figure that did not come out."""
    problems = []
    for section, values in expected.items():
        for name, value in values.items():
            got = figures.get(section, {}).get(name)
            if not _agrees(got, value):
                problems.append(
                    f"expected.{section}.{name}: expected {_show(value)}, "
                    f"got {_show(got)}"
                )
    return problems


def _agrees(got, wanted):
    """Tell whether a figure is what the file expects, as text, number or date."""
    if got is None:
        return False
    if isinstance(wanted, list) or isinstance(got, list):
        both = isinstance(wanted, list) and isinstance(got, list)
        return both and len(got) == len(wanted) and all(map(_agrees, got, wanted))
    if isinstance(wanted, datetime.datetime):
        return got in (f"{wanted:%Y-%m-%d %H:%M}", f"{wanted:%Y-%m-%d %H:%M:%S}")
    if isinstance(wanted, int | float) and not isinstance(wanted, bool):
        try:
            return float(got) == wanted
        except ValueError:
            return False
    return got == str(wanted)


def _show(value):
    if value is None:
        return "nothing of that name"
    if isinstance(value, list):
        return ", ".join(map(str, value)) or "nothing"
    return str(value) or "nothing"


def print_table(story, figures):
    """Print the story as a table, with dates in the customer's zone."""
    facts, rows = story.facts, []
    ticket = story.ticket
    rows.append(("Ticket", f"{ticket.number} {ticket.name}", ""))
    for event in ticket.event_ids.sorted(lambda event: (event.at, event.id)):
        stars = "★" * int(event.severity or 0)
        what = f"{event.stage_name} {stars}".strip()
        reply = {"team": "reply by the team", "customer": "reply by the customer"}
        note = reply.get(event.reply, event.changes or "")
        rows.append((facts.local(event.at), what, note))
    rows.append(("", "", ""))
    for timer in ticket.timer_ids.sorted("id"):
        due = facts.local(timer.due_at) or "none"
        rows.append(
            (
                f"Timer {timer.metric}",
                f"due {due}",
                f"{timer.state}, {format_seconds(timer.counted_seconds)} of "
                f"{format_seconds(timer.target_seconds)}",
            )
        )
    for delivered in story.deliverables:
        rows += [
            ("", "", ""),
            ("Deliverable", delivered.display_name, delivered.kind),
            (facts.local(delivered.delivered_at), "delivered", ""),
            *((at, "reminded", "") for at in _get_reminders(delivered, facts)),
            (
                facts.local(delivered.answered_at),
                {"tacit": "tacitly accepted"}.get(delivered.state, delivered.state),
                f"term until {facts.local(delivered.acceptance_deadline) or 'none'}",
            ),
            (str(delivered.warranty_until or "none"), "last day of the warranty", ""),
        ]
    for ticket in (story.ticket, *story.claims):
        received = facts.local(ticket.received_at, True)
        coverage = f"{ticket.number} {ticket.coverage}"
        rows.append((received, coverage, ticket.coverage_note or ""))
    for asked in story.authorizations.values():
        price = f"{format_hours(asked.hours * 60)} at {asked.price_unit:.2f}"
        answer = f", answered by {asked.answered_by}" if asked.answered_by else ""
        rows += [
            ("", "", ""),
            (
                facts.local(asked.answered_at or asked.sent_at),
                f"{asked.name} {asked.state}",
                price + answer,
            ),
        ]
    for share in get_shares(story):
        charged = f"{format_hours(share.minutes)} {share.charge}"
        rows.append((str(share.work_date), charged, share.reason or ""))
    for invoice in story.invoices:
        amounts = _get_invoice([invoice])
        rows += [
            ("", "", ""),
            (
                f"Invoice {invoice.name}",
                f"{invoice.state} {invoice.invoice_date}",
                f"{amounts['untaxed']} + {amounts['tax']} = {amounts['total']}",
            ),
        ]
    width = [max(len(row[i]) for row in rows) for i in range(2)]
    for first, second, third in rows:
        print(f"{first:<{width[0]}}  {second:<{width[1]}}  {third}".rstrip())
