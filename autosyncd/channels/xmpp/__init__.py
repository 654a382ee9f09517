"""Announcements as messages between all clients of one XMPP account."""
