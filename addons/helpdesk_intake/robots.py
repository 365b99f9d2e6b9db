"""Which mails a robot wrote, told from their headers, as plain Python.

An answer that leaves by itself must never go to another machine: both would write
to each other for ever (RFC 3834).
"""

#: Local parts of addresses that nobody reads.
UNREAD = ("mailer-daemon", "no-reply", "noreply", "no_reply", "postmaster")
#: Headers whose mere presence says that a program wrote the mail. Those of mailing
#: lists are not among them: a support address is often a group that adds them.
TELLTALES = ("X-Autoreply", "X-Autorespond", "X-Loop")


def is_automatic(headers):
    """Tell whether the headers of a mail, a mapping, are those of a robot.

    >>> is_automatic({"Auto-Submitted": "auto-replied (vacation)"})
    True
    >>> is_automatic({"Auto-Submitted": "No", "Return-Path": "<ana@example.com>"})
    False
    >>> is_automatic({"Return-Path": "<>"})
    True
    """
    values = {name.lower(): str(value).strip() for name, value in headers.items()}

    def get(name):
        return values.get(name.lower(), "").lower()

    submitted = get("Auto-Submitted").split(";")[0].split("(")[0].strip()
    if submitted and submitted != "no":
        return True
    if get("Precedence") in ("auto_reply", "bulk", "junk"):
        return True
    suppressed = {word.strip() for word in get("X-Auto-Response-Suppress").split(",")}
    if suppressed & {"all", "autoreply", "oof"}:
        return True
    if any(name.lower() in values for name in TELLTALES):
        return True
    # A bounce, or a mail that wants no answer whatever happens to it.
    return "return-path" in values and get("Return-Path") in ("", "<>")


def is_unread(address):
    """Tell whether an address is one that nobody reads.

    >>> is_unread("No-Reply@example.com"), is_unread("ana@example.com")
    (True, False)
    """
    return (address or "").partition("@")[0].lower() in UNREAD
