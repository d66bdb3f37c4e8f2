#!/usr/bin/env bash
# Draws every view of the ledger that the run left, and is the gate: fails unless the run is whole and green.
set -euo pipefail

kept=reports/verdicts-of-ci
ledger="$kept/verdicts.json"
export PATH="${BIN:+$(cd "$BIN" && pwd):}$PATH"

if [ ! -f "$ledger" ]; then
    echo "::error title=verdicts::the run left no ledger: its own output says why"
    exit 1
fi
for view in html:html markdown:md junit:xml sarif:sarif badge:badge.json text:txt; do
    verdicts render "${view%%:*}" "$ledger" -o "$kept/verdicts.${view#*:}"
done
cat "$kept/verdicts.md" >>"${GITHUB_STEP_SUMMARY:-/dev/null}"
verdicts render annotations "$ledger"
verdicts verify "$ledger" ${BASELINE:+--baseline "$BASELINE"}
