//! The text says what the design says.

use super::check::check;
use super::samples::{graph, launch};
use super::{TextError, reference, text};
use crate::design::graph::{Argument, Core, Graph, Statement, Tile, Value};
use crate::design::resident;
use crate::txn::{Device, Dialect, Step, encode};
use std::collections::HashMap;

/// What a core does that others see: locks, and calls with what is given.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Deed {
    Lock(String, String),
    Call(String, Vec<String>),
}

/// Runs a program as the graph has it, once per command.
struct Direct<'g> {
    tile: &'g Tile,
    core: &'g Core,
    command: [u32; 8],
    next: Vec<usize>,
    held: Vec<usize>,
    turns: Vec<u32>,
    deeds: Vec<Deed>,
}

impl<'g> Direct<'g> {
    fn run(tile: &'g Tile, commands: &[[u32; 8]]) -> Vec<Deed> {
        let core = tile.core.as_ref().unwrap();
        let ports = core.ports.len();
        let mut run = Self {
            tile,
            core,
            command: [0; 8],
            next: vec![0; ports],
            held: vec![0; ports],
            turns: vec![],
            deeds: vec![],
        };
        for command in commands {
            run.command = *command;
            run.body(&core.program);
        }
        run.deeds
    }

    fn lock(&mut self, action: &str, lock: usize) {
        self.deeds.push(Deed::Lock(action.into(), format!("%{}", self.tile.locks[lock].name)));
    }

    fn body(&mut self, body: &[Statement]) {
        for statement in body {
            match statement {
                Statement::Acquire { lock, .. } => self.lock("AcquireGreaterEqual", *lock),
                Statement::Release { lock, .. } => self.lock("Release", *lock),
                Statement::ReadCommand => {}
                Statement::Take(port) => {
                    let of = &self.core.ports[*port];
                    self.lock("AcquireGreaterEqual", of.take);
                    self.held[*port] = of.buffers[self.next[*port] % of.buffers.len()];
                    self.next[*port] += 1;
                }
                Statement::Give(port) => self.lock("Release", self.core.ports[*port].give),
                Statement::Repeat { count, body } => {
                    for turn in 0..self.value(count) {
                        self.turns.push(turn);
                        self.body(body);
                        self.turns.pop();
                    }
                }
                Statement::Call { kernel, arguments } => {
                    let given = arguments.iter().map(|argument| match argument {
                        Argument::Value(value) => self.value(value).cast_signed().to_string(),
                        Argument::Buffer(buffer) => format!("%{}", self.tile.buffers[*buffer].name),
                        Argument::Held(port) => format!("%{}", self.tile.buffers[self.held[*port]].name),
                    });
                    let given = given.collect();
                    self.deeds.push(Deed::Call(kernel.name().into(), given));
                }
            }
        }
    }

    fn value(&self, value: &Value) -> u32 {
        match value {
            Value::Constant(number) => *number,
            Value::Command(word) => self.command[usize::from(*word)],
            Value::Turn(number) => self.turns[usize::from(*number)],
            Value::And(value, mask) => self.value(value) & mask,
            Value::Equal(first, second) => u32::from(self.value(first) == self.value(second)),
            Value::Choose(condition, first, second) => {
                if self.value(condition) == 0 {
                    self.value(second)
                } else {
                    self.value(first)
                }
            }
        }
    }
}

/// Runs a program as the text has it: of the operations' meaning it knows only what their names say.
struct Read<'t> {
    lines: Vec<&'t str>,
    values: HashMap<String, String>,
    commands: std::vec::IntoIter<[u32; 8]>,
    command: [u32; 8],
    deeds: Vec<Deed>,
}

/// The commands are used up.
struct Over;

impl<'t> Read<'t> {
    fn run(text: &'t str, tile: &Tile, commands: &[[u32; 8]]) -> Vec<Deed> {
        let head = format!("aie.core(%tile_{}_{})", tile.at.column, tile.at.row);
        let lines: Vec<&str> = text.lines().map(str::trim).collect();
        let first = lines.iter().position(|line| line.contains(&head)).unwrap() + 1;
        let len = lines[first..].iter().position(|line| *line == "aie.end").unwrap();
        let commands = Vec::from(commands).into_iter();
        let lines = lines[first..first + len].to_vec();
        let mut run = Self { lines, values: HashMap::new(), commands, command: [0; 8], deeds: vec![] };
        run.block(0, len).err().unwrap();
        run.deeds
    }

    fn get(&self, name: &str) -> String {
        let name = name.trim_matches(|c| c == ',' || c == ')' || c == '(');
        self.values.get(name).cloned().unwrap_or_else(|| name.to_owned())
    }

    fn number(&self, name: &str) -> i64 {
        self.get(name).parse().unwrap_or_else(|_| panic!("{name} is no number"))
    }

    /// The line that closes the block that this one opens.
    fn close(&self, open: usize) -> usize {
        let mut depth = 0;
        for (at, line) in self.lines.iter().enumerate().skip(open) {
            depth += line.matches('{').count();
            depth -= line.matches('}').count();
            if depth == 0 {
                return at;
            }
        }
        panic!("nothing closes {}", self.lines[open])
    }

    /// What the block yields.
    fn block(&mut self, mut at: usize, end: usize) -> Result<Vec<String>, Over> {
        while at < end {
            let line = self.lines[at];
            if let Some(values) = line.strip_prefix("scf.yield ") {
                let values = values.split(" : ").next().unwrap();
                return Ok(values.split(", ").map(|value| self.get(value)).collect());
            }
            let (result, operation) =
                line.split_once(" = ").filter(|(name, _)| name.starts_with('%')).unwrap_or(("", line));
            let words: Vec<&str> = operation.split_whitespace().collect();
            if words[0] == "scf.for" {
                at = self.repeat(at, result, &words)?;
                continue;
            }
            if words[0] == "scf.index_switch" {
                at = self.switch(at, result, words[1])?;
                continue;
            }
            let operand = |i: usize| words[i];
            let value = match words[0] {
                "arith.constant" => operand(1).to_owned(),
                "arith.index_cast" | "arith.extui" => self.get(operand(1)),
                "arith.addi" => (self.number(operand(1)) + self.number(operand(2))).to_string(),
                "arith.andi" => {
                    let bits = self.number(operand(1)) as u32 & self.number(operand(2)) as u32;
                    bits.cast_signed().to_string()
                }
                "arith.cmpi" => {
                    let same = self.number(operand(2)) == self.number(operand(3));
                    u8::from(same == (operand(1) == "eq,")).to_string()
                }
                "arith.select" => self.get(operand(if self.number(operand(1)) == 0 { 3 } else { 2 })),
                "memref.load" => {
                    let index = operand(1).split(['[', ']']).nth(1).unwrap();
                    self.command[usize::try_from(self.number(index)).unwrap()].cast_signed().to_string()
                }
                "func.call" => {
                    let call = operation.strip_prefix("func.call @").unwrap().split(") : ").next().unwrap();
                    let (name, given) = call.split_once('(').unwrap();
                    let given = given.split(", ").map(|value| self.get(value)).collect();
                    self.deeds.push(Deed::Call(name.into(), given));
                    String::new()
                }
                use_lock => {
                    let lock = use_lock.strip_prefix("aie.use_lock(").unwrap().trim_end_matches(',');
                    if lock.starts_with("%go") {
                        self.command = self.commands.next().ok_or(Over)?;
                    }
                    self.deeds.push(Deed::Lock(operand(1).trim_end_matches(',').into(), lock.into()));
                    String::new()
                }
            };
            self.values.insert(result.to_owned(), value);
            at += 1;
        }
        Ok(vec![])
    }

    /// `scf.for %i = %from to %to step %by iter_args(%a = %b, …) -> (…) {`
    fn repeat(&mut self, at: usize, result: &str, words: &[&str]) -> Result<usize, Over> {
        let close = self.close(at);
        let (from, to) = (self.number(words[3]), self.number(words[5]));
        let carried: Vec<(&str, &str)> = match self.lines[at].split_once("iter_args(") {
            None => vec![],
            Some((_, rest)) => {
                let inside = rest.split(')').next().unwrap();
                inside.split(", ").map(|pair| pair.split_once(" = ").unwrap()).collect()
            }
        };
        let mut values: Vec<String> = carried.iter().map(|(_, before)| self.get(before)).collect();
        for turn in from..to {
            self.values.insert(words[1].to_owned(), turn.to_string());
            for ((name, _), value) in carried.iter().zip(&values) {
                self.values.insert((*name).to_owned(), value.clone());
            }
            values = self.block(at + 1, close)?;
        }
        let name = result.split(':').next().unwrap();
        for (i, value) in values.iter().enumerate() {
            self.values.insert(format!("{name}#{i}"), value.clone());
        }
        if let [only] = values.as_slice() {
            self.values.insert(name.to_owned(), only.clone());
        }
        Ok(close + 1)
    }

    fn switch(&mut self, at: usize, result: &str, by: &str) -> Result<usize, Over> {
        let case = format!("case {} {{", self.number(by));
        let (mut arm, mut chosen) = (at + 1, None);
        loop {
            let line = self.lines[arm];
            if line == case || (line == "default {" && chosen.is_none()) {
                chosen = Some(self.block(arm + 1, self.close(arm))?[0].clone());
            }
            arm = self.close(arm) + 1;
            if line == "default {" {
                break;
            }
        }
        self.values.insert(result.to_owned(), chosen.unwrap());
        Ok(arm)
    }
}

/// Commands of all kinds, with odd numbers of tiles so that turns do not meet where they began.
const COMMANDS: [[u32; 8]; 4] = [
    [3, 2, 3, 0, 3, 1, 1, 0],
    [16, 1, 1, 4, 0, 5, 0, 1500],
    [0, 1, 2, 1, 1, 1, 1, 7],
    [2, 0, 9, 9, 9, 9, 9, 9],
];

#[test]
fn a_cores_text_does_what_its_program_does() {
    let small = graph();
    let graphs = [small.clone(), resident(Device::npu1(4)), resident(Device::npu2(2))];
    for graph in &graphs {
        let text = text(graph, None).unwrap();
        for tile in graph.tiles.iter().filter(|tile| tile.core.is_some()) {
            let wanted = Direct::run(tile, &COMMANDS);
            assert!(wanted.len() > 30);
            assert_eq!(Read::run(&text, tile, &COMMANDS), wanted, "core {:?}", tile.at);
        }
    }
    // It would be noticed.
    let tile = &small.tiles[2];
    let text = text(&small, None).unwrap();
    for (from, to) in
        [("yield %x_0", "yield %x_1"), ("cmpi eq", "cmpi ne"), ("%x_empty, Release", "%y_empty, Release")]
    {
        let changed = text.replace(from, to);
        assert_ne!(changed, text);
        assert_ne!(Read::run(&changed, tile, &COMMANDS), Direct::run(tile, &COMMANDS), "{from}");
    }
}

#[test]
fn our_texts_are_accepted_with_all_their_parts() {
    let devices = (1..=4).map(Device::npu1).chain((1..=8).map(Device::npu2));
    for device in devices {
        let graph = resident(device);
        let found = check(&text(&graph, Some(&reference(device))).unwrap()).unwrap();
        let count = |of: fn(&Tile) -> usize| graph.tiles.iter().map(of).sum::<usize>();
        let launch = reference(device);
        let transfers = launch.steps.iter().filter(|step| matches!(step, Step::Transfer(_))).count();
        assert_eq!(found.tiles, graph.tiles.len());
        assert_eq!(found.buffers, count(|tile| tile.buffers.len()));
        assert_eq!(found.locks, count(|tile| tile.locks.len()));
        assert_eq!(found.cores, usize::from(device.columns) * 4);
        assert_eq!(found.flows, graph.flows.iter().map(|flow| flow.to.len()).sum::<usize>());
        let static_ones = count(|tile| tile.chains.iter().map(|chain| chain.descriptors.len()).sum());
        assert_eq!(found.descriptors, static_ones + transfers);
    }
    let found = check(&text(&graph(), Some(&launch())).unwrap()).unwrap();
    assert_eq!((found.tiles, found.cores, found.descriptors), (3, 1, 13));
}

#[test]
fn the_small_designs_text_is_as_it_was_meant() {
    let text = text(&graph(), Some(&launch())).unwrap();
    for line in [
        "aie.device(npu1_1col) {",
        "func.func private @hark_b(memref<32xi32>, i32, memref<64xi32>, memref<64xi32>) attributes {link_with = \"hark_core.o\"}",
        "%x_1 = aie.buffer(%tile_0_2) {address = 2304 : i32, sym_name = \"x_1\"} : memref<64xi32>",
        "%x_empty = aie.lock(%tile_0_2, 1) {init = 3 : i32, sym_name = \"x_empty\"}",
        "aie.flow(%tile_0_1, DMA : 1, %tile_0_2, DMA : 0)",
        "aie.dma_bd(%in_0_1 : memref<64xi32>, 0, 64, [<size = 4, stride = 16>, <size = 4, stride = 2>, \
         <size = 2, stride = 8>, <size = 2, stride = 1>]) {bd_id = 25 : i32}",
        "} {stack_size = 1024 : i32}",
        "memref.global \"private\" constant @words0 : memref<8xi32> = dense<[1, 2, 0, 3, 0, 0, 0, 1500]>",
        "aiex.npu.write32 {address = 2224128 : ui32, value = 1 : ui32}",
        "aie.dma_bd(%argument1 : memref<512xi32>, 0, 64, [<size = 3, stride = 64>, <size = 1, stride = 0>, \
         <size = 1, stride = 0>, <size = 64, stride = 1>]) {bd_id = 8 : i32}",
        "} {issue_token = true, repeat_count = 2 : i32}",
    ] {
        assert!(text.lines().any(|found| found.trim() == line), "{line}\n{text}");
    }
}

#[test]
fn the_reference_launch_is_one_that_the_hardware_can_do() {
    for device in [Device::npu1(1), Device::npu1(2), Device::npu1(4), Device::npu2(8)] {
        let stream = reference(device).emit(&Dialect::OURS).unwrap();
        assert!(encode(&stream).len() > 100);
    }
}

#[test]
fn contradictions_are_refused() {
    type Change = fn(&mut Graph);
    let changes: [(Change, &str); 8] = [
        (|g| g.tiles[2].chains[0].descriptors[0].buffer = 9, "tile 0,2 has no buffer of index 9"),
        (|g| g.tiles[2].chains[0].descriptors[0].acquire.0 = 9, "tile 0,2 has no lock of index 9"),
        (|g| g.flows[0].to[0].0.row = 4, "a stream leads to tile 0,4, which the design does not have"),
        (|g| g.tiles[1].buffers[0].name = "a b".into(), "\"a b\" is no name for text"),
        (|g| g.tiles[1].buffers[0].bytes = 255, "in_0_1 is not whole words long"),
        (
            |g| drop(g.tiles[2].core.as_mut().unwrap().program.remove(1)),
            "the program of core 0,2: a word of the command is used that is not read",
        ),
        (
            |g| g.tiles[2].core.as_mut().unwrap().program.push(Statement::Take(0)),
            "the program of core 0,2: a loop does not give back what it takes",
        ),
        (
            |g| {
                let program = &mut g.tiles[2].core.as_mut().unwrap().program;
                let arguments = vec![Argument::Buffer(1)];
                program.push(Statement::Call { kernel: crate::design::graph::Kernel::B, arguments });
            },
            "hark_b is called with other parameters in different places",
        ),
    ];
    for (change, wanted) in changes {
        let mut graph = graph();
        change(&mut graph);
        let error = text(&graph, None).unwrap_err().to_string();
        assert!(error.starts_with(wanted), "{error}");
    }
    let mut traffic = launch();
    traffic.steps.remove(2);
    let error = text(&graph(), Some(&traffic)).unwrap_err();
    assert_eq!(error, TextError::Launch { step: 4, what: "no task gives the token that is waited for" });
    traffic.device = Device::npu2(1);
    assert!(matches!(text(&graph(), Some(&traffic)), Err(TextError::Launch { step: 0, .. })));
}

/// What `build.sh` asks the compiler is what the design's text is made of.
#[test]
fn the_probes_are_accepted() {
    for (probe, operations) in [
        (include_str!("../../probes/parts.mlir"), 33),
        (include_str!("../../probes/program.mlir"), 20),
        (include_str!("../../probes/launch.mlir"), 14),
    ] {
        assert_eq!(check(probe).unwrap().operations, operations);
    }
}
