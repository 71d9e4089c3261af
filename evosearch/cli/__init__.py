"""The front desk: arguments in, tables out, errors to exit codes. It decides nothing."""
