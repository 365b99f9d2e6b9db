"""Print the performance table: ``bin/bench [NAME …] [--json FILE]``.

Each row is a ratio of two measurements taken in turn in this run; its median is
compared with the budget. Exits with 1 when a row is over its budget.
"""

import argparse
import json
import sys

from . import rows


def main(arguments):
    parser = argparse.ArgumentParser(prog="bin/bench", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help="rows to measure")
    parser.add_argument("--json", metavar="FILE", help="also write the table here")
    options = parser.parse_args(arguments)
    unknown = set(options.names) - set(rows.ROWS)
    if unknown:
        parser.error(f"no such row: {', '.join(sorted(unknown))}; there are "
                     f"{', '.join(rows.ROWS)}")  # fmt: skip
    results = []
    print(f"{'row':<16} {'ratio':>9} {'spread':>19} {'budget':>8}  what", flush=True)
    for name in options.names or rows.ROWS:
        row = rows.ROWS[name]
        result = row.run()
        results.append(
            {
                "name": name,
                "ratio": round(result.median, 3),
                "budget": row.budget,
                "better": row.better,
            }
        )
        is_met = row.is_met(result.median)
        print(
            f"{name:<16} {result.median:>9.2f} "
            f"{f'{result.low:.2f} to {result.high:.2f}':>19} "
            f"{('≤' if row.better == 'lower' else '≥') + f'{row.budget:g}':>8}  "
            f"{row.what}{'' if is_met else ' (over budget)'}",
            flush=True,
        )
    if options.json:
        with open(options.json, "w") as file:
            json.dump({"rows": results}, file, indent=2)
    met = [rows.ROWS[r["name"]].is_met(r["ratio"]) for r in results]
    return 0 if all(met) else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
