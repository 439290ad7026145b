#!/bin/sh
# Fetches the vendored scripts and styles again and checks each file against SHA256SUMS.
# Needs npm. Nothing is replaced unless every sum agrees.
#
# A new version: change it here, run with --accept to write the new sums, read the diff, commit both.
set -eu

htmx=2.0.11
leaflet=1.9.4

vendor=$(cd "$(dirname "$0")/../app/static/vendor" && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

cd "$work"
npm pack --silent "htmx.org@$htmx" "leaflet@$leaflet" >/dev/null
for name in "htmx.org-$htmx" "leaflet-$leaflet"; do
    mkdir "$name"
    tar -xzf "$name.tgz" -C "$name" --strip-components=1
done

mkdir -p new/htmx new/leaflet/images
cp "htmx.org-$htmx/dist/htmx.min.js" "htmx.org-$htmx/LICENSE" new/htmx/
cp "leaflet-$leaflet/dist/leaflet.js" "leaflet-$leaflet/dist/leaflet.css" "leaflet-$leaflet/LICENSE" new/leaflet/
cp "leaflet-$leaflet"/dist/images/*.png new/leaflet/images/
chmod -R u=rwX,go=rX new

cd new
if [ "${1:-}" = "--accept" ]; then
    find htmx leaflet -type f | LC_ALL=C sort | xargs sha256sum >"$vendor/SHA256SUMS"
fi
sha256sum --quiet --strict --check "$vendor/SHA256SUMS"
rm -rf "$vendor/htmx" "$vendor/leaflet"
cp -R htmx leaflet "$vendor/"
echo "htmx $htmx and leaflet $leaflet agree with SHA256SUMS."
