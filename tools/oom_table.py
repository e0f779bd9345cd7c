"""The places of a program that allocate, as test/oom_place.h counts them."""
import collections
import functools
import os
import struct
import subprocess
import tempfile

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
ROW = struct.Struct("<QIIII")
ROWS = 1 << 14

# They only hand on: the place is who called them.
THROUGH = ("src/base/jmem.c", "src/store/db.c", "src/store/driver_sqlite.c",
           "src/store/driver_pg.c", "src/store/driver_pg_put.c",
           "test/oom.c", "test/oom_place.c")

# A library's first use, which it does not survive to be refused.
SPARED = ("sum_begin",)

Count = collections.namedtuple("Count", "reached refused spared")


@functools.lru_cache(None)
def in_tree(path):
    """The path below ROOT of a file as the compiler has named it, wherever it
    was compiled: a cache may have what it made in another copy."""
    parts = os.path.normpath(path).split("/")
    for i in range(len(parts)):
        found = os.path.join(*parts[i:])
        if parts[i] and os.path.exists(os.path.join(ROOT, found)):
            return found
    return path


def environment(**more):
    """For a program of which every end is to be told apart."""
    return {
        **os.environ, "LC_ALL": "C.UTF-8",
        "ASAN_OPTIONS": "detect_leaks=1:detect_stack_use_after_return=1:"
                        "exitcode=99:allocator_may_return_null=1",
        "LSAN_OPTIONS": "exitcode=98",
        "UBSAN_OPTIONS": "print_stacktrace=1:halt_on_error=1:exitcode=99",
        **more}


class Program:
    """An executable and the names of its places."""

    def __init__(self, path):
        self.path = path
        self.names = {}  # offset: (file, line, function)
        self.through, self.spared = self.spans()

    def lines_of(self, offsets):
        """(function, file relative to ROOT, line) of each."""
        done = subprocess.run(
            ["addr2line", "-f", "-e", self.path], text=True,
            input="\n".join(f"{offset:x}" for offset in offsets),
            capture_output=True, check=True)
        said = done.stdout.splitlines()
        for function, place in zip(said[::2], said[1::2]):
            path, _, line = place.partition(":")
            line = line.split(" ")[0]
            yield (function, in_tree(path),
                   int(line) if line.isdigit() else 0)

    def spans(self):
        """Those of THROUGH and of SPARED, as their variables want them."""
        done = subprocess.run(["nm", "-S", "--defined-only", self.path],
                              text=True, capture_output=True, check=True)
        functions = []
        for words in map(str.split, done.stdout.splitlines()):
            if len(words) == 4 and words[2] in "tTwW":
                functions.append((int(words[0], 16), int(words[1], 16)))
        found = [(f"{at:x}-{at + size:x}", name, path)
                 for (at, size), (name, path, _) in zip(
                     functions, self.lines_of(at for at, _ in functions))]
        return (",".join(span for span, _, path in found if path in THROUGH),
                ",".join(span for span, name, _ in found if name in SPARED))

    def name(self, offsets):
        """Learns their names, then {offset: (file, line, function)}."""
        new = [offset for offset in offsets if offset not in self.names]
        for offset, (function, path, line) in zip(new, self.lines_of(new)):
            self.names[offset] = (path, line, function)
        return {offset: self.names[offset] for offset in offsets}

    def env(self, table, **more):
        return environment(DIALWRIGHT_OOM_TABLE=table.path,
                           DIALWRIGHT_OOM_THROUGH=self.through,
                           DIALWRIGHT_OOM_SPARED=self.spared, **more)


class Table:
    """The file that a process counts in."""

    def __init__(self, directory):
        handle, self.path = tempfile.mkstemp(dir=directory)
        os.truncate(handle, ROW.size * ROWS)
        os.close(handle)

    def read(self):
        """{offset: Count}, and no more file."""
        with open(self.path, "rb") as file:
            rows = ROW.iter_unpack(file.read())
        os.unlink(self.path)
        return {row[0]: Count(*row[1:4]) for row in rows if row[0]}
