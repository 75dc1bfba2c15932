"""Checking as one lives with it: a project's choices, fixes, many files at once, and files that change."""
