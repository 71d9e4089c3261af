"""Commands that search: run, resume, evaluate, status and profiles."""
