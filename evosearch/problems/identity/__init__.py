"""What decides the number of an evaluation: see `fingerprint`."""
