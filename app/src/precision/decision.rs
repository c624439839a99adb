//! From a wish and what has been proved to a precision: pure functions.

use super::Verdict;
use hark_engine::Precision;
use hark_engine::transcribe::Way;
use serde::{Deserialize, Serialize};
use std::str::FromStr;

/// What the person wishes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum PrecisionChoice {
    /// The fastest that has proved itself.
    #[default]
    Auto,
    /// This one, proved or not.
    Fixed(Precision),
}

/// Why a precision is used.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Standing {
    /// It has proved itself for this model on this machine.
    Proven,
    /// Nothing is known yet.
    Unproven,
    /// It was asked for.
    Fixed,
    /// Every cheaper one was found wanting; the text says how.
    Fallback(String),
}

/// A precision and why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Decision {
    pub precision: Precision,
    pub standing: Standing,
}

impl PrecisionChoice {
    /// What was asked for, or what is usual: the strict way is the reference's, in f32.
    pub fn or_usual(asked: Option<Self>, way: Way) -> Self {
        asked.unwrap_or(match way {
            Way::Strict => Self::Fixed(Precision::F32),
            _ => Self::Auto,
        })
    }
}

impl FromStr for PrecisionChoice {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        if text == "auto" {
            return Ok(Self::Auto);
        }
        text.parse().map(Self::Fixed).map_err(|_| {
            let names = Precision::ALL.map(Precision::name).join(", ");
            format!("there is no such precision; there are auto, {names}")
        })
    }
}

impl Standing {
    /// Its name in JSON.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Proven => "proven",
            Self::Unproven => "unproven",
            Self::Fixed => "fixed",
            Self::Fallback(_) => "fallback",
        }
    }
}

/// What can stand in for f32, the fastest first. bf16 halves what the decoder reads on every CPU, and
/// where dot products of bf16 pay, the encoder is faster, too. f32 itself needs no proof.
pub const CANDIDATES: [Precision; 3] = [Precision::Int8, Precision::Int8Int16, Precision::Bf16];

/// The precision to use. One that was found wanting is never chosen unasked; one that nothing is known
/// of yet is, and says so.
pub fn decide(wish: PrecisionChoice, verdicts: &[Verdict]) -> Decision {
    if let PrecisionChoice::Fixed(precision) = wish {
        return Decision { precision, standing: Standing::Fixed };
    }
    let mut wanting = Vec::new();
    for precision in CANDIDATES {
        let verdict = verdicts.iter().find(|verdict| verdict.proof.precision == precision);
        let standing = match verdict {
            None => Standing::Unproven,
            Some(verdict) if verdict.proof.passed() => Standing::Proven,
            Some(_) => {
                wanting.push(precision.name());
                continue;
            }
        };
        return Decision { precision, standing };
    }
    let reason = format!("{} did not come close enough to f32", wanting.join(", "));
    Decision { precision: Precision::F32, standing: Standing::Fallback(reason) }
}

#[cfg(test)]
mod tests {
    use super::super::verdicts::tests::verdict;
    use super::PrecisionChoice::{Auto, Fixed};
    use super::*;
    use Precision::{Bf16, F32, Int8, Int8Int16};

    #[test]
    fn what_was_asked_for_holds_and_otherwise_the_way_decides() {
        let table = [
            (None, Way::Default, Auto),
            (None, Way::Fast, Auto),
            (None, Way::Strict, Fixed(F32)),
            (Some(Auto), Way::Strict, Auto),
            (Some(Fixed(Int8)), Way::Strict, Fixed(Int8)),
            (Some(Fixed(Bf16)), Way::Default, Fixed(Bf16)),
        ];
        for (asked, way, wish) in table {
            assert_eq!(PrecisionChoice::or_usual(asked, way), wish, "{asked:?}, {way:?}");
        }
    }

    #[test]
    fn names_become_wishes() {
        for (text, wish) in [("auto", Auto), ("int8+int16", Fixed(Int8Int16)), ("f32", Fixed(F32))] {
            assert_eq!(text.parse(), Ok(wish));
        }
        let error = "there is no such precision; there are auto, int8, int8+int16, bf16, f32".to_owned();
        assert_eq!("f16".parse::<PrecisionChoice>(), Err(error));
    }

    #[test]
    fn the_fastest_that_is_not_found_wanting_is_taken() {
        let yes = |precision| verdict(precision, true);
        let no = |precision| verdict(precision, false);
        let all_failed = Standing::Fallback("int8, int8+int16, bf16 did not come close enough to f32".into());
        let table = [
            (Auto, vec![], Int8, Standing::Unproven),
            (Auto, vec![yes(Int8)], Int8, Standing::Proven),
            (Auto, vec![yes(Bf16), yes(Int8Int16), yes(Int8)], Int8, Standing::Proven),
            (Auto, vec![no(Int8)], Int8Int16, Standing::Unproven),
            (Auto, vec![no(Int8), yes(Int8Int16)], Int8Int16, Standing::Proven),
            (Auto, vec![yes(Bf16)], Int8, Standing::Unproven),
            (Auto, vec![no(Int8), no(Int8Int16)], Bf16, Standing::Unproven),
            (Auto, vec![no(Int8), no(Int8Int16), yes(Bf16)], Bf16, Standing::Proven),
            (Auto, vec![no(Int8), no(Int8Int16), no(Bf16)], F32, all_failed),
            (Fixed(Int8), vec![no(Int8)], Int8, Standing::Fixed),
            (Fixed(F32), vec![yes(Int8)], F32, Standing::Fixed),
        ];
        for (wish, verdicts, precision, standing) in table {
            let expected = Decision { precision, standing };
            assert_eq!(decide(wish, &verdicts), expected, "{wish:?}, {verdicts:?}");
        }
    }
}
