"""The disk fills while a campaign calls, and there is room again.

The disk is a small one in memory, in a mount namespace of the test's own; so
the test runs itself once more within, which needs no rights.
"""
import os
import sqlite3
import subprocess
import sys
import tempfile
import time
import unittest

import common

ALONE = ["unshare", "--map-root-user", "--mount"]
INSIDE = "DIALWRIGHT_TEST_DISK"
DISK_BYTES = 64 << 20
PEOPLE = 160
CALLS_PER_S = 20
LIMIT_S = 60
QUIET_S = 2.0
WORDS = b"free space on its disk"
SAID_BYTES = 1 << 20


class DiskFullTest(unittest.TestCase):
    def wait_for(self, condition):
        deadline = time.monotonic() + LIMIT_S
        while not condition():
            self.assertLess(time.monotonic(), deadline, "too slow")
            time.sleep(0.02)

    def fill(self, disk):
        path = os.path.join(disk, "filler")
        with open(path, "wb", buffering=0) as file:
            try:
                while True:
                    file.write(bytes(4096))
            except OSError:
                return path

    def test_disk_that_fills(self):
        if INSIDE in os.environ:
            self.inside(os.environ[INSIDE])
        else:
            self.outside()

    def outside(self):
        if subprocess.run([*ALONE, "true"], capture_output=True).returncode:
            self.skipTest("nobody may mount in a namespace of his own here:"
                          " unshare --map-root-user --mount")
        with tempfile.TemporaryDirectory() as disk:
            done = subprocess.run(
                [*ALONE, sys.executable, os.path.abspath(__file__)],
                env={**os.environ, INSIDE: disk},
                stdin=subprocess.DEVNULL, capture_output=True, text=True,
                timeout=4 * LIMIT_S)
        self.assertEqual(done.returncode, 0, done.stderr)

    def inside(self, disk):
        subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={DISK_BYTES}",
                        "tmpfs", disk], check=True)
        path = os.path.join(disk, "list.csv")
        with open(path, "w", encoding="utf-8") as file:
            file.write("number\n")
            for i in range(PEOPLE):
                file.write(f"+7999{i:07}\n")
        sink = common.SipSink()
        with tempfile.TemporaryFile() as told:
            run = subprocess.Popen(
                [common.BINARY, "run", path, "--script", common.SCRIPT,
                 "--campaign", "full",
                 *common.line(sink.port, calls_per_s=str(CALLS_PER_S)),
                 "--data", disk], stdin=subprocess.DEVNULL, stdout=told,
                stderr=told)
            try:
                self.story(run, sink, disk, told.fileno())
            finally:
                run.kill()
                run.wait()
                sink.close()

    def story(self, run, sink, disk, told):
        # However late the disk is full, not everybody was called.
        sink.hold_from = PEOPLE // 2
        self.wait_for(lambda: len(sink.calls) >= PEOPLE // 8)
        filler = self.fill(disk)
        sink.release()

        # Nobody is called of whom nothing can be written.
        self.wait_for(lambda: WORDS in os.pread(told, SAID_BYTES, 0))
        last = [time.monotonic(), len(sink.calls)]

        def is_quiet():
            if len(sink.calls) != last[1]:
                last[:] = [time.monotonic(), len(sink.calls)]
            return time.monotonic() - last[0] > QUIET_S

        self.wait_for(is_quiet)
        self.assertIsNone(run.poll())
        self.assertLess(len(sink.calls), PEOPLE)

        os.remove(filler)
        self.assertEqual(run.wait(timeout=LIMIT_S), 0)
        numbers = [number for number, _ in sink.calls]
        self.assertEqual(len(numbers), PEOPLE)
        self.assertEqual(len(set(numbers)), PEOPLE)
        names = [name for name in os.listdir(disk) if name.endswith(".db")]
        database = sqlite3.connect(os.path.join(disk, names[0]))
        self.assertEqual(database.execute(
            "PRAGMA integrity_check").fetchall(), [("ok",)])
        self.assertEqual(database.execute(
            "SELECT state, outcome, count(*) FROM attempts GROUP BY 1, 2"
        ).fetchall(), [("ended", "busy", PEOPLE)])
        database.close()


if __name__ == "__main__":
    unittest.main()
