"""The command line: arguments in, tables out, errors to exit codes. It has no rules of its own."""
