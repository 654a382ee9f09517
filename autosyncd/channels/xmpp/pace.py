"""How long the XMPP channel waits for what."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Pace:
    """All times, in seconds.

    `login`: until a try to log in is given up; `answer`: until a server that says nothing counts
    as lost; `ping`: between two questions whether it is still there; `hurry`: how long an answer
    may take after the network has changed. After a failure that time can mend, tries follow each
    other from `soon` to at most `late` apart; where the user has to do something, `user`, and
    after the server has refused us, `refused`.
    """

    login: float = 20.0
    answer: float = 15.0
    ping: float = 30.0
    hurry: float = 5.0
    soon: float = 1.0
    late: float = 60.0
    user: float = 600.0
    refused: float = 3600.0
