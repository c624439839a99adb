//! A core's program on tiles as streams bring them: with the kernels themselves, and with the simulator's.

use super::compiled::{Core, Kernels, Operation, Rounding};
use super::streams::bits;
use hark_kernels::design::graph::Kernel;
use hark_kernels::design::{Command, mode};
use hark_kernels::tile::{self, CORE_BYTES, SIDE, TOKEN_BYTES};
use hark_kernels::txn::Generation;
use hark_simd::Isa;
use std::iter::Cycle;
use std::slice::Iter;

/// A tile on a stream.
pub type Token = Vec<u16>;

/// What one core gets. Streams that repeat themselves may be there once.
#[derive(Clone, Default)]
pub struct Program {
    pub command: Command,
    pub column: u32,
    pub a: Vec<Token>,
    pub b: Vec<Token>,
}

impl Core {
    /// Rows of a block of A and of sums.
    pub fn rows(self) -> usize {
        match self {
            Self::Aie2 => 4,
            Self::Aie2p => 8,
        }
    }

    pub fn generation(self) -> Generation {
        match self {
            Self::Aie2 => Generation::Npu1,
            Self::Aie2p => Generation::Npu2,
        }
    }
}

impl Program {
    /// What goes out by the kernels themselves.
    pub fn compiled(&self, kernels: &Kernels, rounding: Rounding) -> Vec<Token> {
        let Command { mode, rows, outs, a, ab, b, residual, keys } = self.command;
        let words = [
            Operation::Program as u32,
            mode | rounding.bits(),
            keys,
            self.column,
            rows,
            outs,
            a,
            ab,
            b,
            residual,
        ];
        let mut request: Vec<u8> = words.iter().flat_map(|word| word.to_le_bytes()).collect();
        for stream in [&self.a, &self.b] {
            request.extend((stream.len() as u32).to_le_bytes());
            request.extend(stream.iter().flatten().flat_map(|bits| bits.to_le_bytes()));
        }
        let before = if rounding == Rounding::Even { Rounding::CutOff } else { Rounding::Even };
        let (made, _) = kernels.reply(before, &request);
        made.values.chunks_exact(SIDE * SIDE).map(|tile| tile.iter().map(|v| bits(*v)).collect()).collect()
    }

    /// What goes out by the simulator's kernels, and the cycles that all calls take.
    pub fn simulated(&self, core: Core, isa: Isa, rounding: Rounding) -> (Vec<Token>, u64) {
        let (mut core, mut made) = (SimulatedCore::new(self, core, isa), Vec::new());
        let command = &self.command;
        let without = command.mode & !mode::STATISTICS | rounding.bits();
        for at in 0..command.rows * command.outs {
            let mode = if at % command.outs == 0 { command.mode | rounding.bits() } else { without };
            core.call(Kernel::Begin, &[STATE, mode, command.keys]);
            for i in 0..command.a {
                core.take_a();
                core.call(Kernel::A, &[A, OUT, u32::from(i == self.column)]);
            }
            (0..command.ab).for_each(|_| core.multiply(mode));
            for _ in 0..command.b {
                core.take_b();
                core.call(Kernel::B, &[STATE, mode, B, OUT]);
            }
            (0..command.residual).for_each(|_| core.multiply(without));
            core.call(Kernel::End, &[STATE, mode, OUT]);
            made.push(core.token(OUT));
        }
        (made, core.cycles)
    }
}

/// Addresses in a core's memory.
const STATE: u32 = 0;
const A: u32 = CORE_BYTES as u32;
const B: u32 = A + TOKEN_BYTES as u32;
const OUT: u32 = B + TOKEN_BYTES as u32;

/// A core's memory, at first filled with NaN, and its ends of streams.
struct SimulatedCore<'a> {
    kernels: tile::Kernels,
    memory: Vec<u8>,
    cycles: u64,
    a: Cycle<Iter<'a, Token>>,
    b: Cycle<Iter<'a, Token>>,
}

impl<'a> SimulatedCore<'a> {
    fn new(program: &'a Program, core: Core, isa: Isa) -> Self {
        Self {
            kernels: tile::Kernels::with_isa(core.generation(), isa),
            memory: vec![0xff; OUT as usize + TOKEN_BYTES],
            cycles: 0,
            a: program.a.iter().cycle(),
            b: program.b.iter().cycle(),
        }
    }

    fn call(&mut self, kernel: Kernel, arguments: &[u32]) {
        self.cycles += self.kernels.call(kernel, arguments, &mut self.memory).unwrap();
    }

    fn multiply(&mut self, mode: u32) {
        self.take_a();
        self.take_b();
        self.call(Kernel::AB, &[STATE, mode, A, B]);
    }

    fn take_a(&mut self) {
        let token = self.a.next().unwrap();
        self.put(A, token);
    }

    fn take_b(&mut self) {
        let token = self.b.next().unwrap();
        self.put(B, token);
    }

    fn put(&mut self, at: u32, token: &Token) {
        let bytes: Vec<u8> = token.iter().flat_map(|bits| bits.to_le_bytes()).collect();
        self.memory[at as usize..][..TOKEN_BYTES].copy_from_slice(&bytes);
    }

    fn token(&self, at: u32) -> Token {
        let bytes = &self.memory[at as usize..][..TOKEN_BYTES];
        bytes.chunks_exact(2).map(|pair| u16::from_le_bytes([pair[0], pair[1]])).collect()
    }
}
