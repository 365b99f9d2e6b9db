"""What came out: the figures, the table and the comparison with what was expected."""

from .facts import format_hours, format_seconds


def get_figures(story):
    """Return every figure of the story as text, by section and name."""
    facts = story.facts
    figures = {"ticket": {}}
    for metric in ("response", "solution"):
        timer = story.ticket._get_timer(metric)
        figures["ticket"][f"{metric}_due"] = facts.local(timer.due_at)
        figures["ticket"][f"{metric}_state"] = timer.state or "none"
        figures["ticket"][f"{metric}_elapsed"] = format_seconds(timer.counted_seconds)
    if story.deliverable:
        figures["deliverable"] = {
            "acceptance_deadline": facts.local(story.deliverable.acceptance_deadline),
            "state": story.deliverable.state,
            "accepted": facts.local(story.deliverable.answered_at),
            "warranty_until": str(story.deliverable.warranty_until or ""),
        }
    if story.claims:
        figures["claims"] = {"coverage": [claim.coverage for claim in story.claims]}
    if story.authorization:
        figures["hours"] = _get_hours(story)
    if "invoice" in facts.data:
        figures["invoice"] = _get_invoice(story.invoice)
    return figures


def _get_hours(story):
    shares = story.claims[-1].share_ids
    invoiced = shares.filtered("move_line_id")
    waiting = shares.filtered(lambda share: share.charge == "pending")
    return {
        "worked": format_hours(sum(shares.line_id.mapped("unit_amount")) * 60),
        "invoiced": format_hours(sum(invoiced.mapped("minutes"))),
        "waiting": format_hours(sum(waiting.mapped("minutes"))),
    }


def _get_invoice(invoice):
    if not invoice:
        return {"state": "none", "untaxed": "0.00", "tax": "0.00", "total": "0.00"}
    return {
        "state": invoice.state,
        "untaxed": f"{invoice.amount_untaxed:.2f}",
        "tax": f"{invoice.amount_tax:.2f}",
        "total": f"{invoice.amount_total:.2f}",
    }


def compare(figures, expected):
    """Return a sentence for each expected figure that did not come out."""
    problems = []
    for section, values in expected.items():
        for name, value in values.items():
            got = figures.get(section, {}).get(name)
            wanted = [str(v) for v in value] if isinstance(value, list) else str(value)
            if got != wanted:
                problems.append(
                    f"expected.{section}.{name}: expected {_show(wanted)}, "
                    f"got {_show(got)}"
                )
    return problems


def _show(value):
    if value is None:
        return "nothing of that name"
    return ", ".join(value) if isinstance(value, list) else value or "nothing"


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
    if story.deliverable:
        delivered = story.deliverable
        rows += [
            ("", "", ""),
            ("Deliverable", f"{delivered.number} {delivered.name}", delivered.kind),
            (facts.local(delivered.delivered_at), "delivered", ""),
            (
                facts.local(delivered.answered_at),
                {"tacit": "tacitly accepted"}.get(delivered.state, delivered.state),
                f"term until {facts.local(delivered.acceptance_deadline)}",
            ),
            (str(delivered.warranty_until or ""), "last day of the warranty", ""),
        ]
    for claim in story.claims:
        rows.append(
            (facts.local(claim.received_at, True), f"{claim.number} {claim.coverage}",
             claim.coverage_note or "")
        )  # fmt: skip
    if story.authorization:
        approved = story.authorization
        rows += [
            ("", "", ""),
            (
                facts.local(approved.answered_at),
                f"{approved.name} {approved.state}",
                f"{format_hours(approved.hours * 60)} at {approved.price_unit:.2f}, "
                f"signed by {approved.answered_by}",
            ),
        ]
        for share in story.claims[-1].share_ids.sorted(lambda s: (s.work_date, s.id)):
            rows.append(
                (
                    str(share.work_date),
                    f"{format_hours(share.minutes)} {share.charge}",
                    share.reason or "",
                )
            )
    if "invoice" in figures:
        amounts = figures["invoice"]
        rows += [
            ("", "", ""),
            (
                f"Invoice {story.invoice.name if story.invoice else ''}".strip(),
                amounts["state"],
                f"{amounts['untaxed']} + {amounts['tax']} = {amounts['total']}",
            ),
        ]
    width = [max(len(row[i]) for row in rows) for i in range(2)]
    for first, second, third in rows:
        print(f"{first:<{width[0]}}  {second:<{width[1]}}  {third}".rstrip())
