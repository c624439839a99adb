//! Words of a buffer in any order of loops, as tasks of a shim's DMA.

use crate::op::Buffer;
use crate::txn::{Dim, Pattern};

/// Words that a loop's innermost dimension has at most are 1023: stretches are multiples of this.
const STRETCH: u32 = 512;
/// Words from one to the next, at most.
const STEP: u32 = 1 << 20;
/// Turns of the outermost loop of a task, at most: if it goes on, and if it repeats.
const STRIDED: u32 = 64;
const REPEATED: u32 = 256;

/// Stretches of words, in loops.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Walk {
    /// Where they are.
    pub buffer: Buffer,
    /// The first word.
    pub offset: u32,
    /// Words of a stretch: a multiple of 512.
    pub stretch: u32,
    /// Loops around stretches, the fastest first; a stride of 0 repeats.
    pub loops: Vec<Dim>,
}

/// A task that a descriptor holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Task {
    /// Where its words are.
    pub buffer: Buffer,
    /// The first word.
    pub offset: u32,
    /// Which words from there.
    pub pattern: Pattern,
}

impl Walk {
    /// In as few tasks as loops allow: the innermost loop within a run, the next as runs, and the others in tasks one
    /// after the other.
    pub fn tasks(&self) -> Vec<Task> {
        let mut loops = merged(&self.loops).into_iter().peekable();
        let one = Dim { size: 1, stride: 0 };
        let inner = loops.next_if(|dim| dim.stride > 0 && dim.stride <= STEP).unwrap_or(one);
        let runs = loops
            .next_if(|dim| match dim.stride {
                0 => dim.size <= REPEATED,
                stride => stride <= STEP && dim.size <= STRIDED,
            })
            .unwrap_or(one);
        let rows = Dim { size: self.stretch / STRETCH, stride: STRETCH };
        let pattern = Pattern { dims: [Dim { size: STRETCH, stride: 1 }, rows, inner], runs };
        let mut offsets = vec![self.offset];
        for Dim { size, stride } in loops {
            offsets = (0..size).flat_map(|i| offsets.iter().map(move |offset| offset + i * stride)).collect();
        }
        offsets.into_iter().map(|offset| Task { buffer: self.buffer, offset, pattern }).collect()
    }
}

/// Without loops that go round once, and with those as one that go on where the one inside them ends.
fn merged(loops: &[Dim]) -> Vec<Dim> {
    let mut all: Vec<Dim> = Vec::new();
    for dim in loops.iter().filter(|dim| dim.size > 1) {
        match all.last_mut() {
            Some(last) if u64::from(last.size) * u64::from(last.stride) == u64::from(dim.stride) => {
                last.size *= dim.size;
            }
            _ => all.push(*dim),
        }
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    fn walk(stretch: u32, loops: &[(u32, u32)]) -> Walk {
        let loops = loops.iter().map(|&(size, stride)| Dim { size, stride }).collect();
        Walk { buffer: Buffer::Scratch, offset: 7, stretch, loops }
    }

    /// First words of all stretches, by plain loops.
    fn stretches(walk: &Walk) -> Vec<u32> {
        let mut all = vec![walk.offset];
        for dim in &walk.loops {
            all = (0..dim.size).flat_map(|i| all.iter().map(move |at| at + i * dim.stride)).collect();
        }
        all.iter().flat_map(|at| (0..walk.stretch / STRETCH).map(move |i| at + i * STRETCH)).collect()
    }

    /// The same of tasks, as a DMA goes.
    fn of_tasks(tasks: &[Task]) -> Vec<u32> {
        let mut all = Vec::new();
        for task in tasks {
            let Pattern { dims: [words, rows, inner], runs } = task.pattern;
            assert_eq!(words, Dim { size: STRETCH, stride: 1 });
            for (i, j, k) in (0..runs.size)
                .flat_map(|i| (0..inner.size).flat_map(move |j| (0..rows.size).map(move |k| (i, j, k))))
            {
                all.push(task.offset + i * runs.stride + j * inner.stride + k * rows.stride);
            }
        }
        all
    }

    #[test]
    fn tasks_go_where_loops_go() {
        let walks = [
            (walk(2048, &[]), 1),
            (walk(2048, &[(8, 8192)]), 1),
            (walk(2048, &[(8, 8192), (3, 0)]), 1),
            (walk(2048, &[(8, 8192), (3, 0), (6, 65536)]), 6),
            (walk(2048, &[(8, 8192), (1, 0), (6, 65536)]), 1),
            (walk(2048, &[(8, 8192), (6, 98304)]), 1),
            (walk(8192, &[(2, 8192), (6, 16384)]), 1),
            (walk(2048, &[(1, 9), (6, 0)]), 1),
            (walk(1024, &[(8, 2048), (5, 393_216), (2, 16384)]), 2),
            (walk(1024, &[(8, 2048), (5, STEP + 1), (2, 16384)]), 10),
            (walk(1024, &[(8, 2048), (65, 50_000)]), 65),
            (walk(1024, &[(8, 2048), (257, 0)]), 257),
            (walk(1024, &[(3, STEP + 1)]), 3),
        ];
        for (walk, count) in walks {
            let tasks = walk.tasks();
            assert_eq!(tasks.len(), count, "{walk:?}");
            assert_eq!(of_tasks(&tasks), stretches(&walk), "{walk:?}");
        }
    }
}
