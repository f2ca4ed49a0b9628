"""Scripted models behind real HTTP: what the graph must survive, whatever a provider does."""
