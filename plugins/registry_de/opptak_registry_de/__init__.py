"""German intake: CSV applications today, FIT-Connect and resident registers later."""
