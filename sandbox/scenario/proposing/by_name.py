"""Generators that a column's name suggests, where the schema does not say how its values arise."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sandbox.scenario.proposing.made import Made
from sandbox.scenario.proposing.words import words_of

Guess = tuple[tuple[str, ...], Mapping[str, Any], int, bool]
"""Endings of names, the generator, how long its texts are at most, and whether it is people's data."""


def _fake(provider: str, **args: Any) -> dict[str, Any]:
    return {"fake": {"provider": provider, "args": args}} if args else {"fake": provider}


_TEXTS: tuple[Guess, ...] = (
    (("email", "e mail", "mail"), _fake("email"), 60, True),
    (("first name", "firstname", "given name", "forename"), _fake("first_name"), 20, True),
    (("last name", "lastname", "surname", "family name"), _fake("last_name"), 25, True),
    (("user name", "username", "login", "nickname"), _fake("user_name"), 30, True),
    (("full name", "customer name", "person name", "display name", "contact name"), _fake("name"), 40, True),
    (("phone", "phone number", "mobile", "telephone"), _fake("phone_number"), 25, True),
    (("street", "street address", "address", "address line"), _fake("street_address"), 60, True),
    (("city", "town"), _fake("city"), 30, False),
    (("country code",), _fake("country_code"), 2, False),
    (("country",), _fake("country"), 60, False),
    (("state", "province"), _fake("state"), 20, False),
    (("zip", "zip code", "zipcode", "postcode", "post code", "postal code"), {"pattern": "[0-9]{5}"}, 5, False),
    (("company", "company name", "employer", "vendor", "supplier"), _fake("company"), 60, False),
    (("brand", "manufacturer"), _fake("last_name"), 25, False),
    (("job", "job title", "occupation"), _fake("job"), 60, False),
    (("url", "uri", "link", "referrer", "referer", "website"), _fake("url"), 60, False),
    (("ip", "ip address", "ipv4", "src addr", "dst addr"), _fake("ipv4_private"), 15, True),
    (("user agent", "agent"), _fake("user_agent"), 250, False),
    (("currency", "currency code"), {"choice": {"EUR": 5, "USD": 4, "GBP": 1}}, 3, False),
    (("language", "lang", "locale"), {"choice": ["en", "de", "fr", "es"]}, 2, False),
    (("color", "colour"), _fake("safe_color_name"), 10, False),
    (("gender", "sex"), {"choice": ["female", "male", "other"]}, 6, True),
    (("iban",), _fake("iban"), 34, True),
    (("card number", "credit card"), {"pattern": "4[0-9]{15}"}, 16, True),
    (("guid", "uuid"), {"uuid": True}, 36, False),
    (("mac", "mac address"), _fake("mac_address"), 17, True),
    (("sku",), {"pattern": "[A-Z]{3}-[0-9]{5}"}, 9, False),
    (("price", "amount", "balance", "cost", "total"), {"pattern": r"[1-9][0-9]{1,2}\.[0-9]{2}"}, 6, False),
    (("title", "subject", "headline"), _fake("catch_phrase"), 90, False),
    (("product name", "item name"), _fake("catch_phrase"), 90, False),
    (("description", "comment", "message", "text", "note", "notes", "about", "body", "review"),
     _fake("sentence"), 90, False),
    (("definition", "label", "category", "name", "type"), _fake("word"), 15, False),
)  # fmt: skip

_NUMBERS: tuple[Guess, ...] = (
    (("price", "amount", "total", "cost", "fee", "revenue", "balance", "charge", "value"),
     {"lognormal": {"median": 40, "sigma": 0.8}}, 2, False),
    (("salary", "income"), {"lognormal": {"median": 42_000, "sigma": 0.4}}, 2, True),
    (("quantity", "qty", "units", "count"), {"integer": [1, 10]}, 0, False),
    (("age",), {"integer": [18, 90]}, 0, True),
    (("rating", "stars", "score"), {"integer": [1, 5]}, 0, False),
    (("percent", "percentage"), {"uniform": [0, 100]}, 2, False),
    (("discount", "rate", "ratio", "share", "probability"), {"uniform": [0, 1]}, 4, False),
    (("latitude", "lat"), {"uniform": [-60, 70]}, 6, True),
    (("longitude", "lon", "lng"), {"uniform": [-180, 180]}, 6, True),
    (("birth year", "year of birth"), {"integer": [1941, 2007]}, 0, True),
    (("year",), {"integer": [2015, 2026]}, 0, False),
    (("port",), {"integer": [1, 65_535]}, 0, False),
    (("duration", "seconds", "latency", "bytes", "size"), {"lognormal": {"median": 200, "sigma": 1.2}}, 0, False),
    (("zip", "zip code", "zipcode"), {"integer": [10_000, 99_999]}, 0, False),
    (("card number",), {"integer": [4_000_000_000_000_000, 4_999_999_999_999_999]}, 0, True),
    (("temperature",), {"normal": {"mean": 15, "sd": 8}}, 1, False),
)  # fmt: skip

PERSONAL = ("birth", "birthday", "dob")


def text_by_name(name: str) -> Made | None:
    """What a text of this name may be; None where the name says nothing."""
    found = _found(name, _TEXTS)
    if found is None:
        return None
    ending, generator, longest, is_personal = found
    kind = "uuid" if "uuid" in generator else "enum" if "choice" in generator else "string"
    return Made(generator, kind, f"by its name ({ending})", longest=longest, pii=is_personal)


def number_by_name(name: str, is_whole: bool) -> Made | None:
    """What a number of this name may be; None where the name says nothing, or speaks of no such number."""
    found = _found(name, _NUMBERS)
    if found is None:
        return None
    ending, generator, decimals, is_personal = found
    is_share = generator.get("uniform") == [0, 1]
    if is_whole and is_share:
        return None
    options = {} if is_whole or "integer" in generator else {"decimals": decimals}
    kind = "int64" if "integer" in generator else "float64"
    return Made(generator, kind, f"by its name ({ending})", options, pii=is_personal)


def is_personal(name: str) -> bool:
    """Whether the name speaks of a person, whatever the values are."""
    return any(word in PERSONAL for word in words_of(name)) or bool((found := _found(name, _TEXTS)) and found[3])


def _found(name: str, guesses: tuple[Guess, ...]) -> tuple[str, Mapping[str, Any], int, bool] | None:
    said = " ".join(words_of(name))
    for endings, generator, number, personal in guesses:
        for ending in endings:
            if said == ending or said.endswith(f" {ending}"):
                return ending, generator, number, personal
    return None
