"""Training of the one-dimensional score network (`gss.model.score_tcn`)."""
