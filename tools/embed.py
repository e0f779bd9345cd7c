#!/usr/bin/env python3
"""Turns a file into a C array, so that it travels inside the binary.

usage: embed.py HEADER NAME INPUT OUTPUT
HEADER declares `extern const char NAME[];` and `extern const size_t NAME_len;`
"""
import sys

BYTES_PER_LINE = 16


def main(header, name, source, target):
    with open(source, "rb") as file:
        data = file.read()

    lines = [
        ", ".join(str(byte if byte < 128 else byte - 256)
                  for byte in data[i:i + BYTES_PER_LINE])
        for i in range(0, len(data), BYTES_PER_LINE)
    ]
    with open(target, "w", encoding="ascii") as file:
        file.write(f'#include "{header}"\n\n')
        file.write(f"const char {name}[] = {{\n\t")
        file.write(",\n\t".join(lines + ["0"]))
        file.write(f"\n}};\nconst size_t {name}_len = {len(data)};\n")


if __name__ == "__main__":
    if len(sys.argv) != 5:
        sys.exit(__doc__)
    main(*sys.argv[1:])
