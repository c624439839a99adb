//! What could be different about the design, each by itself.

/// What could be changed in the design, to see what it would bring.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Changes {
    /// Memory tiles keep A's tiles of a row of tiles and send them again for each output tile, where they have room.
    pub resident_a: bool,
    /// Memory tiles keep B's tiles and send them again for each row of tiles, where they have room.
    pub resident_b: bool,
    /// A core adds a residual's tile to its sums instead of multiplying it by ones on the diagonal.
    pub added_residual: bool,
    /// A core of a product takes the place of what goes out when it is made, not before: what was there has long gone.
    pub late_c: bool,
    /// The next operation's tasks are started while this one's last tiles go out, and commands are written then.
    pub early_orders: bool,
    /// Products reach no more of the multipliers' peak than others' compiled kernels: a change for the worse.
    pub slow_products: bool,
    /// What attention does besides products takes half the cycles.
    pub fast_exponentials: bool,
    /// Norm, bias and GELU take half the cycles.
    pub fast_epilogue: bool,
}

impl Changes {
    /// The design as it is.
    pub const NONE: Self = Self {
        resident_a: false,
        resident_b: false,
        added_residual: false,
        late_c: false,
        early_orders: false,
        slow_products: false,
        fast_exponentials: false,
        fast_epilogue: false,
    };
}
