"""The identity of a problem: see `fingerprint`."""
