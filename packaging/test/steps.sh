# Runs the steps of ./test and counts what came of them. Sourced by it.
#
# A step is one proof. Runs of `cargo test` count each of their tests. A test that cannot run here
# writes `SKIPPED: NAME: REASON` to standard error and returns; it counts as skipped, not as passed.

passed=0
failed=0
skipped=0

# start_counting FOLDER: where the output of each step is kept.
start_counting() {
    logs=$1
    rm -rf "$logs"
    mkdir -p "$logs"
}

# Runs a command, shows and keeps its output; gives the command's exit code.
logged() {
    title=$1
    shift
    log=$logs/$(printf '%s' "$title" | tr -c 'a-zA-Z0-9' '-').log
    say
    say "== $title"
    # A pipe's exit code is that of its last command, so the first one's goes through a file.
    {
        code=0
        "$@" </dev/null 2>&1 || code=$?
        echo "$code" >"$log.code"
    } | tee "$log"
    read -r code <"$log.code"
    return "$code"
}

# step TITLE COMMAND...: one proof.
step() {
    if logged "$@"; then
        passed=$((passed + 1))
    else
        failed=$((failed + 1))
        say "FAILED: $1"
    fi
}

# skip TITLE REASON: a step that cannot run here.
skip() {
    skipped=$((skipped + 1))
    say
    say "== $1"
    say "SKIPPED: $1: $2"
}

# tests TITLE COMMAND...: a run of `cargo test`, whose tests are counted one by one.
tests() {
    code=0
    logged "$@" || code=$?
    count_results
    passed=$((passed + ran_passed - ran_skipped))
    failed=$((failed + ran_failed))
    skipped=$((skipped + ran_ignored + ran_skipped))
    judge "$1"
}

# tests_put_off TITLE COMMAND...: the same for tests that an earlier run has counted as ignored.
tests_put_off() {
    tests "$@"
    skipped=$((skipped - ran_passed - ran_failed - ran_ignored))
}

# Sums the result lines of $log into ran_passed, ran_failed, ran_ignored and ran_skipped.
count_results() {
    eval "$(awk '
        /^test result: / {
            for (i = 2; i <= NF; i++) {
                if ($i == "passed;") passed += $(i - 1)
                if ($i == "failed;") failed += $(i - 1)
                if ($i == "ignored;") ignored += $(i - 1)
            }
        }
        # Not at the start of a line where tests run one by one.
        /SKIPPED: / { skipped++ }
        END {
            printf "ran_passed=%d ran_failed=%d ran_ignored=%d ran_skipped=%d\n", passed, failed, ignored, skipped
        }' "$log")"
}

# A run that ended badly without a failed test did not get as far as its tests, or broke off.
judge() {
    if [ "$code" -ne 0 ]; then
        [ "$ran_failed" -gt 0 ] || failed=$((failed + 1))
        say "FAILED: $1"
    elif [ $((ran_passed + ran_failed + ran_ignored)) -eq 0 ]; then
        skip "$1" "there is no such test yet"
    fi
    grep -o 'SKIPPED: .*' "$log" >&2 || true
    grep '^test .* \.\.\. ignored' "$log" >&2 || true
}

# The last line; fails if anything has failed.
closing_line() {
    say
    say "Output of each step: $logs"
    echo "$passed passed, $failed failed, $skipped skipped"
    [ "$failed" -eq 0 ]
}
