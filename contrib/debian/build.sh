#!/bin/sh
# Build dist/autosync_VERSION_ARCH.deb with dpkg-deb, from the wheel in dist, for the system's Python.
# Usage: contrib/debian/build.sh PIP WHEEL
# autosync and what it needs from PyPI are in /usr/lib/autosync, a virtual environment of the
# system's Python: Debian's own packages of some are too old. dbus and notify2 may come from Debian.
set -eu

pip=$1
wheel=$2
python=/usr/bin/python3
lib=/usr/lib/autosync

if ! command -v dpkg-deb >/dev/null || [ ! -x $python ]; then
    echo "A Debian package can be built on Debian and Ubuntu only, with python3 installed" >&2
    exit 1
fi
minor=$($python -c 'import sys; print("%d.%d" % sys.version_info[:2])')
next=$($python -c 'import sys; print("%d.%d" % (sys.version_info[0], sys.version_info[1] + 1))')
version=$(basename "$wheel" | cut -d- -f2)
architecture=$(dpkg --print-architecture)
umask 022
root=$(mktemp -d)
trap 'rm -rf "$root"' EXIT

# The program
site=$root$lib/lib/python$minor/site-packages
mkdir -p "$site" "$root$lib/bin" "$root/usr/bin"
"$pip" --python $python install --quiet --disable-pip-version-check --no-compile --target "$site" "$wheel"
rm -rf "$site/bin" "$site/share"
find "$site" -name __pycache__ -prune -exec rm -rf {} +
ln -s $python "$root$lib/bin/python"
printf 'home = /usr/bin\ninclude-system-site-packages = true\nversion = %s\n' "$minor" >"$root$lib/pyvenv.cfg"
for program in autosyncd autosyncctl; do
    cat >"$root$lib/bin/$program" <<END
#!$lib/bin/python
import sys

from $program.__main__ import main

sys.exit(main())
END
    chmod 755 "$root$lib/bin/$program"
    ln -s "$lib/bin/$program" "$root/usr/bin/$program"
done

# Units, the desktop, manuals, completions
install -D -m 644 -t "$root/usr/lib/systemd/user" autosyncctl/units/*.service autosyncctl/units/*.socket
install -D -m 644 -t "$root/usr/lib/systemd/system" contrib/systemd/autosyncd@.service contrib/systemd/autosync-reflector.service
install -D -m 644 -t "$root/etc/xdg/autostart" contrib/desktop/autosync-agent.desktop
install -D -m 644 -t "$root/usr/share/autosync" share/autosync/autosync.schema.json
for page in share/man/man?/*; do
    folder=$root/usr/$(dirname "$page")
    mkdir -p "$folder"
    gzip -9n <"$page" >"$folder/$(basename "$page").gz"
done
completion() { # completion SHELL FILE
    mkdir -p "$root/usr/share/$(dirname "$2")"
    PYTHONPATH="$site" $python -P -m autosyncctl completion "$1" >"$root/usr/share/$2"
}
completion bash bash-completion/completions/autosyncctl
completion zsh zsh/vendor-completions/_autosyncctl
completion fish fish/vendor_completions.d/autosyncctl.fish
find "$site" -name __pycache__ -prune -exec rm -rf {} +

# Documentation
doc=$root/usr/share/doc/autosync
install -D -m 644 -t "$doc" README.md docs/*.md autosync.yaml.example
install -D -m 644 LICENSE "$doc/copyright"
gzip -9n <CHANGELOG.md >"$doc/changelog.gz"

mkdir "$root/DEBIAN"
printf '/etc/xdg/autostart/autosync-agent.desktop\n' >"$root/DEBIAN/conffiles"
cat >"$root/DEBIAN/control" <<END
Package: autosync
Version: $version
Architecture: $architecture
Maintainer: The autosync authors <autosync@localhost>
Installed-Size: $(du -sk "$root" | cut -f1)
Depends: python3 (>= $minor), python3 (<< $next), git (>= 1:2.38)
Recommends: openssh-client, python3-dbus, python3-notify2
Suggests: mercurial, zenity
Section: vcs
Priority: optional
Description: keeps a person's repositories in step on all their machines
 autosync watches working trees, commits when they come to rest, pushes, tells
 the person's other machines, and pulls when told. autosyncd is the daemon,
 autosyncctl asks it things.
END
(cd "$root" && find . -type f ! -path './DEBIAN/*' -printf '%P\0' | LC_ALL=C sort -z | xargs -0 md5sum) >"$root/DEBIAN/md5sums"

deb=dist/autosync_${version}_$architecture.deb
dpkg-deb --root-owner-group --build "$root" "$deb" >/dev/null
echo "$deb"
