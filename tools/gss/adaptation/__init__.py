"""Few-shot adaptation to one speaker."""
