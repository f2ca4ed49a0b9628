"""Migrations: SQL, forward and back."""
