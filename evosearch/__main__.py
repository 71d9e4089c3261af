"""``python -m evosearch`` and the ``evosearch`` command."""


def main() -> None:
    """Run the command line."""
    from evosearch.cli.commands import app

    app()


if __name__ == "__main__":
    main()
