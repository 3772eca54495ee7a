"""The command line: parse, call, print."""


def main() -> None:
    """Entry point of the `tokenpoints` command."""
    from tokenpoints.cli.app import run

    run()
