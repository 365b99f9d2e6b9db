from odoo import api, fields, models
from odoo.tools import SQL

from odoo.addons.helpdesk_sla_policy.retry import Redo

LEVELS = [("first", "First"), ("last", "Last")]
BATCH = 50
#: What the statement that finds alerts reads; it is written before.
FACTS = {
    "helpdesk.authorization": ["hours", "state", "ticket_id"],
    "helpdesk.hours.pack": [
        "adjusts_id",
        "contract_id",
        "date_to",
        "hours",
        "roll_over",
    ],
    "helpdesk.hours.share": ["authorization_id", "minutes", "pack_id"],
    "helpdesk.sla.policy": ["first_alert_percent", "last_alert_percent"],
    "helpdesk.support.contract": ["company_id", "partner_id", "plan_id", "tz"],
    "helpdesk.support.plan": [
        "first_alert_percent",
        "last_alert_percent",
    ],
    "helpdesk.ticket": ["commercial_partner_id", "contract_id", "sla_policy_id"],
}


class HelpdeskHoursAlert(models.Model):
    """A pack, or authorised hours, used up to a share: told once, whatever follows.

    Rows are made by the transaction that charges the hours, and mails by a job, so
    that entering hours does not wait for them.
    """

    _name = "helpdesk.hours.alert"
    _description = "Alert of Support Hours"
    _inherit = ["helpdesk.hours.mail.mixin"]
    _order = "at desc, id desc"
    _allow_sudo_commands = False

    pack_id = fields.Many2one(
        "helpdesk.hours.pack",
        index="btree_not_null",
        ondelete="cascade",
        readonly=True,
    )
    authorization_id = fields.Many2one(
        "helpdesk.authorization",
        string="Authorisation",
        index="btree_not_null",
        ondelete="cascade",
        readonly=True,
    )
    ticket_id = fields.Many2one(
        "helpdesk.ticket", index="btree_not_null", ondelete="cascade", readonly=True
    )
    contract_id = fields.Many2one(
        "helpdesk.support.contract",
        index="btree_not_null",
        ondelete="cascade",
        readonly=True,
    )
    company_id = fields.Many2one("res.company", index=True, readonly=True)
    partner_id = fields.Many2one(
        "res.partner", string="Customer", index=True, readonly=True
    )
    level = fields.Selection(LEVELS, required=True, readonly=True)
    percent = fields.Integer(
        string="At %", required=True, readonly=True, aggregator=None
    )
    at = fields.Datetime(
        string="Noticed",
        required=True,
        readonly=True,
        help="When the hours that reached it were charged.",
    )
    minutes = fields.Integer(
        string="Minutes Used", required=True, readonly=True, aggregator=None
    )
    total_minutes = fields.Integer(
        string="Of Minutes", required=True, readonly=True, aggregator=None
    )
    hours = fields.Float(
        string="Used", compute="_compute_hours", help="The hours used then."
    )
    total_hours = fields.Float(string="Of Hours", compute="_compute_hours")
    told_at = fields.Datetime(
        string="Told",
        readonly=True,
        help="When the mails were written and the activity given.",
    )
    told_with_id = fields.Many2one(
        "helpdesk.hours.alert",
        ondelete="set null",
        index="btree_not_null",
        readonly=True,
        help="The higher alert that was reached at the same time: one mail for both.",
    )
    told_partner_ids = fields.Many2many(
        "res.partner",
        "helpdesk_hours_alert_partner_rel",
        string="Mail To",
        readonly=True,
    )
    ends_on = fields.Date(
        string="Used Up About", readonly=True, help="The forecast at that moment."
    )
    move_id = fields.Many2one(
        "account.move",
        string="Drafted Invoice",
        index="btree_not_null",
        ondelete="set null",
        readonly=True,
    )
    renewal_id = fields.Many2one(
        "helpdesk.support.contract",
        string="Drafted Contract",
        index="btree_not_null",
        ondelete="set null",
        readonly=True,
    )

    _subject_check = models.Constraint(
        "CHECK ((pack_id IS NULL) <> (authorization_id IS NULL))",
        "An alert is about a pack or about an authorisation.",
    )
    _pack_uniq = models.UniqueIndex(
        "(pack_id, level) WHERE pack_id IS NOT NULL",
        "This alert of the pack has been recorded already.",
    )
    _authorization_uniq = models.UniqueIndex(
        "(authorization_id, level) WHERE authorization_id IS NOT NULL",
        "This alert of the authorisation has been recorded already.",
    )
    _untold_idx = models.Index("(id) WHERE told_at IS NULL")

    @api.depends("minutes", "total_minutes")
    def _compute_hours(self):
        for alert in self:
            alert.hours = alert.minutes / 60
            alert.total_hours = alert.total_minutes / 60

    @api.depends("pack_id", "authorization_id", "percent")
    def _compute_display_name(self):
        for alert in self:
            subject = alert.pack_id or alert.authorization_id
            alert.display_name = f"{subject.sudo().display_name} {alert.percent} %"

    # Noticing

    @api.model
    def _notice(self, packs=None, authorizations=None):
        """Record what has reached an alert; have it told. None: look at everything.

        One statement; a second one that records the same at the same time fails to
        serialise and is tried again. Expired packs are nobody's news.
        """
        if packs is not None and not packs and not authorizations:
            return self.browse()
        for model, names in FACTS.items():
            self.env[model].flush_model(names)
        found = self.env.execute_query(
            SQL(
                """
                INSERT INTO helpdesk_hours_alert
                       (pack_id, authorization_id, ticket_id, contract_id, company_id,
                        partner_id, level, percent, at, minutes, total_minutes,
                        create_uid, create_date)
                SELECT reached.*, %(now)s, used, total, %(uid)s, %(now)s
                  FROM (%(packs)s UNION ALL %(authorizations)s) AS found
                 CROSS JOIN LATERAL (VALUES (found.pack_id, found.authorization_id,
                        found.ticket_id, found.contract_id, found.company_id,
                        found.partner_id, 'first', found.first),
                       (found.pack_id, found.authorization_id,
                        found.ticket_id, found.contract_id, found.company_id,
                        found.partner_id, 'last', found.last)
                       ) AS reached (pack_id, authorization_id, ticket_id, contract_id,
                        company_id, partner_id, level, percent)
                 WHERE reached.percent > 0 AND found.total > 0
                   AND found.used * 100 >= reached.percent * found.total
                ON CONFLICT DO NOTHING
                RETURNING id
                """,
                now=fields.Datetime.now(),
                uid=self.env.uid,
                packs=self._get_pack_query(packs),
                authorizations=self._get_authorization_query(authorizations),
            )
        )
        if found:
            cron = self.env.ref("helpdesk_billing_hours.ir_cron_tell_alerts")
            cron.sudo()._trigger()
        return self.browse(alert_id for (alert_id,) in found)

    @api.model
    def _get_pack_query(self, packs):
        return SQL(
            """
            SELECT pack.id AS pack_id, NULL::integer AS authorization_id,
                   NULL::integer AS ticket_id, contract.id AS contract_id,
                   contract.company_id, contract.partner_id,
                   plan.first_alert_percent AS first,
                   plan.last_alert_percent AS last, share.used,
                   round(((pack.hours + adjusted.hours) * 60)::numeric)::integer
                       AS total
              FROM helpdesk_hours_pack pack
              JOIN helpdesk_support_contract contract ON contract.id = pack.contract_id
              JOIN helpdesk_support_plan plan ON plan.id = contract.plan_id
             CROSS JOIN LATERAL (SELECT coalesce(sum(minutes), 0)::integer AS used
                      FROM helpdesk_hours_share WHERE pack_id = pack.id) AS share
             CROSS JOIN LATERAL (SELECT coalesce(sum(hours), 0) AS hours
                      FROM helpdesk_hours_pack WHERE adjusts_id = pack.id) AS adjusted
             WHERE pack.adjusts_id IS NULL
               AND CASE WHEN pack.roll_over = 'none' THEN pack.date_to
                        ELSE pack.date_to + interval '1 year' END
                   >= timezone(contract.tz, timezone('UTC', %(now)s))::date
               AND %(only)s
            """,
            now=fields.Datetime.now(),
            only=SQL("pack.id = ANY(%s)", packs.ids)
            if packs is not None
            else SQL(
                "NOT EXISTS (SELECT 1 FROM helpdesk_hours_alert "
                "WHERE pack_id = pack.id AND level = 'last')"
            ),
        )

    @api.model
    def _get_authorization_query(self, authorizations):
        return SQL(
            """
            SELECT NULL::integer, asked.id, ticket.id, ticket.contract_id,
                   asked.company_id, ticket.commercial_partner_id,
                   coalesce(policy.first_alert_percent, 80),
                   coalesce(policy.last_alert_percent, 100), share.used,
                   round((asked.hours * 60)::numeric)::integer
              FROM helpdesk_authorization asked
              JOIN helpdesk_ticket ticket ON ticket.id = asked.ticket_id
              LEFT JOIN helpdesk_sla_policy policy ON policy.id = ticket.sla_policy_id
             CROSS JOIN LATERAL (SELECT coalesce(sum(minutes), 0)::integer AS used
                      FROM helpdesk_hours_share
                     WHERE authorization_id = asked.id) AS share
             WHERE asked.state = 'approved' AND %(only)s
            """,
            only=SQL("asked.id = ANY(%s)", authorizations.ids)
            if authorizations is not None
            else SQL(
                "NOT EXISTS (SELECT 1 FROM helpdesk_hours_alert "
                "WHERE authorization_id = asked.id AND level = 'last')"
            ),
        )

    # Telling

    @api.model
    def _cron_tell(self):
        """Tell what was noticed; look for what only a change of terms reached."""
        Redo(self.env)(self._notice)
        self.env["ir.cron"]._commit_progress()
        untold = self.search([("told_at", "=", False)], order="id")
        self.env["helpdesk.job.failure"]._work(
            "helpdesk_billing_hours.ir_cron_tell_alerts",
            untold.grouped(lambda a: a.pack_id or a.authorization_id).values(),
            lambda alerts: alerts._tell_together(),
            size=BATCH,
        )

    def _tell_together(self):
        """Tell these alerts, one mail for what was reached at once.

        Rows, mails, activity and draft are of one transaction: all or nothing, once.
        """
        untold = self.filtered(lambda alert: not alert.told_at)
        for same in untold.grouped(lambda a: a.pack_id or a.authorization_id).values():
            same._tell()

    def _tell(self):
        """Tell the highest of these alerts of one pack or authorisation.

        What was corrected before anybody was told has not happened.
        """
        gone = self.filtered(lambda alert: not alert._is_reached())
        alerts = (self - gone).sorted("percent")
        gone.unlink()
        highest = alerts[-1:]
        if not highest:
            return
        alerts.told_at = fields.Datetime.now()
        (alerts - highest).told_with_id = highest
        highest._tell_people()

    def _is_reached(self):
        """Tell whether the hours still reach this alert."""
        used, total = self._get_minutes()
        return bool(total) and used * 100 >= self.percent * total

    def _get_minutes(self):
        """Return the minutes used and those that there are, now."""
        subject = self.pack_id or self.authorization_id
        shares = self.env["helpdesk.hours.share"].sudo()
        name = "pack_id" if self.pack_id else "authorization_id"
        [[used]] = shares._read_group(
            [(name, "=", subject.id)], aggregates=["minutes:sum"]
        )
        hours = subject._get_hours() if self.pack_id else subject.hours
        return used or 0, round(hours * 60)
