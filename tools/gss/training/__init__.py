"""Trainings, and the recipe that runs them one after the other."""
