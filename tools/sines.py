#!/usr/bin/env python3
"""Writes the tables of media/peak.c: what every call shares.

usage: sines.py POINTS OUTPUT
POINTS is the length of the window. Twiddles of the stage that joins parts of
`half` points stand at half, half + 1, ...; the last ones are those that take
apart the spectrum of a real sound.
"""
import math
import sys


def rows(values, form):
    cells = [form.format(value) for value in values]
    return "\n".join("\t" + " ".join(cells[i:i + 6])
                     for i in range(0, len(cells), 6))


def table(kind, name, values, form="{:.9e}F,"):
    head = f"const {kind} {name}[{len(values)}]"
    return f"{head} = {{\n{rows(values, form)}\n}};\n"


def angles(half):
    """Of all stages; index 0 is of none."""
    found = [0.0]
    step = 1
    while step < half:
        found += [math.pi * k / step for k in range(step)]
        step *= 2
    return found


def main():
    points, output = int(sys.argv[1]), sys.argv[2]
    half = points // 2
    bits = half.bit_length() - 1
    window = [0.5 - 0.5 * math.cos(2 * math.pi * i / points)
              for i in range(points)]
    joints = angles(half)
    parts = [2 * math.pi * k / points for k in range(half)]
    places = [int(f"{i:0{bits}b}"[::-1], 2) for i in range(half)]
    text = "".join([
        '#include "media/peak_tables.h"\n\n',
        table("float", "peak_windowv", window),
        table("float", "peak_cosv", [math.cos(a) for a in joints]),
        table("float", "peak_sinv", [-math.sin(a) for a in joints]),
        table("float", "peak_part_cosv", [math.cos(a) for a in parts]),
        table("float", "peak_part_sinv", [-math.sin(a) for a in parts]),
        table("uint8_t", "peak_placev", places, "{},"),
    ])
    with open(output, "w", encoding="ascii") as file:
        file.write(text)


if __name__ == "__main__":
    main()
