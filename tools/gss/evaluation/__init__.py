"""Systems, measures, and tables of them."""
