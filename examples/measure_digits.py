"""Measure scikit-learn's digits, print what was found, and write the report beside."""

import gromov


def main() -> None:
    measurement = gromov.measure("digits", sample=400, instruments=["spectrum", "dimension"], seed=0)
    for name, result in measurement.results.items():
        print(f"{name}: {result.summary()}")
    measurement.save_html("digits.html")


if __name__ == "__main__":
    main()
