// Starting, waiting for and letting go of runs and lists, of which one is as the other here.
//
// XRT cannot be believed when it says that a command is done. On a command that never finishes, 2.25 throws "unexpected
// command state" or reports a failure in the state NEW at the end of the time limit, a second wait for the same list
// succeeds at once, and destroying a run under way ends the process. So only a state that comes at the end of a command
// counts as one, and what was waited for in vain is given up.
#pragma once

#include "registry.hpp"

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <exception>
#include <system_error>
#include <utility>

// An hour: nobody waits so long.
constexpr uint32_t longest_wait_ms = 3'600'000;

// What a wait brought: the state of the command, or 0 if the time was up.
struct Verdict {
    int state;
    std::string text;
};

inline Verdict waited(const Run& run, std::chrono::milliseconds limit) {
    try {
        const bool done = run.run.wait2(limit) == std::cv_status::no_timeout;
        return {done ? NX_STATE_COMPLETED : 0, ""};
    } catch (const xrt::run::command_error& error) {
        return {static_cast<int>(error.get_command_state()), error.what()};
    }
}

inline bool is_end(int state) {
    return state >= ERT_CMD_STATE_COMPLETED && state < ERT_CMD_STATE_MAX && state != ERT_CMD_STATE_SUBMITTED;
}

inline Verdict waited(const List& list, const xrt::runlist& part, std::chrono::milliseconds limit, uint32_t& failed) {
    try {
        const bool done = part.wait(limit) == std::cv_status::no_timeout;
        return {done ? NX_STATE_COMPLETED : 0, ""};
    } catch (const xrt::runlist::command_error& error) {
        failed = list.index_of(error.get_run());
        return {static_cast<int>(error.get_command_state()), error.what()};
    }
}

// The first failure counts, but no part is left under way. `failed` becomes the index of the run that failed.
inline Verdict waited(const List& list, std::chrono::milliseconds limit, uint32_t& failed) {
    using Clock = std::chrono::steady_clock;
    const auto until = Clock::now() + limit;
    Verdict verdict{NX_STATE_COMPLETED, ""};
    for (const auto& part : list.parts) {
        const auto left = std::chrono::ceil<std::chrono::milliseconds>(until - Clock::now());
        uint32_t index = UINT32_MAX;
        // XRT takes 0 for "no limit".
        auto now = waited(list, part, std::max(left, std::chrono::milliseconds(1)), index);
        if (!is_end(now.state)) return now;
        if (verdict.state != NX_STATE_COMPLETED || now.state == NX_STATE_COMPLETED) continue;
        verdict = std::move(now);
        failed = index;
    }
    return verdict;
}

// The driver answers that there is no device any more.
inline bool is_gone(const Context& context) {
    try {
        xrt::bo(context.context, 4096, xrt::bo::flags::host_only, 0);
        return false;
    } catch (const std::exception&) {
        return remember(Step::memory) == NX_NO_DEVICE;
    }
}

template <class Started>
void give_up(Started& started, Context& context) {
    started.given_up = true;
    context.poisoned = true;
}

template <class Started, class Start>
void start(Started& started, Context& context, Start go) {
    started.check_idle();
    context.check_healthy();
    // Before it is: what fails half way may be under way.
    started.begin();
    try {
        go();
    } catch (...) {
        give_up(started, context);
        throw;
    }
}

template <class Started, class Wait>
void wait_for(Started& started, Context& context, uint32_t limit_ms, int* state, Wait wait) {
    using Clock = std::chrono::steady_clock;
    *required(state, "the place for the state") = NX_STATE_NEW;
    if (limit_ms == 0) throw Failure{NX_ARGUMENT, "no wait is without a limit"};
    if (!started.under_way) throw Failure{NX_ARGUMENT, "nothing was started"};
    *state = NX_STATE_RUNNING;
    if (started.given_up) throw Failure{NX_TIMEOUT, "it was waited for in vain already, and given up"};
    // XRT has signed numbers, and takes some of them for "no limit".
    const std::chrono::milliseconds limit(std::min(limit_ms, longest_wait_ms));
    const auto until = Clock::now() + limit;
    Verdict verdict{0, ""};
    try {
        verdict = wait(limit);
    } catch (const std::system_error&) {
        give_up(started, context);
        throw;
    } catch (const std::exception& error) {
        verdict.text = error.what();
    }
    if (is_end(verdict.state)) {
        *state = verdict.state;
        started.end();
        if (verdict.state == NX_STATE_COMPLETED) return;
        throw Failure{NX_COMMAND, verdict.text};
    }
    const bool in_time = Clock::now() < until && !verdict.text.empty();
    give_up(started, context);
    if (!in_time) throw Failure{NX_TIMEOUT, "not done within " + std::to_string(limit_ms) + " ms"};
    if (is_gone(context)) throw Failure{NX_NO_DEVICE, "the device went away (" + verdict.text + ")", ENODEV};
    throw Failure{NX_DRIVER, "the runtime gave up waiting: " + verdict.text};
}

// Lets go of a run or a list; one that the device may be working on is parked.
template <class Started, class Wait>
void release(std::shared_ptr<Started> started, Wait wait) noexcept {
    // For one that was started and never waited for.
    constexpr std::chrono::milliseconds last_chance{1};
    if (started->under_way) {
        bool over = false;
        if (!started->given_up) try {
            over = is_end(wait(*started, last_chance).state);
        } catch (...) {
            // As good as a time limit.
        }
        if (!over) return Registry::instance().park(std::move(started));
        started->end();
    }
}
