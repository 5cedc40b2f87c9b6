"""Interactive pages that need nothing else: a sweep, a run, or several runs side by side."""
