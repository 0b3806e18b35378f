"""The one error that is the user's to mend; everything else is a bug and keeps its traceback."""


class UserError(Exception):
    """Bad input. Its message is one or two lines: what was found where, and what to do."""
