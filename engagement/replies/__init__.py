"""Answers by e-mail: into a case, and ours back out."""
