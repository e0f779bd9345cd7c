#!/usr/bin/env python3
"""Runs the unittest file given and ends with "N passed, N failed".

usage: python_suite.py FILE
A skipped test counts as neither; its reason is printed.
"""
import importlib.util
import os
import sys
import unittest


def load(path):
    sys.path.insert(0, os.path.dirname(os.path.abspath(path)))
    name = os.path.splitext(os.path.basename(path))[0]
    spec = importlib.util.spec_from_file_location(name, path)
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    spec.loader.exec_module(module)
    return unittest.defaultTestLoader.loadTestsFromModule(module)


def main(path):
    result = unittest.TextTestRunner(stream=sys.stdout, verbosity=2).run(
        load(path))
    for test, reason in result.skipped:
        print(f"skipped {test}: {reason}")

    # A test with failing subtests is listed once for each of them.
    bad = {str(getattr(test, "test_case", test))
           for test, _ in result.failures + result.errors}
    bad |= {str(test) for test in result.unexpectedSuccesses}
    passed = result.testsRun - len(result.skipped) - len(bad)
    print(f"{max(passed, 0)} passed, {len(bad)} failed")
    return 1 if bad else 0


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    sys.exit(main(sys.argv[1]))
