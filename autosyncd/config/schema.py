"""The whole configuration as one table: every key, what it may hold, its default, its meaning.

Validation, "did you mean" and the documentation are made from it; the settings of a repository
are in `settings`.
"""

from autosyncd.api.locate import SOCKET_PATH_LIMIT
from autosyncd.config.compounds import Arguments
from autosyncd.config.scalars import Choice, Number, PathText, Text
from autosyncd.config.settings import BUBBLES, DEFAULTS, REPOSITORY
from autosyncd.config.structures import Key, ListOf, PathOr, Section
from autosyncd.config.tools import TOOLS

_HOST = Text("a host's name or address", r"[A-Za-z0-9_.:-]+")
_JID = Text("an XMPP address such as me@example.org", r"[^\s@/]+@[^\s@/]+(/\S.*)?")
_PORT = r"(6553[0-5]|655[0-2][0-9]|65[0-4][0-9]{2}|6[0-4][0-9]{3}|[1-5][0-9]{4}|[1-9][0-9]{0,3})"
_REFLECTOR = Text(
    "tcp://HOST:PORT, or tls://HOST:PORT for TLS",
    rf"(tcp|tls)://([A-Za-z0-9_.-]+|\[[0-9A-Fa-f:.]+\])(:{_PORT})?/?",
    private=True,
)


def _secret(name: str, meaning: str) -> tuple[Key, Key, Key]:
    """The three forms of a value that can be a secret."""
    kind = Text("one line of text, in quotes", r"[^\r\n]+", private=True)
    return (
        Key(name, kind, "", meaning),
        Key(f"{name}_file", PathText(), "", f"a file whose first line is the {name}"),
        Key(
            f"{name}_command",
            Arguments(),
            "",
            f"a program and its arguments; the first line it prints is the {name}",
        ),
    )


_PASSWORD = _secret("password", "the password; exactly one of the three forms is required")
_HMAC_KEY = _secret("key", "a shared secret that authenticates announcements (HMAC)")

XMPP = Section(
    (
        Key("jid", _JID, "required", "the account, the same on all machines", required=True),
        *_PASSWORD,
        Key(
            "also_notify",
            _JID,
            "none",
            "who gets plain-text messages about pushes and problems",
        ),
        Key("host", _HOST, "from DNS", "the server"),
        Key("port", Number(), "from DNS", "the server's port"),
        Key("ca_file", PathText(), "the system's", "certificates to trust"),
        Key("tls", Choice(("required", "off")), "`required`", "`off` never encrypts"),
    ),
    one_of=tuple(key.name for key in _PASSWORD),
)


REFLECTOR = Section(
    (
        Key("url", _REFLECTOR, "required", "where the reflector listens", required=True),
        *_HMAC_KEY,
        Key("ca_file", PathText(), "the system's", "certificates to trust, for tls://"),
    ),
    at_most_one=tuple(key.name for key in _HMAC_KEY),
)

SSH = Section(())

CHANNELS = Section(
    (
        Key("xmpp", XMPP, "none", "messages to the own XMPP account"),
        Key("reflector", REFLECTOR, "none", "a server that passes lines on"),
        Key("ssh", SSH, "none", "watches the refs of ssh remotes over ssh itself"),
    )
)

NOTIFICATIONS = Section(
    (Key("desktop", BUBBLES, "`all`", "`all`, `problems`, `none`: which bubbles are shown"),)
)

CONTROL = Section(
    (
        Key(
            "socket",
            PathText(SOCKET_PATH_LIMIT),
            "see `autosyncd --socket`",
            "where the control socket is",
        ),
        Key(
            "max_commands",
            Number(most=1000),
            "cores + 2",
            "how many VCS commands run at once, over all repositories",
        ),
    )
)


_REPOSITORIES = Key(
    "repositories",
    ListOf(PathOr(REPOSITORY), "a list of paths, or of mappings with a path", placed=True),
    "`[]`",
    "what is watched",
)

TOP = Section(
    (
        Key("defaults", DEFAULTS, "`{}`", "settings for all repositories that don't say otherwise"),
        _REPOSITORIES,
        Key("channels", CHANNELS, "`{}`", "how pushes are announced to other machines"),
        Key("notifications", NOTIFICATIONS, "`{}`", "what the desktop shows"),
        Key("control", CONTROL, "`{}`", "how the daemon is reached, and its limits"),
        Key("vcs", TOOLS, "`{}`", "tools that autosync does not know by itself"),
    ),
    elsewhere={
        name: f"defaults.{name}" for name in DEFAULTS.names if name not in ("channels", "vcs")
    },
)

DROP_IN = Section(
    (_REPOSITORIES,),
    elsewhere={name: f"{name} in autosync.yaml" for name in TOP.names if name != "repositories"},
)
