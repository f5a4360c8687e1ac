#!/bin/sh
# Creates the random secrets that docker-compose.yml mounts; existing ones are kept.
#
# The folder has mode 0700, the files in it 0644: compose mounts them with their modes, and each
# container reads them as its own account.
set -eu
folder="$(dirname "$0")/secrets"
mkdir -p "$folder"
chmod 0700 "$folder"
for name in postgres-superuser postgres-intake postgres-registration postgres-training \
    postgres-matching postgres-reporting postgres-grafana grafana-admin steward-token \
    approver-token quarantine-key; do
    [ -s "$folder/$name" ] || od -An -N32 -tx1 /dev/urandom | tr -d ' \n' >"$folder/$name"
    chmod 0644 "$folder/$name"
done
echo "secrets are in $folder"
