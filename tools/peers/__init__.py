"""The same work on this engine and on its peers, side by side: `python -m peers.compare`."""
