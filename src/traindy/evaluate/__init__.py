"""How good recommendations are: queries, full ranking, metrics, intervals, the report."""
