"""Text messages: who carries them, how they are counted, what they answer."""
