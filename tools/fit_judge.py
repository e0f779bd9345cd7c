#!/usr/bin/env python3
"""Fits the weights of src/speech/judge.c.

    build/bench/bench_asr --evidence > evidence     (again for noise, languages)
    tools/fit_judge.py evidence...

Each line: right (0, 1), phones, language, kind, question, voice, figures. A
logistic regression by Newton's method with a small ridge; English and other
languages have a base of their own.
"""

import math
import sys

FIGURES = ["MARGIN", "HASTE", "COVER", "FIT", "WORST", "UNLIKE", "LENGTH"]
RIDGE = 1e-3
ROUNDS = 50


def read(paths):
    rows = []
    for path in paths:
        with open(path, encoding="utf-8") as lines:
            for line in lines:
                part = line.split()
                if int(part[1]):
                    rows.append((int(part[0]), part[2],
                                 [float(x) for x in part[6:]]))
    return rows


def solve(matrix, vector):
    """Gauss with pivots; the matrix is small."""
    n = len(vector)
    a = [row[:] + [vector[i]] for i, row in enumerate(matrix)]
    for i in range(n):
        best = max(range(i, n), key=lambda r: abs(a[r][i]))
        a[i], a[best] = a[best], a[i]
        for r in range(n):
            if r != i and a[i][i]:
                factor = a[r][i] / a[i][i]
                a[r] = [x - factor * y for x, y in zip(a[r], a[i])]
    return [a[i][n] / a[i][i] for i in range(n)]


def fit(cases, scale):
    n = len(cases[0][1])
    weights = [0.0] * n
    for _ in range(ROUNDS):
        gradient = [-RIDGE * w for w in weights]
        hessian = [[RIDGE if i == k else 0.0 for k in range(n)]
                   for i in range(n)]
        for is_right, x in cases:
            x = [value / s for value, s in zip(x, scale)]
            total = sum(w * v for w, v in zip(weights, x))
            p = 1 / (1 + math.exp(-max(-30, min(30, total))))
            for i in range(n):
                gradient[i] += (is_right - p) * x[i]
                for k in range(n):
                    hessian[i][k] += p * (1 - p) * x[i] * x[k]
        step = solve(hessian, gradient)
        weights = [w + s for w, s in zip(weights, step)]
        if max(abs(s) for s in step) < 1e-6:
            break
    return [w / s for w, s in zip(weights, scale)]


def main():
    rows = read(sys.argv[1:])
    if not rows:
        sys.exit(__doc__)
    cases = [(is_right, [1.0, 0.0 if lang == "en" else 1.0] + figures)
             for is_right, lang, figures in rows]
    scale = [max(abs(case[1][i]) for case in cases) or 1
             for i in range(len(cases[0][1]))]
    weights = fit(cases, scale)

    print(f"{len(cases)} phrases, {sum(c[0] for c in cases)} of them right")
    print(f"base of English {weights[0]:.4g}, "
          f"of others {weights[0] + weights[1]:.4g}")
    for name, weight in zip(FIGURES, weights[2:]):
        print(f"[JUDGE_{name}] = {weight:.5g},")


if __name__ == "__main__":
    main()
