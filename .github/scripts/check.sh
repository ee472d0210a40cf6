#!/usr/bin/env bash
# Checks a proposal without any credential: is the policy well-formed, does it pass its own cases? Then packs it as data for the
# job that may ask GitHub. POLICY is its folder, PROPOSAL the file to write.
set -euo pipefail
ordain validate --policy "$POLICY" --pack "$PROPOSAL"
ordain test --policy "$POLICY"
