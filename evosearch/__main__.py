"""``python -m evosearch`` and the ``evosearch`` command."""


def main() -> None:
    """Run the command line."""
    from evosearch.cli.app import app

    app()


if __name__ == "__main__":
    main()
