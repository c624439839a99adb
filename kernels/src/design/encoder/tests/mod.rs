//! The lowered encoder, carried out.

mod array;
mod labels;
mod numbers;
mod whole;
