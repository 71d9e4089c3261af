"""Commands that only prices need."""
