"""Telling users what concerns them: what is told, how it is worded, and by which channel it goes."""
