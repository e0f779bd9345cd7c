#!/usr/bin/env python3
"""Checks that no C file calls what docs/style.md bans.

usage: banned.py [ROOT]
"""
import re

import source

REMEDIES = {
    "sprintf": "snprintf() with the size of the buffer",
    "vsprintf": "vsnprintf() with the size of the buffer",
    "strcpy": "text_copy() of base/text.h",
    "strcat": "snprintf() into what is left of the buffer",
    "strncpy": "text_copy() of base/text.h",
    "strtok": "strcspn(), which keeps no state",
    "atoi": "strtoul() with a look at what follows",
    "atol": "strtoul() with a look at what follows",
    "atof": "strtod() with a look at what follows",
    "gets": "fgets()",
    "sleep": "a timer of the loop, or a condition to wait for",
    "usleep": "a timer of the loop, or a condition to wait for",
    "nanosleep": "a timer of the loop, or a condition to wait for",
    "system": "posix_spawn() with an argument vector",
    "popen": "posix_spawn() with an argument vector",
    "rand": "getrandom(), or test_seed() in tests",
    "random": "getrandom(), or test_seed() in tests",
    "time": "base/clock.h",
    "gettimeofday": "base/clock.h",
    "clock_gettime": "base/clock.h",
    "gmtime": "base/clock.h or gmtime_r()",
    "localtime": "localtime_r()",
    "malloc": "mem_zalloc() of base/mem.h",
    "calloc": "mem_zalloc() of base/mem.h",
    "realloc": "mem_realloc() of base/mem.h",
    "strdup": "str_dup() of libre, base/mem.h",
    "free": "mem_deref(), or the library's own way to let go",
    "alloca": "an array of fixed size or mem_alloc()",
    "mem_threshold_set": "oom_arm() of test/oom.h",
}

# The one place where each is at home.
AT_HOME = {
    "src/base/clock.c": {"clock_gettime"},
    "src/base/jmem.c": {"malloc", "free"},
    "test/oom.c": {"malloc", "calloc", "realloc"},
    "test/steady.c": {"clock_gettime"},
}
# Asking how much of the processor was used is not asking the time.
CALL = re.compile(r"(?<![\w.>])(%s)\s*\((?!CLOCK_\w+_CPUTIME_ID)"
                  % "|".join(REMEDIES))
TROUBLE = re.compile(r"\berr\s*\|=")


def check(root):
    found = []
    for path in source.c_files(root):
        text = source.blank(source.read(root, path))
        for match in CALL.finditer(text):
            name = match.group(1)
            if name in AT_HOME.get(path, ()):
                continue
            found.append((path, source.line_of(text, match.start()),
                          "banned", f"{name}(): use {REMEDIES[name]}"))
        for match in TROUBLE.finditer(text):
            found.append((path, source.line_of(text, match.start()),
                          "banned", "err |= mixes two errnos: check each"))
    return found


if __name__ == "__main__":
    source.main(check)
