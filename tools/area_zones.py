#!/usr/bin/env python3
"""Prints src/campaign/area.c's table: which time zones an area code is in.

usage: area_zones.py [DIRECTORY]
From Debian's python3-phonenumbers (the data of libphonenumber, Apache-2.0); the
directory is where its package `phonenumbers` lies, if not where Python looks.
Mobile numbers of Russia have no place and are left out: the data puts all of
them into Moscow's zone. So are Australia, where Queensland is in Sydney's
zone there, and Mexico, whose states have changed theirs since.
"""
import sys
import textwrap

# country code: first digits of area codes that are places, digits of the area
COUNTRIES = {"1": ("23456789", 3), "7": ("348", 3),
             "55": ("123456789", 2)}

# Where the data names a zone whose clock is another one at times, or lacks one.
CORRECTIONS = {"7401": "Europe/Kaliningrad", "7845": "Europe/Saratov",
               "5597": "America/Manaus America/Rio_Branco"}


def zones_of(prefix, country, data):
    """All zones of numbers that begin so; empty: nothing is known."""
    zones = set()
    for known, names in data.items():
        if known.startswith(prefix):
            zones.update(names)
    for length in range(len(prefix) - 1, len(country), -1):
        if prefix[:length] in data:
            zones.update(data[prefix[:length]])
            break
    return " ".join(sorted(zones))


def areas(country, firsts, digits, data):
    """{prefix: zones}; ten neighbours of the same zones are one."""
    found = {}
    for first in firsts:
        for n in range(10 ** (digits - 1)):
            prefix = f"{country}{first}{n:0{digits - 1}}"
            zones = zones_of(prefix, country, data)
            zones = CORRECTIONS.get(prefix, zones)
            if zones and "Europe/Bucharest" not in zones:
                found[prefix] = zones
    for prefix in sorted({prefix[:-1] for prefix in found}):
        tenv = [found.get(f"{prefix}{i}") for i in range(10)]
        if len(prefix) > len(country) and len(set(tenv)) == 1:
            for i in range(10):
                del found[f"{prefix}{i}"]
            found[prefix] = tenv[0]
    return found


def main():
    sys.path[:0] = sys.argv[1:]
    from phonenumbers.tzdata import TIMEZONE_DATA
    table = {}
    for country, (firsts, digits) in COUNTRIES.items():
        for prefix, zones in areas(country, firsts, digits,
                                   TIMEZONE_DATA).items():
            table.setdefault(zones, []).append(prefix)
    for zones, prefixes in sorted(table.items()):
        lines = []
        for text in (zones, " ".join(["", *sorted(prefixes), ""])):
            parts = textwrap.wrap(text, 60, drop_whitespace=False)
            lines.append("\n\t ".join(f'"{part}"' for part in parts))
        print(f"\t{{{lines[0]},\n\t {lines[1]}}},")


if __name__ == "__main__":
    main()
