from odoo.http import request, route

from odoo.addons.helpdesk_mgmt.controllers.myaccount import CustomerPortalHelpdesk


class CustomerPortalTimers(CustomerPortalHelpdesk):
    @route()
    def portal_my_tickets(self, *args, **kwargs):
        """List tickets; the filters are the stages that some ticket is in."""
        response = super().portal_my_tickets(*args, **kwargs)
        filters = getattr(response, "qcontext", {}).get("searchbar_filters")
        if filters:
            groups = request.env["helpdesk.ticket"]._read_group([], ["stage_id"])
            used = {str(stage.id) for (stage,) in groups}
            used |= {"all", response.qcontext.get("filterby")}
            response.qcontext["searchbar_filters"] = {
                key: value for key, value in filters.items() if key in used
            }
        return response

    def _ticket_get_searchbar_sortings(self):
        values = super()._ticket_get_searchbar_sortings()
        values["date"] |= {
            "label": request.env._("Newest"),
            "order": "received_at desc, id desc",
        }
        values["due"] = {
            "label": request.env._("Due first"),
            "order": "next_due, id desc",
            "sequence": 1,
        }
        return values

    def _ticket_get_searchbar_groupby(self):
        values = super()._ticket_get_searchbar_groupby()
        values["none"]["label"] = request.env._("None")
        return values

    def _ticket_get_searchbar_inputs(self):
        values = super()._ticket_get_searchbar_inputs()
        values["all"]["label"] = request.env._("Search in all")
        values["number"]["label"] = request.env._("Search in the number")
        values["name"]["label"] = request.env._("Search in the title")
        return values

    def _ticket_get_page_view_values(self, ticket, access_token, **kwargs):
        values = super()._ticket_get_page_view_values(ticket, access_token, **kwargs)
        timers = ticket.sudo().timer_ids.filtered(
            lambda timer: (
                timer.state != "void"
                and timer.metric in ("response", "solution", "estimate")
            )
        )
        tz = ticket.sudo()._get_customer_tz()
        return {
            **values,
            "sla_timers": timers,
            "sla_stories": {timer.id: timer._get_story(tz) for timer in timers},
            "sla_tz": tz,
            "sla_next_update": ticket.sudo().update_due,
        }
