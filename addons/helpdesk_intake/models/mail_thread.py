from odoo import api, models

from ..robots import is_automatic


class MailThread(models.AbstractModel):
    _inherit = "mail.thread"

    @api.model
    def _message_route_process(self, message, message_dict, routes):
        """Let tickets know whether the headers of a mail are those of a robot."""
        threads = self.with_context(helpdesk_robot_mail=is_automatic(message))
        return super(MailThread, threads)._message_route_process(
            message, message_dict, routes
        )
