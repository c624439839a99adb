//! Loops of other packages, compiled for every instruction set.

use crate::isa::Isa;
#[cfg(target_arch = "x86_64")]
use crate::isa::Level;

/// Loops that the compiler turns into vector instructions.
pub trait Work {
    /// What they compute.
    type Output;

    /// Runs them. Must be `#[inline(always)]`, as must be what it calls: only what is inlined is compiled anew.
    fn run(self) -> Self::Output;
}

impl Isa {
    /// Runs loops as compiled for this instruction set.
    #[inline]
    pub fn run<W: Work>(self, work: W) -> W::Output {
        #[cfg(target_arch = "x86_64")]
        {
            #[target_feature(enable = "avx2,fma")]
            fn avx2<W: Work>(work: W) -> W::Output {
                work.run()
            }
            #[target_feature(enable = "avx2,fma,avx512f,avx512vl,avx512dq,avx512bw")]
            fn avx512<W: Work>(work: W) -> W::Output {
                work.run()
            }
            match self.level() {
                // SAFETY: an `Isa` of this level exists only if the CPU has these features.
                Level::Avx2 => return unsafe { avx2(work) },
                Level::Portable => {}
                // SAFETY: as above; every higher level includes AVX-512.
                _ => return unsafe { avx512(work) },
            }
        }
        work.run()
    }
}
