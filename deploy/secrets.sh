#!/bin/sh
# Makes the random secrets that docker-compose.yml mounts; those that exist stay as they are.
#
# The folder is closed (0700) and the files in it are readable (0644): compose mounts them as they
# are, and each container reads them under an account of its own.
set -eu
folder="$(dirname "$0")/secrets"
mkdir -p "$folder"
chmod 0700 "$folder"
for name in postgres-superuser postgres-intake postgres-registration postgres-training \
    postgres-matching postgres-reporting postgres-grafana grafana-admin steward-token \
    approver-token seal-key; do
    [ -s "$folder/$name" ] || od -An -N32 -tx1 /dev/urandom | tr -d ' \n' >"$folder/$name"
    chmod 0644 "$folder/$name"
done
echo "secrets are in $folder"
