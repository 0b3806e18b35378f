"""What the CVAE must beat, each fitted on what it may see and ranking as the CVAE does."""
