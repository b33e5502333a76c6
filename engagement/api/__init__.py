"""The conversation for partners: segments, journeys, events."""
