"""Announcement channels."""
