"""What every stage shares: parameters, the entry point, errors, column names, files."""
