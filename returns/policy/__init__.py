"""Return policies as pure functions: what a version says, and what follows. No database, no clock."""
