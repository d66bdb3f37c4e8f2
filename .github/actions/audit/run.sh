#!/usr/bin/env bash
# Runs the audit. CLAIMS, BASELINE, SOURCE, ARGUMENTS and BIN are the inputs of the action.
set -euo pipefail

kept=reports/verdicts-of-ci
rm -rf "$kept"
mkdir -p "$kept"
echo "ledger=$kept/verdicts.json" >>"${GITHUB_OUTPUT:-/dev/null}"

words=("${CLAIMS:-claims}")
[ -z "${BASELINE:-}" ] || words+=("--verdicts-baseline=$BASELINE")
[ -z "${SOURCE:-}" ] || words+=("--verdicts-source=$SOURCE")
read -ra more <<<"${ARGUMENTS:-}"

export PATH="${BIN:+$(cd "$BIN" && pwd):}$PATH"
exec pytest "${words[@]}" --verdicts-report="json:$kept/verdicts.json" "${more[@]}"
