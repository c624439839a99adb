//! A shim's buffer descriptors as the controller writes them, and the tasks that are made of them.

use super::addresses::Addresses;
use super::fault::Fault;
use super::tasks::{Footprint, Task};
use crate::txn::{Descriptor, Dim, Field};
use std::sync::Arc;

/// Descriptors of a shim.
const DESCRIPTORS: usize = 16;
/// Arguments whose addresses the firmware translates.
const TRANSLATED: u8 = 5;

/// The registers of a shim that matter.
pub(super) struct Registers {
    descriptors: [Slot; DESCRIPTORS],
}

#[derive(Clone, Copy, Default)]
struct Slot {
    words: Descriptor,
    /// Which argument's address it has, and bytes from there, if it was patched in by the launch under way.
    address: Option<(u8, u64)>,
}

impl Registers {
    pub fn new() -> Self {
        Self { descriptors: [Slot::default(); DESCRIPTORS] }
    }

    /// Addresses are those of the last launch's buffers.
    pub fn forget_addresses(&mut self) {
        self.descriptors.iter_mut().for_each(|slot| slot.address = None);
    }

    /// Writes a word of a descriptor.
    pub fn write(&mut self, number: u8, word: u8, value: u32, mask: u32) {
        let Some(slot) = self.descriptors.get_mut(usize::from(number)) else { return };
        let Some(old) = slot.words.words.get_mut(usize::from(word)) else { return };
        *old = *old & !mask | value & mask;
        if matches!(word, 1 | 2) {
            slot.address = None;
        }
    }

    /// Patches an argument's address into a descriptor.
    pub fn patch(&mut self, number: u8, argument: u8, plus: u64, given: usize) -> Result<(), Fault> {
        let known = given.min(usize::from(TRANSLATED));
        if usize::from(argument) >= known {
            return Err(Fault::Argument { argument, known });
        }
        if !plus.is_multiple_of(4) {
            return Err(Fault::Misaligned {
                what: format!("BD {number} in argument {argument}"),
                byte: plus,
            });
        }
        if let Some(slot) = self.descriptors.get_mut(usize::from(number)) {
            slot.address = Some((argument, plus));
        }
        Ok(())
    }

    /// The task that a word in a channel's queue begins; `lens` are the arguments' in words.
    pub fn task(&self, number: u8, runs: u32, token: bool, lens: &[usize]) -> Result<Task, Fault> {
        let wrong = |why: String| Fault::Descriptor { number, why };
        let Some(slot) = self.descriptors.get(usize::from(number)) else {
            return Err(wrong("there is no such descriptor".into()));
        };
        let get = |field| slot.words.get(field);
        if get(Field::Valid) == 0 {
            return Err(wrong("it is not valid".into()));
        }
        if slot.words.strange().iter().any(|bits| *bits != 0) {
            return Err(wrong(format!("bits that no field has: {:x?}", slot.words.strange())));
        }
        for field in [Field::EnablePacket, Field::AcquireEnable, Field::ReleaseValue, Field::UseNext] {
            if get(field) != 0 {
                return Err(wrong(format!("{}: the simulator does not know of it in a shim", field.name())));
            }
        }
        let words = get(Field::Length);
        if words == 0 {
            return Err(wrong("it has no words".into()));
        }
        let Some((argument, plus)) = slot.address else {
            return Err(wrong("no argument's address was patched in".into()));
        };
        let known = usize::from(TRANSLATED).min(lens.len());
        let argument_words =
            *lens.get(usize::from(argument)).ok_or(Fault::Argument { argument, known })? as u64;
        let outside = |end| Fault::Outside { argument, end, words: argument_words };
        let (wrap, current) = (get(Field::IterationWrap), get(Field::IterationCurrent));
        if current > wrap {
            return Err(wrong(format!("it is in run {current} of {}", wrap + 1)));
        }
        let addresses = Addresses::new(0, &dims(&slot.words), words).ok_or_else(|| outside(u64::MAX))?;
        let base = (plus / 4) as usize;
        let turn = |run: u32| ((current + run) % (wrap + 1)) as usize;
        let bases = (0..runs.min(wrap + 1)).map(|run| base + turn(run) * step(&slot.words));
        let footprint = Footprint { argument, addresses: Arc::new(addresses), bases: bases.collect(), token };
        let end = footprint.extent().1 as u64;
        if end > argument_words {
            return Err(outside(end));
        }
        Ok(Task { descriptor: number, footprint, base, runs, cold: false })
    }

    /// Where the next run of a task begins; counts the iteration on.
    pub fn next_run(&mut self, task: &Task) -> usize {
        let Some(slot) = self.descriptors.get_mut(usize::from(task.descriptor)) else { return task.base };
        let current = slot.words.get(Field::IterationCurrent);
        let wrap = slot.words.get(Field::IterationWrap);
        let base = task.base + current as usize * step(&slot.words);
        let next = if current >= wrap { 0 } else { current + 1 };
        // The next is no larger than the wrap, whose field has as many bits.
        let _ = slot.words.set(Field::IterationCurrent, next.into());
        base
    }
}

fn step(descriptor: &Descriptor) -> usize {
    let wrap = descriptor.get(Field::IterationWrap);
    if wrap == 0 { 0 } else { descriptor.get(Field::IterationStep) as usize + 1 }
}

/// The dimensions that a descriptor means: a wrap of 0 has no end.
fn dims(descriptor: &Descriptor) -> Vec<Dim> {
    let get = |field| descriptor.get(field);
    let words = get(Field::Length);
    let (first, second) = (get(Field::Wrap0), get(Field::Wrap1));
    let stride = |field| get(field) + 1;
    if first == 0 {
        return vec![Dim { size: words, stride: stride(Field::Step0) }];
    }
    let mut dims = vec![Dim { size: first, stride: stride(Field::Step0) }];
    if second == 0 {
        dims.push(Dim { size: words.div_ceil(first), stride: stride(Field::Step1) });
        return dims;
    }
    dims.push(Dim { size: second, stride: stride(Field::Step1) });
    dims.push(Dim { size: words.div_ceil(first.saturating_mul(second)), stride: stride(Field::Step2) });
    dims
}
