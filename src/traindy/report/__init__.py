"""Pages to look at: the report of a run, and the page that `dvc plots show` fills. None loads anything."""
