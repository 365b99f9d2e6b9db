"""Fields that only the program links, on documents that people may write."""

from odoo import models
from odoo.exceptions import AccessError

from odoo.addons.helpdesk_sla_policy.recorded import blank


def receive(records, vals_list, names, refusal):
    """Return the values of new records with what our own code linked.

    Code gives a record where a request, an import or a context can only give an id: a
    bare id raises AccessError with the refusal unless the superuser gives it.
    """
    received = []
    for vals in vals_list:
        linked = {}
        for name in names & vals.keys():
            value = vals[name]
            if isinstance(value, models.BaseModel):
                value = value.id
            elif value and not records.env.su:
                raise AccessError(refusal)
            linked[name] = value
        received.append(blank(records, {**vals, **linked}, names))
    return received


def check_not_written(records, vals, names, refusal):
    """Raise AccessError when somebody but the superuser writes one of these fields."""
    if not records.env.su and names & vals.keys():
        raise AccessError(refusal)
