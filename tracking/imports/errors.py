"""What can be wrong with a file, a row or a value. The messages are for staff: whole sentences."""


class BadFile(ValueError):
    """A file that cannot be imported at all."""


class BadValue(ValueError):
    """A cell that cannot be read; the message says why, without naming the column."""


class BadRows(ValueError):
    """Rows that belong together and cannot be taken; `errors` is {line of the file: what is wrong there}."""

    def __init__(self, errors: dict[int, str]) -> None:
        super().__init__("; ".join(errors.values()))
        self.errors = errors
