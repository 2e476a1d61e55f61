"""Handlers for types of optional libraries, each loaded when its first object is met."""
