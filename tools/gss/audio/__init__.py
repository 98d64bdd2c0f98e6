"""Spectrograms and back, and what a pitch looks like in one."""
