"""Answers SQL queries about a trace."""
