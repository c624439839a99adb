//! Which instruction sets this CPU has.

use std::fmt;
use std::sync::OnceLock;

/// An instruction set that this CPU has: a value exists only if it was detected, which is what makes
/// calling its kernels safe.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Isa(Level);

/// From the least to the most; each includes the ones before.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Level {
    /// What every CPU of the compiler's target has.
    Portable,
    /// AVX2 and FMA.
    Avx2,
    /// AVX-512 F, VL, DQ and BW.
    Avx512,
    /// AVX-512 with 8-bit dot products.
    Vnni,
    /// AVX-512 with bf16 dot products.
    Bf16,
    /// As well matrices of 8-bit integers in registers.
    Amx,
}

const LEVELS: [(Level, &str); 6] = [
    (Level::Portable, "portable"),
    (Level::Avx2, "avx2"),
    (Level::Avx512, "avx512"),
    (Level::Vnni, "vnni"),
    (Level::Bf16, "bf16"),
    (Level::Amx, "amx"),
];

/// Names the most that may be used, whatever the CPU has: for tests, and to compare.
const LIMIT: &str = "HARK_ISA";

impl Isa {
    /// The best that this CPU has, within the limit that the environment variable `HARK_ISA` may set
    /// (`portable`, `avx2`, `avx512`, `vnni`, `bf16` or `amx`; anything else is no limit).
    #[inline]
    pub fn best() -> Self {
        static BEST: OnceLock<Isa> = OnceLock::new();
        *BEST.get_or_init(|| Isa(limited(std::env::var(LIMIT).ok().as_deref(), detected())))
    }

    /// Everything this CPU has, from the least to the most. No limit applies.
    pub fn all() -> Vec<Self> {
        let most = detected();
        LEVELS.iter().map(|(level, _)| Self(*level)).filter(|isa| isa.0 <= most).collect()
    }

    pub(crate) fn level(self) -> Level {
        self.0
    }

    /// Whether there are dot products of pairs of bf16.
    pub fn has_bf16_dot(self) -> bool {
        self.0 >= Level::Bf16
    }
}

impl fmt::Display for Isa {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = LEVELS.iter().find(|(level, _)| *level == self.0).map_or("", |(_, name)| name);
        f.write_str(name)
    }
}

/// The most that the CPU and a limit of this name allow.
fn limited(limit: Option<&str>, detected: Level) -> Level {
    let named = LEVELS.iter().find(|(_, name)| Some(*name) == limit);
    named.map_or(detected, |(level, _)| detected.min(*level))
}

#[cfg(target_arch = "x86_64")]
fn detected() -> Level {
    let avx2 = is_x86_feature_detected!("avx2") && is_x86_feature_detected!("fma");
    let avx512 = avx2
        && is_x86_feature_detected!("avx512f")
        && is_x86_feature_detected!("avx512vl")
        && is_x86_feature_detected!("avx512dq")
        && is_x86_feature_detected!("avx512bw");
    let vnni = avx512 && is_x86_feature_detected!("avx512vnni");
    let bf16 = vnni && is_x86_feature_detected!("avx512bf16");
    match (avx2, avx512, vnni, bf16) {
        (_, _, _, true) if crate::kernels::amx::is_allowed() => Level::Amx,
        (_, _, _, true) => Level::Bf16,
        (_, _, true, _) => Level::Vnni,
        (_, true, _, _) => Level::Avx512,
        (true, _, _, _) => Level::Avx2,
        _ => Level::Portable,
    }
}

#[cfg(not(target_arch = "x86_64"))]
fn detected() -> Level {
    Level::Portable
}

/// Compiles one body for every instruction set and calls the one that an [`Isa`] names. A body followed
/// by `<FMA>` has a generic parameter that says whether fused multiply-add is there.
macro_rules! dispatched {
    ($(#[$doc:meta])* $vis:vis fn $name:ident($($arg:ident: $ty:ty),*) $(-> $ret:ty)? = $body:ident $(<$fma:ident>)?) => {
        $(#[$doc])*
        #[inline]
        $vis fn $name(isa: $crate::isa::Isa, $($arg: $ty),*) $(-> $ret)? {
            #[cfg(target_arch = "x86_64")]
            {
                #[target_feature(enable = "avx2,fma")]
                fn avx2($($arg: $ty),*) $(-> $ret)? {
                    $body$(::<{ const $fma: bool = true; $fma }>)?($($arg),*)
                }
                #[target_feature(enable = "avx2,fma,avx512f,avx512vl,avx512dq,avx512bw")]
                fn avx512($($arg: $ty),*) $(-> $ret)? {
                    $body$(::<{ const $fma: bool = true; $fma }>)?($($arg),*)
                }
                match isa.level() {
                    // SAFETY: an `Isa` of this level exists only if the CPU has these features.
                    $crate::isa::Level::Avx2 => return unsafe { avx2($($arg),*) },
                    $crate::isa::Level::Portable => {}
                    // SAFETY: as above; every higher level includes AVX-512.
                    _ => return unsafe { avx512($($arg),*) },
                }
            }
            let _ = isa;
            $body$(::<{ const $fma: bool = false; $fma }>)?($($arg),*)
        }
    };
}
pub(crate) use dispatched;

/// `a · b + c`, in one rounding if `FMA`.
#[inline(always)]
pub(crate) fn fma<const FMA: bool>(a: f32, b: f32, c: f32) -> f32 {
    if FMA { a.mul_add(b, c) } else { a * b + c }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn levels_come_in_order_and_have_names() {
        let all = Isa::all();
        assert!(all.is_sorted() && all.contains(&Isa::best()));
        assert_eq!(all[0].to_string(), "portable");
        let most = all[all.len() - 1];
        assert!(all.iter().all(|isa| isa.has_bf16_dot() == ["bf16", "amx"].contains(&&*isa.to_string())));
        assert_eq!(all.len(), most.level() as usize + 1, "nothing between the least and the most is missing");
    }

    #[test]
    fn a_limit_lowers_what_was_detected_and_never_raises_it() {
        for (limit, detected, expected) in [
            (None, Level::Bf16, Level::Bf16),
            (Some("portable"), Level::Bf16, Level::Portable),
            (Some("avx2"), Level::Bf16, Level::Avx2),
            (Some("avx512"), Level::Vnni, Level::Avx512),
            (Some("vnni"), Level::Vnni, Level::Vnni),
            (Some("bf16"), Level::Avx2, Level::Avx2),
            (Some("bf16"), Level::Amx, Level::Bf16),
            (Some("vnni"), Level::Portable, Level::Portable),
            (Some("AVX2"), Level::Bf16, Level::Bf16),
            (Some(""), Level::Avx512, Level::Avx512),
        ] {
            assert_eq!(limited(limit, detected), expected, "{limit:?} on {detected:?}");
        }
    }
}
