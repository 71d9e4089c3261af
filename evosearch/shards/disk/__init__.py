"""Files, locks and temporary folders, safe against a crash and a full disk.

Read `files` first. Door: all files; `files.write_atomically`, `locks.Lock`, `spill.open_spill`.
"""
