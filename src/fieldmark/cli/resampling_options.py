"""The options of every command that draws resamples."""

import argparse


def add_resampling(parser: argparse.ArgumentParser) -> None:
    """Add the options of every command that draws resamples."""
    parser.add_argument("--resamples", type=int, default=2000, help="bootstrap draws")
    parser.add_argument("--resampling-seed", type=int, default=0, help="seed of the draws")
