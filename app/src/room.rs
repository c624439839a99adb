//! Whether a model fits into memory, before it is tried.

use crate::text::size;
use hark_engine::Precision;

/// A model needs more memory than there is. The text says how much and what helps.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "the model {model} needs about {} of memory in {precision}, and {} are available; {}",
    size(*needed), size(*available), remedy(*precision)
)]
pub struct NoRoom {
    model: String,
    precision: Precision,
    needed: u64,
    available: u64,
}

fn remedy(precision: Precision) -> &'static str {
    match precision {
        Precision::Int8 | Precision::Int8Int16 => "close other programs or use a smaller model",
        Precision::Bf16 => "close other programs, use a smaller model, or int8, which needs half",
        Precision::F32 => "close other programs, use a smaller model, or int8, which needs a quarter",
    }
}

/// Refuses what cannot fit. What `needed` leaves out, and what the system does not tell, is let through.
///
/// # Errors
/// [`NoRoom`] if more bytes are needed than are available.
pub fn check(model: &str, precision: Precision, needed: u64, available: Option<u64>) -> Result<(), NoRoom> {
    match available {
        Some(available) if needed > available => {
            Err(NoRoom { model: model.into(), precision, needed, available })
        }
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_cannot_fit_is_refused() {
        for available in [None, Some(100), Some(u64::MAX)] {
            assert_eq!(check("base", Precision::F32, 100, available), Ok(()));
        }
        let refused = check("large-v3", Precision::F32, 6_400_000_000, Some(3_100_000_000)).unwrap_err();
        assert_eq!(
            refused.to_string(),
            "the model large-v3 needs about 6.4 GB of memory in f32, and 3.1 GB are available; \
             close other programs, use a smaller model, or int8, which needs a quarter"
        );
        let refused = check("large-v3", Precision::Int8, 101, Some(100)).unwrap_err().to_string();
        assert!(refused.ends_with("close other programs or use a smaller model"), "{refused}");
    }
}
