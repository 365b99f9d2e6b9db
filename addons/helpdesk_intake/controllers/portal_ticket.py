from odoo import fields
from odoo.exceptions import UserError
from odoo.fields import Domain
from odoo.http import request, route
from odoo.tools.mail import plaintext2html

from odoo.addons.helpdesk_type.controllers.main import HelpdeskTicketControllerTypes

from .intake_form import IntakeForm
from .portal_policy import (
    get_acceptance_page,
    get_portal_contracts,
    get_portal_teams,
)

#: The longest title of a ticket, in characters.
TITLE = 200


class IntakeTicketController(HelpdeskTicketControllerTypes):
    """The ticket form asks for what the policy requires (R-A10, R-C4)."""

    @route()
    def create_new_ticket(self, **kw):
        page = get_acceptance_page()
        if page:
            return page
        case = self._get_case(kw)
        form = IntakeForm(request.env, case["questions"])
        return self._render_form(case, form, kw)

    @route("/new/ticket/questions", type="http", auth="user", website=True)
    def new_ticket_questions(self, **kw):
        """Return the questions of a type and environment, for the form to show."""
        case = self._get_case(kw)
        form = IntakeForm(request.env, case["questions"])
        return request.render(
            "helpdesk_intake.portal_intake_questions",
            {"intake": form, "case": case, "intake_values": {}},
        )

    @route("/new/ticket/similar", type="jsonrpc", auth="user", readonly=True)
    def new_ticket_similar(self, title=""):
        """Return the open tickets of the user's customer that a title resembles."""
        customer = request.env.user.partner_id.commercial_partner_id
        tickets = request.env["helpdesk.ticket"]
        domain = [
            ("company_id", "=", request.env.company.id),
            ("commercial_partner_id", "=", customer.id),
            ("stage_id.closed", "=", False),
            ("duplicate_id", "=", False),
        ]
        found = tickets._find_similar(
            str(title)[:TITLE], "", Domain(domain), customer, limit=3
        )
        return [
            {
                "name": ticket.display_name,
                "stage": ticket.stage_id.name,
                "url": ticket.access_url,
            }
            for ticket, _score, words in found
            if words
        ]

    @route(methods=["POST"])
    def submit_ticket(self, **kw):
        """Open a ticket, or show the form again with what is missing.

        What was typed and attached stays. The customer is who is logged in.
        """
        case = self._get_case(kw)
        form = IntakeForm(request.env, case["questions"])
        form.errors.update(self._check_case(case, form, kw))
        form.take(request.httprequest.form, request.httprequest.files)
        if get_acceptance_page():
            form.errors["policy"] = request.env._(
                "Accept our policy first: it opens in another window; then send the "
                "ticket from here."
            )
        if form.errors:
            return self._render_form(case, form, kw)
        try:
            with request.env.cr.savepoint():
                ticket = self._create_ticket(case, form, kw)
        except UserError as refusal:
            form.errors["ticket"] = str(refusal)
            return self._render_form(case, form, kw)
        request.session["helpdesk_submitted"] = ticket.id
        return request.redirect(f"/my/ticket/{ticket.id}")

    # The case: which contract, type and team, and so which questions

    def _get_case(self, kw):
        """Return what the customer chose among what is offered, as a dict."""
        places = self._get_places()
        place = places.get(kw.get("environment")) or {}
        if len(places) == 1:
            place = next(iter(places.values()))
        contract = place.get("contract") or self._get_default_contract()
        types = self._get_types() or request.env["helpdesk.ticket.type"]
        teams = self._get_teams() or request.env["helpdesk.ticket.team"]
        # The form proposes the only team or type that there is.
        team = self._pick(teams, kw.get("team", len(teams) == 1 and teams.id))
        policy = self._get_policy(contract, team)
        ticket_type = self._pick(types, kw.get("type", len(types) == 1 and types.id))
        questions = request.env["helpdesk.intake.field"].sudo()
        return {
            "places": places,
            "place": place,
            "contract": contract,
            "policy": policy,
            "team": team or self._get_default_team(policy),
            "type": ticket_type,
            "types": types,
            "teams": teams,
            "questions": questions.browse(
                questions._get_asked_ids(policy.id, ticket_type.id)
            ).with_env(request.env(su=True)),
        }

    def _get_places(self):
        """Return the environments that the customer may choose, by their value."""
        contracts = get_portal_contracts(request.env)
        now = fields.Datetime.now()
        places = {}
        for contract in contracts:
            plan = contract._get_plan_at(now).name
            for environment in contract.environment_ids or [
                contract.environment_ids.browse()
            ]:
                label = environment.name or plan
                if environment and len(contracts) > 1:
                    label = f"{plan}: {label}"
                places[f"{contract.id}-{environment.id or 0}"] = {
                    "label": label,
                    "contract": contract,
                    "environment": environment,
                }
        return places

    def _get_default_contract(self):
        """Return the contract in force that a ticket of this contact finds."""
        contracts = request.env["helpdesk.support.contract"].sudo()
        now = fields.Datetime.now()
        contract = contracts._find_for(
            request.env.user.partner_id, request.env.company, now
        )
        return contract if contract and contract._is_in_force(now) else contracts

    def _get_policy(self, contract, team):
        if contract:
            return contract._get_plan_at(fields.Datetime.now()).policy_id
        team = team or self._get_default_team(request.env["helpdesk.sla.policy"])
        return team.sudo().sla_policy_id

    def _get_default_team(self, policy):
        """Return the team of the policy, else the only one of the portal."""
        teams = get_portal_teams(request.env)
        if policy:
            return teams.filtered(lambda team: team.sla_policy_id == policy)[:1]
        return teams if len(teams) == 1 else teams.browse()

    def _pick(self, offered, value):
        """Return the offered record that was chosen, or an empty one."""
        if not value or not str(value).isdecimal():
            return offered.browse()
        return offered.filtered(lambda record: record.id == int(value))

    def _check_case(self, case, form, kw):
        """Return what is wrong with the standard part of the form, by input."""
        env, errors = request.env, {}
        company = env.company
        title = (kw.get("subject") or "").strip()
        if not title:
            errors["subject"] = form.get_sentence("subject")
        elif len(title) > TITLE:
            errors["subject"] = env._(
                "Write a title of %s characters at most; the rest goes below.", TITLE
            )
        for name, offered in (
            ("team", case["teams"]),
            ("type", case["types"]),
            ("category", self._get_categories()),
        ):
            is_needed = company[f"helpdesk_mgmt_portal_{name}_id_required"]
            is_wrong = offered and not self._pick(offered, kw.get(name))
            if is_wrong and (kw.get(name) or is_needed):
                errors[name] = env._("Choose one of the list.")
        if len(case["places"]) > 1 and not case["place"]:
            errors["environment"] = form.get_sentence("environment")
        has_description = any(case["questions"].mapped("is_description"))
        if not has_description and not (kw.get("description") or "").strip():
            errors["description"] = form.get_sentence("description")
        return errors

    def _create_ticket(self, case, form, kw):
        """Return the ticket that the customer opened, with answers and files."""
        vals = self._prepare_submit_ticket_vals(
            **{
                **kw,
                "subject": kw["subject"].strip(),
                "description": form.get_description() or kw.get("description"),
            }
        )
        if case["team"]:
            vals["team_id"] = case["team"].id
            vals["stage_id"] = case["team"]._get_applicable_stages()[:1].id
        if case["contract"]:
            vals["contract_id"] = case["contract"].id
            vals["company_id"] = case["contract"].company_id.id
        if case["place"].get("environment"):
            vals["environment_id"] = case["place"]["environment"].id
        ticket = request.env["helpdesk.ticket"].sudo().create(vals)
        ticket.message_subscribe(partner_ids=request.env.user.partner_id.ids)
        ticket._set_intake_answers(form.get_answers())
        form.give_files(ticket)
        return ticket

    def _prepare_submit_ticket_vals(self, **kw):
        """Take only what the form offers: addresses can be written by hand."""
        offered = {
            "category": self._get_categories(),
            "team": self._get_teams(),
            "type": self._get_types(),
        }
        for name, records in offered.items():
            if not (records and self._pick(records, kw.get(name))):
                kw.pop(name, None)
        vals = super()._prepare_submit_ticket_vals(**kw)
        vals.setdefault("description", plaintext2html(""))
        return vals

    def _render_form(self, case, form, kw):
        """Return the page of the form with what was typed and what is wrong."""
        values = self._get_create_new_ticket_values(**kw)
        company = request.env.company
        partner = request.env.user.partner_id
        contract, policy = case["contract"], case["policy"]
        values |= {
            "page_name": "new_ticket",
            "types": case["types"],
            "ticket_type_id_required": company.helpdesk_mgmt_portal_type_id_required,
            "intake": form,
            "intake_values": {**kw, **form.values},
            "case": case,
            "asks_description": not any(case["questions"].mapped("is_description")),
            "needs_release": bool(
                contract
                and policy.only_authorized
                and not contract._has_role(partner, "open")
            ),
        }
        return request.render("helpdesk_mgmt.portal_create_ticket", values)
