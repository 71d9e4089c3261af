"""Files, locks and temporary folders, safe against a crash and a full disk."""
