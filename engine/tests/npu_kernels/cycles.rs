//! What the simulator takes kernels to cost, by the operations that they are counted to make.

use super::compiled::{Core, kernels, skipped};
use hark_kernels::tile::cycles::{self, Cycles, Loop};
use std::collections::HashMap;

/// By name, the cycles of calls as the emulation counts their loops.
fn counted(core: Core, loops: &str) -> HashMap<&str, u64> {
    let mut cycles = HashMap::new();
    for line in loops.lines() {
        let (name, counts) = line.split_once(' ').unwrap();
        let counts: Vec<u64> = counts.split(' ').map(|count| count.parse().unwrap()).collect();
        let [pipelined, passes, entries, macs, loads, stores, conversions, lookups, others] =
            counts.try_into().unwrap();
        let is_pipelined = pipelined == 1;
        let body = Loop { is_pipelined, passes, entries, macs, loads, stores, conversions, lookups, others };
        *cycles.entry(name).or_default() += body.cycles(core.generation());
    }
    cycles
}

#[test]
fn cycles_are_those_of_the_counted_operations() {
    for core in [Core::Aie2, Core::Aie2p] {
        let Some(kernels) = kernels(core) else {
            return skipped("cycles_are_those_of_the_counted_operations");
        };
        let loops = kernels.report("loops");
        let counted = counted(core, &loops);
        let of = |name: &str| counted[name];
        let attend = of("attend");
        let right = Cycles {
            begin: ["begin", "begin-sums"].map(of),
            a: ["a-other", "a-own"].map(of),
            ab: ["ab", "ab-sums"].map(of),
            apply: ["apply", "apply-norm", "apply-gelu", "apply-norm-gelu"].map(of),
            attend,
            // All rows of blocks rise.
            raise: (of("attend-raising") - attend).div_ceil(64 / core.rows() as u64),
            mask: of("attend-masked") - attend,
            nothing: of("attend-nothing"),
            end: ["end", "end-keys", "end-values", "end-attention"].map(of),
        };
        assert_eq!(cycles::of(core.generation()), right, "{core:?}");
    }
}
