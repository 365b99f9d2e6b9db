from odoo.addons.helpdesk_mgmt.controllers.myaccount import CustomerPortalHelpdesk


class CustomerPortalTimers(CustomerPortalHelpdesk):
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
