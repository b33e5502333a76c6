"""Days before months, 24 hours, and the zone always with the time (back-office pages show UTC)."""

DATE_FORMAT = "D j M Y"
DATETIME_FORMAT = "j M Y, H:i e"
TIME_FORMAT = "H:i"
