#!/bin/sh
# Lists the bundled clips by SHA-256, for the rule that the demo model is for them alone.
set -eu
cd "$(dirname "$0")/.."
LC_ALL=C sha256sum samples/*.wav > samples.sha256
