"""What the engine reads: models, goldens, vocoders of others."""
