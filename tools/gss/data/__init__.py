"""From recordings to what trainings read."""
