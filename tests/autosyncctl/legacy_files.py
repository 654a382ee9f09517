"""The example configuration of 2011, as it was, and what can be changed in it."""

EXAMPLE = """\
[autosync]
path = ~/amw
pidfile = ~/.autosync.pid
syncmethod = xmpp
#syncmethod = autosync-server
notifymethod = all
pulllock = conservative
readfrequency = 5
ignorepath = .git .svn .hg src/packages src/java/openuat
    src/csharp/sparkleshare src/cpp/cross/keepassx src/android/ipv6config

[dvcs]
# for git
statuscmd = git status | grep -iq "nothing to commit"
addcmd = git add %s
rmcmd = git rm -r %s
modifycmd = git add %s
# doesn't work when the source file no longer exists, git expects to move it itself
#movecmd = git mv %s %s
movecmd = git rm %s
    git add %s
startupcmd = git add -A
commitcmd = git commit -m %s
pushcmd = git push
pullcmd = git pull
remoteurlcmd = git config --get remote.origin.url

[xmpp]
username = me@example.org/laptop
password = it's "100%" secret
alsonotify = boss@example.org

[autosync-server]
server = http://whatever.sync.server
username = your-username
password = your-password
"""

MERCURIAL = """\
[dvcs]
statuscmd = test "`hg status`" = ""
addcmd = hg add
rmcmd = hg remove
modifycmd =
movecmd = hg mv %s %s
startupcmd = hg addremove
commitcmd = hg commit -m %s
pushcmd = hg push
pullcmd = hg pull -u
remoteurlcmd = hg showconfig paths.default
"""


def plain(path: str, *, more: str = "", dvcs: str = "") -> str:
    """A short configuration without XMPP."""
    return f"[autosync]\npath = {path}\nsyncmethod = none\npulllock = optimized\n{more}\n{dvcs}"
