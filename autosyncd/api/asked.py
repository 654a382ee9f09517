"""What each request asks for, in the words of `cannot X: why`."""

ASKED = {
    "status": "show the status",
    "events": "show events",
    "subscribe": "follow events",
    "conflicts": "list conflicts",
    "compare": "compare",
    "settle": "settle the conflict",
    "held": "list what is held",
    "history": "show the history",
    "describe": "describe the commit",
    "describing": "wait for a description",
    "doctor": "check",
    "version": "tell the version",
}
"""Methods of the control protocol; those that are verbs themselves are left out."""


def asked(method: str) -> str:
    """What follows on `cannot `; for methods that nobody knows their name."""
    return ASKED.get(method, method)
