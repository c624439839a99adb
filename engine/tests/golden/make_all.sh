#!/bin/sh
# Makes every golden in engine/tests/data again with the reference implementation.
# Needs Python 3.10 or later with requirements.txt installed: python -m pip install -r requirements.txt
# PYTHON chooses the interpreter. Takes about three minutes on two cores.
set -eu
cd "$(dirname "$0")"
python=${PYTHON:-python3}
"$python" formula.py > ../data/formula.json
"$python" tokenizer.py > ../data/tokenizer.json
"$python" quants.py > ../data/quants.json
"$python" widen.py > ../data/widen.json
"$python" layers.py
"$python" decoding.py --expected ../../../assets/demo/samples/expected.tsv
