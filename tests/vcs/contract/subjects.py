"""All tools whose backends are held to the contract; a new one is one more line here."""

from tests.vcs.contract.git_subject import GitSubject
from tests.vcs.contract.hg_subject import HgSubject
from tests.vcs.contract.subject import Subject
from tests.vcs.contract.table_subjects import (
    BrzSubject,
    DarcsSubject,
    FossilSubject,
    MyToolSubject,
    SvnSubject,
)

SUBJECTS: tuple[Subject, ...] = (
    GitSubject(),
    HgSubject(),
    SvnSubject(),
    BrzSubject(),
    FossilSubject(),
    DarcsSubject(),
    MyToolSubject(),
)
