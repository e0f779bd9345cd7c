#!/usr/bin/env python3
"""Checks the house (docs/house.md): who may include and link whom.

usage: floors.py [ROOT]
"""
import os
import re

import source

FLOORS = {
    "base": 0,
    "media": 1, "speech": 1, "flow": 1,
    "phone": 2, "store": 2, "notify": 2, "proxy": 2,
    "call": 3, "campaign": 3, "desk": 3, "rehearse": 3,
    "api": 4, "autocall": 4,
    "cli": 5,
}
TOP = 6  # main.c and wire.c
TOOLBOXES = ("base", "media", "speech")
PURE = ("media", "flow")
INCLUDE = re.compile(r'^[ \t]*#[ \t]*include[ \t]+(["<])([^">]+)[">]', re.M)

# What would let a pure folder touch the world: sockets, time, threads, log.
IMPURE = re.compile(
    r"^(sys/(socket|epoll|time|timerfd|eventfd|select|un)\.h|netinet/.*|"
    r"arpa/.*|netdb\.h|poll\.h|time\.h|signal\.h|pthread\.h|threads\.h|"
    r"semaphore\.h|syslog\.h|re\.h|"
    r"re_(tmr|main|udp|tcp|net|sa|tls|dns|thread|lock|sip\w*|rtp)\.h|"
    r"base/(log|clock|loop|mailbox|work)\.h)$")
LINK = re.compile(r"\b(\w+)_dep\b")


def home_of(path):
    """The folder whose rules a file follows; None for those that may look
    everywhere: what stands above all floors, and fuzzers and benches."""
    parts = path.split(os.sep)
    if parts[0] in ("src", "test") and len(parts) > 2 and parts[1] in FLOORS:
        return parts[1]
    return None


def check_include(root, path, target):
    """The rule that an include of path breaks and its remedy, or None."""
    is_fixture = path.split(os.sep)[0] == "test" and os.path.exists(
        os.path.join(root, "test", target))
    home = home_of(path)
    parts = target.split("/")
    folder = parts[0] if len(parts) > 1 else None
    if folder not in FLOORS:
        return None

    if folder != home and home:
        if FLOORS[folder] > FLOORS[home]:
            return ("floor", f"{home}/ may not look up to {folder}/: define "
                    "a port in your door and let wire.c plug it in")
        if FLOORS[folder] == FLOORS[home]:
            return ("floor", f"{home}/ may not look sideways to {folder}/: "
                    "define a port in your door and let wire.c plug it in")

    is_inside = folder == home or path.split(os.sep)[0] in ("bench", "fuzz")
    if folder not in TOOLBOXES and not is_inside and not is_fixture:
        if target != f"{folder}/{folder}.h":
            return ("door", f"{target} is private to {folder}/: include "
                    f"{folder}/{folder}.h")
    return None


def check_links(root):
    found = []
    for path in source.files(root, ("src",), ("meson.build",)):
        home = home_of(path)
        if not home:
            continue
        text = re.sub(r"#[^\n]*", "", source.read(root, path))
        for match in LINK.finditer(text):
            folder = match.group(1)
            if folder == home or folder not in FLOORS:
                continue
            if FLOORS[folder] >= FLOORS[home]:
                found.append((path, source.line_of(text, match.start()),
                              "floor", f"{home}/ may not link {folder}/, "
                              "which is not on a lower floor"))
    return found


def check(root):
    found = check_links(root)
    for path in source.c_files(root):
        text = source.blank(source.read(root, path), keep_strings=True)
        is_pure = path.split(os.sep)[0] == "src" and home_of(path) in PURE
        for match in INCLUDE.finditer(text):
            target = match.group(2)
            broken = check_include(root, path, target)
            if is_pure and IMPURE.match(target):
                broken = ("pure", f"{home_of(path)}/ is pure: take the time, "
                          "the bytes or the answer as an argument instead "
                          f"of {target}")
            if broken:
                line = source.line_of(text, match.start())
                found.append((path, line) + broken)
    return found


if __name__ == "__main__":
    source.main(check)
