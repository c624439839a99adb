//! AMX: matrices of 8-bit integers in registers of their own, 16 rows of 64 bytes each; sums are exact.
//!
//! Not in the compiler's stable set of intrinsics, hence assembly. The registers belong to nobody else: the
//! compiler never uses them. Shaping them takes as long as multiplying a tile, so they keep their shape until the
//! thread calls [`release`], after which the system has nothing of them to save.

use super::{BLOCK_ROWS, PANEL, QUAD};
use std::arch::asm;
use std::cell::Cell;

/// Rows of a register, and steps of the inner dimension that one holds.
const HEIGHT: usize = 16;
/// What a row of a register holds.
const ROW_BYTES: usize = 64;
/// Steps that are multiplied at once.
pub(super) const STEPS: usize = ROW_BYTES / QUAD;
/// Columns of a panel that two registers hold.
const COLUMNS: usize = 32;

/// How high and wide each of the eight registers is; the rest must be zero.
#[repr(C, align(64))]
struct Shapes {
    palette: u8,
    start: u8,
    reserved: [u8; 14],
    row_bytes: [u16; 16],
    rows: [u8; 16],
}

/// Four registers of sums, two for the upper rows and two for the lower ones; two of left-hand rows; two of columns.
const fn shapes(upper: u8, lower: u8) -> Shapes {
    let full = HEIGHT as u8;
    // A register of no rows is no register; its values are not looked at.
    let lower = if lower == 0 { 1 } else { lower };
    let mut shapes = Shapes { palette: 1, start: 0, reserved: [0; 14], row_bytes: [0; 16], rows: [0; 16] };
    let rows = [upper, upper, lower, lower, upper, lower, full, full];
    let mut i = 0;
    while i < rows.len() {
        shapes.rows[i] = rows[i];
        shapes.row_bytes[i] = ROW_BYTES as u16;
        i += 1;
    }
    shapes
}

/// `out = a · panel` for 1 to 32 rows of `a`, which lie `stride` bytes apart; `steps` is a multiple of [`STEPS`].
///
/// # Safety
/// As `Kernel`, and the CPU has AMX with 8-bit integers, which the system lets this process use.
pub(super) unsafe fn int8_block(
    (a, stride, rows): (*const u8, usize, usize),
    panel: *const i8,
    steps: usize,
    out: *mut i32,
) {
    debug_assert!((1..=BLOCK_ROWS).contains(&rows) && steps.is_multiple_of(STEPS));
    let upper = rows.min(HEIGHT);
    let lower = rows - upper;
    if SHAPED.get() != rows {
        let shapes = shapes(upper as u8, lower as u8);
        // SAFETY: the shapes are valid for the one palette there is.
        unsafe {
            asm!("ldtilecfg [{}]", in(reg) &raw const shapes, options(nostack, readonly, preserves_flags))
        };
        SHAPED.set(rows);
    }
    for first in (0..PANEL).step_by(COLUMNS) {
        // SAFETY: the columns lie inside the panel and the rows of `out`, by the caller's promise.
        unsafe {
            let panel = panel.add(first * QUAD);
            let out = out.add(first);
            if lower == 0 {
                upper_half(a, stride, panel, steps, out)
            } else {
                both_halves(a, stride, panel, steps, out)
            }
        }
    }
}

thread_local! {
    /// Rows that this thread's registers are shaped for; 0 if they are released.
    static SHAPED: Cell<usize> = const { Cell::new(0) };
}

/// Lets go of the thread's registers.
#[inline]
pub(super) fn release() {
    if SHAPED.replace(0) != 0 {
        // SAFETY: they were shaped, so the CPU has the instruction; what needs them shapes them again.
        unsafe { asm!("tilerelease", options(nomem, nostack, preserves_flags)) };
    }
}

/// Bytes from one step of a panel to the next, and from one row of the result to the next.
const PANEL_STRIDE: usize = PANEL * QUAD;
const OUT_STRIDE: usize = PANEL * size_of::<i32>();
/// Bytes of the left-hand rows and of the panel that are multiplied at once.
const ROW_ADVANCE: usize = ROW_BYTES;
const PANEL_ADVANCE: usize = STEPS * PANEL_STRIDE;

/// # Safety
/// As [`int8_block`], with registers of the right shapes, more than 16 rows, and 32 columns.
#[inline]
unsafe fn both_halves(a: *const u8, stride: usize, panel: *const i8, steps: usize, out: *mut i32) {
    // SAFETY: reads `steps` of the rows and of the panel and writes the result, all there by the caller's promise.
    unsafe {
        asm!(
            "tilezero tmm0",
            "tilezero tmm1",
            "tilezero tmm2",
            "tilezero tmm3",
            "test {count}, {count}",
            "jz 3f",
            "2:",
            "tileloadd tmm6, [{panel} + {panel_stride}]",
            "tileloadd tmm4, [{a} + {stride}]",
            "tileloadd tmm7, [{panel} + {panel_stride} + 64]",
            "tdpbusd tmm0, tmm4, tmm6",
            "tileloadd tmm5, [{lower} + {stride}]",
            "tdpbusd tmm1, tmm4, tmm7",
            "tdpbusd tmm2, tmm5, tmm6",
            "tdpbusd tmm3, tmm5, tmm7",
            "add {a}, {row_advance}",
            "add {lower}, {row_advance}",
            "add {panel}, {panel_advance}",
            "dec {count}",
            "jnz 2b",
            "3:",
            "tilestored [{out} + {panel_stride}], tmm0",
            "tilestored [{out} + {panel_stride} + 64], tmm1",
            "tilestored [{out_lower} + {panel_stride}], tmm2",
            "tilestored [{out_lower} + {panel_stride} + 64], tmm3",
            a = inout(reg) a => _,
            lower = inout(reg) a.add(HEIGHT * stride) => _,
            stride = in(reg) stride,
            panel = inout(reg) panel => _,
            panel_stride = in(reg) PANEL_STRIDE,
            count = inout(reg) steps / STEPS => _,
            out = in(reg) out,
            out_lower = in(reg) out.add(HEIGHT * PANEL),
            row_advance = const ROW_ADVANCE,
            panel_advance = const PANEL_ADVANCE,
            options(nostack),
        );
    }
}

/// # Safety
/// As [`both_halves`], with up to 16 rows.
#[inline]
unsafe fn upper_half(a: *const u8, stride: usize, panel: *const i8, steps: usize, out: *mut i32) {
    // SAFETY: as in `both_halves`.
    unsafe {
        asm!(
            "tilezero tmm0",
            "tilezero tmm1",
            "test {count}, {count}",
            "jz 3f",
            "2:",
            "tileloadd tmm6, [{panel} + {panel_stride}]",
            "tileloadd tmm4, [{a} + {stride}]",
            "tileloadd tmm7, [{panel} + {panel_stride} + 64]",
            "tdpbusd tmm0, tmm4, tmm6",
            "tdpbusd tmm1, tmm4, tmm7",
            "add {a}, {row_advance}",
            "add {panel}, {panel_advance}",
            "dec {count}",
            "jnz 2b",
            "3:",
            "tilestored [{out} + {panel_stride}], tmm0",
            "tilestored [{out} + {panel_stride} + 64], tmm1",
            a = inout(reg) a => _,
            stride = in(reg) stride,
            panel = inout(reg) panel => _,
            panel_stride = in(reg) PANEL_STRIDE,
            count = inout(reg) steps / STEPS => _,
            out = in(reg) out,
            row_advance = const ROW_ADVANCE,
            panel_advance = const PANEL_ADVANCE,
            options(nostack),
        );
    }
}

// A row of the result and a step of a panel are as far apart as one another, and share a register.
const _: () = assert!(PANEL_STRIDE == OUT_STRIDE);

/// Whether the CPU has it and the system saves its registers; on Linux a process has to ask for them first, which
/// this does.
#[cfg(target_os = "linux")]
pub(crate) fn is_allowed() -> bool {
    use std::arch::x86_64::{__cpuid, __cpuid_count, _xgetbv};
    const TILE_AND_INT8: u32 = 1 << 24 | 1 << 25;
    const SAVED: u64 = 1 << 17 | 1 << 18;
    const OSXSAVE: u32 = 1 << 27;
    #[target_feature(enable = "xsave")]
    fn saved() -> u64 {
        // SAFETY: the system has switched the instruction on, as was seen before.
        unsafe { _xgetbv(0) }
    }
    let has = __cpuid(0).eax >= 7
        && __cpuid(1).ecx & OSXSAVE != 0
        && __cpuid_count(7, 0).edx & TILE_AND_INT8 == TILE_AND_INT8;
    // SAFETY: the flag of the system says that the instruction is there.
    has && unsafe { saved() } & SAVED == SAVED && ask()
}

/// The permission to use the registers, for all threads of the process.
#[cfg(target_os = "linux")]
fn ask() -> bool {
    const ARCH_PRCTL: usize = 158;
    const REQUEST: usize = 0x1023;
    const TILE_DATA: usize = 18;
    let mut result = ARCH_PRCTL;
    // SAFETY: a system call that changes nothing but this permission; it leaves rcx and r11 in disorder.
    unsafe {
        asm!("syscall", inout("rax") result, in("rdi") REQUEST, in("rsi") TILE_DATA,
            out("rcx") _, out("r11") _, options(nostack));
    }
    result == 0
}

/// Elsewhere nobody has tried.
#[cfg(not(target_os = "linux"))]
pub(crate) fn is_allowed() -> bool {
    false
}
