"""Recorded conversations sent through a running server, and what came of them."""
