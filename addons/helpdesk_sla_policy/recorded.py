"""What only the program records: no context and no user's default proposes it."""


def blank(records, vals, names):
    """Return the values of a new record with these fields as the program begins them.

    A context (``default_state``) or a default that a user keeps would fill what the
    values leave out. The superuser records what happened and may say anything.
    """
    if records.env.su:
        return vals
    missing = {name: records._fields[name] for name in names - vals.keys()}
    return {
        name: field.default(records) if field.default else False
        for name, field in missing.items()
        if not field.compute
    } | vals
