"""The public holidays of countries and regions, from the library of that name."""

from functools import cache

import holidays


@cache
def get_regions():
    """Return the name of every region by its code, as ES-AN.

    >>> get_regions()["ES-AN"]
    'Andalucía'
    """
    regions = {}
    for country, codes in holidays.list_supported_countries(
        include_aliases=False
    ).items():
        aliases = getattr(holidays, country).get_subdivision_aliases() if codes else {}
        for code in codes:
            names = aliases.get(code)
            regions[f"{country}-{code}"] = names[0] if names else code
    return regions


@cache
def get_countries():
    """Return the codes of the countries whose holidays are known, as a frozenset.

    >>> get_countries() >= {"EC", "PA", "CR", "DO", "PR", "CO", "ES", "MX"}
    True
    """
    return frozenset(holidays.list_supported_countries(include_aliases=False))


def find_language(country, lang):
    """Return the library's language that is nearest to Odoo's code; None: its own.

    >>> find_language("EC", "es_ES"), find_language("EC", "en_GB")
    ('es', 'en_US')
    >>> find_language("EC", "fr_FR") is None
    True
    """
    known = getattr(holidays, country).supported_languages or ()
    for wanted in (lang, lang[:2]):
        if wanted in known:
            return wanted
    return next((name for name in known if name[:2] == lang[:2]), None)


def get_holidays(country, years, region=None, lang="en_US"):
    """Return ``(date, name)`` of the public holidays, in order.

    ``region`` is a code of get_regions. Some countries decree a year's holidays
    late: those are not known before.

    >>> [f"{date} {name}" for date, name in get_holidays("EC", [2026], lang="es")][:2]
    ['2026-01-01 Año Nuevo', '2026-02-16 Carnaval']
    """
    found = holidays.country_holidays(
        country,
        subdiv=region.partition("-")[2] if region else None,
        years=years,
        language=find_language(country, lang),
    )
    return sorted(item for item in found.items() if item[0].year in years)
