#!/bin/sh
# The Debian package from a built program and web application: packaging/build.sh PROGRAM OUT_DIR
# Library dependencies come from dpkg-shlibdeps, so they are those of the Debian it was built on.
set -eu
program=$1
out=$2
cd "$(dirname "$0")/.."
[ -x "$program" ] || { echo "no program at $program; ./x build" >&2; exit 1; }
[ -f web/build/index.html ] || { echo "no web application in web/build; ./x build" >&2; exit 1; }
version=$("$program" version | cut -d' ' -f2)
arch=$(dpkg --print-architecture)
epoch=${SOURCE_DATE_EPOCH:-$(git log -1 --format=%ct 2>/dev/null || date +%s)}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
root=$work/root
doc=$root/usr/share/doc/tinhso

install -d "$root/usr/bin" "$root/usr/share/tinhso" "$root/lib/systemd/system" "$root/etc/tinhso" "$root/DEBIAN" "$doc" \
  "$root/usr/share/man/man1" "$root/usr/share/lintian/overrides"
install -m 0755 -s "$program" "$root/usr/bin/tinhso"
cp -R packs web/build "$root/usr/share/tinhso/"
mv "$root/usr/share/tinhso/build" "$root/usr/share/tinhso/web"
rm -f "$root/usr/share/tinhso/web/.tinhso-built"
install -m 0644 packaging/tinhso.service packaging/tinhso-backup.service packaging/tinhso-backup.timer "$root/lib/systemd/system/"
install -m 0640 packaging/tinhso.toml "$root/etc/tinhso/tinhso.toml"
install -m 0644 docs/operations/* "$doc/"
install -m 0644 packaging/debian/copyright "$doc/copyright"
printf 'tinhso (%s) stable; urgency=medium\n\n' "$version" >"$work/changelog"
cat changes/unreleased/*.md | while read -r line; do
  printf '%s\n' "${line#- }" | fold -s -w 74 | sed 's/ *$//; 1s/^/  * /; 2,$s/^/    /'
done >>"$work/changelog"
printf '\n -- Tinh So <root@localhost>  %s\n' "$(date -u -R -d "@$epoch")" >>"$work/changelog"
gzip -9nc "$work/changelog" >"$doc/changelog.gz"
gzip -9nc packaging/tinhso.1 >"$root/usr/share/man/man1/tinhso.1.gz"
install -m 0644 packaging/debian/lintian-overrides "$root/usr/share/lintian/overrides/tinhso"
for script in postinst prerm postrm; do install -m 0755 "packaging/debian/$script" "$root/DEBIAN/$script"; done
echo /etc/tinhso/tinhso.toml >"$root/DEBIAN/conffiles"

mkdir -p "$work/debian"
printf 'Source: tinhso\n\nPackage: tinhso\nArchitecture: any\n' >"$work/debian/control"
libraries=$(cd "$work" && dpkg-shlibdeps -O "root/usr/bin/tinhso" 2>/dev/null | sed -n 's/^shlibs:Depends=//p')
cat >"$root/DEBIAN/control" <<CONTROL
Package: tinhso
Version: $version
Architecture: $arch
Maintainer: Tinh So <root@localhost>
Installed-Size: $(du -sk --exclude=DEBIAN "$root" | cut -f1)
Depends: adduser, ca-certificates, fonts-liberation, fonts-croscore, init-system-helpers (>= 1.54), libmagic-mgc, $libraries
Suggests: postgresql (>= 15), nginx
Section: web
Priority: optional
Description: digital government platform of a Vietnamese province
 People file procedures online or at the one-stop desk, officers carry them
 to their result, and every result has a QR code that anyone can check.
 .
 One program with an embedded SQLite database (or PostgreSQL), its web
 application and packs of data for what each sector does.
CONTROL
# The same bytes from the same source.
find "$root" -newermt "@$epoch" -exec touch -h -d "@$epoch" {} +
(cd "$root" && find . -path ./DEBIAN -prune -o -type f -printf '%P\0' | LC_ALL=C sort -z | xargs -0 md5sum >DEBIAN/md5sums)
chmod -R u+rwX,go+rX,go-w "$root"
chmod 0640 "$root/etc/tinhso/tinhso.toml"
SOURCE_DATE_EPOCH=$epoch dpkg-deb --root-owner-group -Zxz --build "$root" "$out/tinhso_${version}_${arch}.deb"
