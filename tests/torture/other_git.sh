#!/bin/sh
# Unpack the git of a newer Debian into FOLDER, beside the system's, and print how to start it.
# Usage: other_git.sh FOLDER [SUITE]. Needs apt-get and dpkg, no privileges; changes nothing else.
set -eu
mkdir -p "$1"
folder=$(cd "$1" && pwd)
suite=${2:-trixie}
if [ -x "$folder/bin/git" ]; then
    echo "$folder/bin/git"
    exit 0
fi

mirror=$(apt-get indextargets --format '$(SITE) $(ORIGIN) $(COMPONENT)' 2>/dev/null |
    awk '$2 == "Debian" && $3 == "main" && $1 !~ /security/ { print $1; exit }')
: "${mirror:?apt knows no mirror of Debian}"

apt=$folder/apt
mkdir -p "$apt/lists/partial" "$apt/cache/archives/partial" "$apt/state"
: >"$apt/state/status"
echo "deb $mirror $suite main" >"$apt/sources.list"
set -- -q -o "Dir::Etc::sourcelist=$apt/sources.list" -o Dir::Etc::sourceparts=/dev/null \
    -o "Dir::State=$apt/state" -o "Dir::State::lists=$apt/lists" \
    -o "Dir::State::status=$apt/state/status" -o "Dir::Cache=$apt/cache" \
    -o Acquire::Languages=none -o APT::Sandbox::User=root
apt-get "$@" update >&2
cd "$apt"
apt-get "$@" download git libc6 libpcre2-8-0 zlib1g >&2
for package in *.deb; do
    dpkg -x "$package" "$folder/root"
done
cd "$folder"
rm -rf "$apt"

# Programs of another C library start through the loader that came with it.
loader=$(find "$folder/root" -name 'ld-linux-*.so.*' | head -n 1)
libraries=$(dirname "$(find "$folder/root" -name 'libc.so.6' | head -n 1)")
zlib=$(dirname "$(find "$folder/root" -name 'libz.so.1' | head -n 1)")
mkdir -p bin.new
cat >bin.new/git <<END
#!/bin/sh
GIT_EXEC_PATH=$folder/bin GIT_TEMPLATE_DIR=$folder/root/usr/share/git-core/templates
export GIT_EXEC_PATH GIT_TEMPLATE_DIR
exec $loader --library-path $libraries:$zlib --argv0 git $folder/root/usr/bin/git "\$@"
END
chmod +x bin.new/git
bin.new/git --version >&2
mv bin.new bin
echo "$folder/bin/git"
