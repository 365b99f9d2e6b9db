from odoo import api, fields, models

from .helpdesk_sla_severity import SEVERITIES


class HelpdeskSlaPolicy(models.Model):
    """The policy as it is printed: severities down, promises across."""

    _inherit = "helpdesk.sla.policy"

    matrix = fields.Html(
        string="Promises",
        compute="_compute_matrix",
        sanitize=False,
        help="What is promised in each case, the most specific target taken.",
    )

    @api.depends(
        "target_ids.metric",
        "target_ids.severity",
        "target_ids.type_id",
        "target_ids.environment",
        "target_ids.amount",
        "target_ids.unit",
        "target_ids.working_time",
        "severity_ids.severity",
        "severity_ids.name",
        "severity_ids.meaning",
        "severity_ids.contact_methods",
        "step_ids.metric",
        "step_ids.severity",
        "step_ids.action",
        "step_ids.level",
        "step_ids.basis",
        "step_ids.amount",
        "step_ids.unit",
    )
    @api.depends_context("lang")
    def _compute_matrix(self):
        for policy in self:
            policy.matrix = self.env["ir.qweb"]._render(
                "helpdesk_sla_policy.policy_matrix", policy._get_matrix()
            )

    def _get_matrix(self):
        """Return the columns and groups of rows of the printed policy, as a dict."""
        metrics = dict(
            self.target_ids._fields["metric"]._description_selection(self.env)
        )
        promised = set(self.target_ids.mapped("metric"))
        columns = [name for name in metrics if name in promised]
        levels = sorted(set(self._get_level_steps().mapped("level")))
        groups = [
            {
                "name": name,
                "rows": self._get_matrix_rows(columns, levels, type_id, environment),
            }
            for name, type_id, environment in self._get_matrix_cases()
        ]
        return {
            "columns": [metrics[name] for name in columns]
            + [self.env._("To level %s", level) for level in levels],
            "groups": [group for group in groups if group["rows"]],
            "has_contact": any(self.severity_ids.mapped("contact_methods")),
        }

    def _get_matrix_cases(self):
        """Return ``(name, type, environment)`` of the general case and the others."""
        environments = dict(
            self.target_ids._fields["environment"]._description_selection(self.env)
        )
        cases = {("", self.target_ids.type_id.browse(), False)}
        for target in self.target_ids:
            parts = [environments.get(target.environment), target.type_id.name]
            name = ", ".join(filter(None, parts))
            cases.add((name, target.type_id, target.environment))
        order = list(environments)
        return sorted(
            cases,
            key=lambda case: (
                bool(case[1]),
                order.index(case[2]) if case[2] else -1,
                case[0],
            ),
        )

    def _get_matrix_rows(self, columns, levels, case_type, environment):
        """Return one row per severity; a single one where they do not differ."""
        rows, is_special = [], bool(case_type or environment)
        for severity, _label in reversed(SEVERITIES):
            named = self.severity_ids.filtered(
                lambda line, severity=severity: line.severity == severity
            )[:1]
            targets = [
                self._find_target(metric, severity, case_type.id, environment)
                for metric in columns
            ]
            if is_special and not any(map(self._is_specific, targets)):
                continue
            rows.append(
                {
                    "stars": int(severity),
                    "name": self._get_severity_name(severity),
                    "meaning": named.meaning,
                    "contact": named.contact_methods,
                    "cells": [self._describe_promise(target) for target in targets]
                    + [self._describe_level(level, severity) for level in levels],
                }
            )
        if is_special:
            is_same = all(row["cells"] == rows[0]["cells"] for row in rows)
            if is_same and len(rows) == len(SEVERITIES):
                return [{"stars": False, "cells": rows[0]["cells"]}]
            return rows
        is_empty = not any(cell["text"] for row in rows for cell in row["cells"])
        return [] if is_empty and self.target_ids else rows

    @api.model
    def _is_specific(self, target):
        return bool(target.type_id or target.environment)

    @api.model
    def _describe_promise(self, target):
        """Return a cell: the promise in words, and a note where it differs."""
        if not target:
            return {"text": "", "note": "", "is_muted": True}
        note = ""
        if target.amount and target.unit != "business_day" and not target.working_time:
            note = self.env._("calendar time")
        return {
            "text": target._describe(),
            "note": note,
            "is_muted": not target.amount,
        }

    def _get_level_steps(self):
        return self.step_ids.filtered(lambda step: step.action == "level")

    def _describe_level(self, level, severity):
        """Return a cell: when a ticket of this severity goes to a support level."""
        steps = self._get_level_steps().filtered(
            lambda step: (
                step.level == level and (not step.severity or step.severity == severity)
            )
        )
        texts = [step._describe() for step in steps]
        return {"text": ", ".join(texts), "note": "", "is_muted": not texts}
