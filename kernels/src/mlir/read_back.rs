//! What can be read back from the text is what was written: every number of the design and of its launches.

use super::check::check;
use super::samples::{graph, launch};
use super::{reference, text};
use crate::design::encoder::Program;
use crate::design::graph::Graph;
use crate::design::resident;
use crate::plan::Shape;
use crate::txn::{Address, Channel, Device, Dim, Direction, Pattern, Step, TileKind, Traffic, Transfer};
use std::collections::HashMap;

/// Whole numbers in a line, and names with their marks, in order.
fn pieces(line: &str) -> (Vec<i64>, Vec<&str>) {
    let (mut numbers, mut names) = (Vec::new(), Vec::new());
    for word in line.split(|c: char| !(c.is_ascii_alphanumeric() || matches!(c, '_' | '%' | '@' | '^' | '-')))
    {
        if word.starts_with(['%', '@', '^']) {
            names.push(word);
        } else if let Ok(number) = word.parse() {
            numbers.push(number);
        }
    }
    (numbers, names)
}

/// What stands between two parts of a line.
fn between<'t>(line: &'t str, before: &str, behind: &str) -> &'t str {
    let rest = line.split_once(before).unwrap_or_else(|| panic!("no {before} in {line}")).1;
    rest.split_once(behind).unwrap_or_else(|| panic!("no {behind} in {line}")).0
}

fn channel(direction: &str, number: i64) -> Channel {
    let direction = match direction {
        "S2MM" => Direction::ToMemory,
        "MM2S" => Direction::FromMemory,
        other => panic!("{other}"),
    };
    Channel { direction, number: number as u8 }
}

/// Lines that say the same for a graph and for its text.
fn of_graph(graph: &Graph) -> Vec<String> {
    let mut said = Vec::new();
    for tile in &graph.tiles {
        let at = format!("%tile_{}_{}", tile.at.column, tile.at.row);
        said.push(format!("{at} {} {}", tile.at.column, tile.at.row));
        for buffer in &tile.buffers {
            said.push(format!("{at} %{} {} {}", buffer.name, buffer.address, buffer.bytes / 4));
        }
        for lock in &tile.locks {
            said.push(format!("{at} %{} {} {}", lock.name, lock.number, lock.initial));
        }
        for chain in &tile.chains {
            for d in &chain.descriptors {
                let dims: Vec<(u32, u32)> = d.dims.iter().rev().map(|dim| (dim.size, dim.stride)).collect();
                said.push(format!(
                    "{at} {} {} %{} {} {} {dims:?} %{} {} %{} {}",
                    chain.channel,
                    d.number,
                    tile.buffers[d.buffer].name,
                    d.offset,
                    d.words,
                    tile.locks[d.acquire.0].name,
                    d.acquire.1,
                    tile.locks[d.release.0].name,
                    d.release.1
                ));
            }
        }
        said.extend(tile.core.as_ref().map(|core| format!("{at} stack {}", core.stack)));
    }
    for flow in &graph.flows {
        let (from, by) = flow.from;
        for (to, on) in &flow.to {
            said.push(format!(
                "flow {} {} {} to {} {} {}",
                from.column, from.row, by.number, to.column, to.row, on.number
            ));
        }
    }
    said.sort();
    said
}

fn of_text(text: &str) -> Vec<String> {
    let mut said = Vec::new();
    let (mut tile, mut on) = (String::new(), None);
    let (mut acquired, mut descriptor) = (String::new(), String::new());
    for line in text.lines().map(str::trim).take_while(|line| !line.starts_with("aie.runtime_sequence")) {
        let (numbers, names) = pieces(line);
        if line.contains("= aie.tile(") {
            said.push(format!("{} {} {}", names[0], numbers[0], numbers[1]));
        } else if line.contains("= aie.buffer(") {
            let words = between(line, "memref<", "xi32>");
            said.push(format!("{} {} {} {words}", names[1], names[0], numbers[0]));
        } else if line.contains("= aie.lock(") {
            said.push(format!("{} {} {} {}", names[1], names[0], numbers[0], numbers[1]));
        } else if line.starts_with("aie.flow(") {
            let [from, to] = [names[0], names[1]].map(|name| name[6..].replace('_', " "));
            said.push(format!("flow {from} {} to {to} {}", numbers[0], numbers[1]));
        } else if line.contains("= aie.mem") || line.contains("= aie.core(") {
            tile = names[1].to_owned();
        } else if line.contains("= aie.dma_start(") {
            on = Some(channel(between(line, "dma_start(", ","), numbers[0]));
        } else if line.contains("AcquireGreaterEqual") {
            acquired = format!("{} {}", names[0], numbers[0]);
        } else if line.starts_with("aie.dma_bd(") {
            let dims: Vec<(i64, i64)> =
                numbers[2..numbers.len() - 1].chunks(2).map(|pair| (pair[0], pair[1])).collect();
            let number = numbers[numbers.len() - 1];
            descriptor = format!(
                "{tile} {} {number} {} {} {} {dims:?} {acquired}",
                on.unwrap(),
                names[0],
                numbers[0],
                numbers[1]
            );
        } else if line.contains("Release") && !descriptor.is_empty() {
            said.push(format!("{descriptor} {} {}", names[0], numbers[0]));
            descriptor.clear();
        } else if line.starts_with("} {stack_size") {
            said.push(format!("{tile} stack {}", numbers[0]));
        }
    }
    said.sort();
    said
}

/// A launch's steps as the text has them. What a wait proves is not in it.
fn steps_of_text(text: &str) -> Vec<String> {
    let (mut said, mut words, mut tasks) = (Vec::new(), HashMap::new(), HashMap::new());
    let mut open = None;
    let mut lines = text.lines().map(str::trim).skip_while(|line| !line.starts_with("memref.global"));
    while let Some(line) = lines.next() {
        let (numbers, names) = pieces(line);
        if line.starts_with("memref.global") {
            words.insert(names[0].to_owned(), pieces(between(line, "dense<", ">")).0);
        } else if line.contains("= memref.get_global") {
            words.insert(names[0].to_owned(), words[names[1]].clone());
        } else if line.starts_with("aiex.npu.blockwrite(") {
            let list: Vec<u32> = words[names[0]].iter().map(|word| *word as u32).collect();
            said.push(format!("write {} {list:?}", numbers[0]));
        } else if line.starts_with("aiex.npu.write32 ") {
            said.push(format!("write {} [{}]", numbers[0], numbers[1]));
        } else if line.contains("= aiex.dma_configure_task(") {
            let shim: i64 = between(line, "%tile_", "_0,").parse().unwrap();
            open = Some((shim, channel(between(line, ", ", ","), numbers[0]), names[0].to_owned()));
            let bd = lines.next().unwrap();
            let (numbers, names) = pieces(bd);
            let dims: Vec<Dim> = numbers[2..10]
                .chunks(2)
                .map(|pair| Dim { size: pair[0] as u32, stride: pair[1] as u32 })
                .collect();
            let (column, channel, name) = open.clone().unwrap();
            assert_eq!(lines.next(), Some("aie.end"));
            let attributes = lines.next().unwrap();
            let token = attributes.contains("issue_token = true");
            let repeats = pieces(attributes).0.first().copied().unwrap_or(0);
            assert_eq!(repeats + 1, i64::from(dims[0].size));
            said.push(transfer(&Transfer {
                column: column as u8,
                channel,
                descriptor: numbers[10] as u8,
                argument: names[0].trim_start_matches("%argument").parse().unwrap(),
                offset: numbers[0] as u32,
                pattern: Pattern { dims: [dims[3], dims[2], dims[1]], runs: dims[0] },
                token,
            }));
            tasks.insert(name, (column, channel));
        } else if line.starts_with("aiex.dma_await_task(") {
            let (column, channel) = tasks[names[0]];
            said.push(format!("wait {column} {channel}"));
        } else if line.starts_with("aiex.dma_start_task(") {
            assert_eq!(open.take().unwrap().2, names[0], "each task is started at once");
        }
    }
    said
}

fn transfer(t: &Transfer) -> String {
    // Of one there is no stride.
    let plain = |dim: Dim| if dim.size > 1 { (dim.size, dim.stride) } else { (1, 0) };
    let pattern = (t.pattern.dims.map(plain), plain(t.pattern.runs));
    format!(
        "start {} {} {} {} {} {pattern:?} {}",
        t.column, t.channel, t.descriptor, t.argument, t.offset, t.token
    )
}

fn steps_of(traffic: &Traffic) -> Vec<String> {
    let step = |step: &Step| match step {
        Step::Write(w) => format!("write {} {:?}", Address::new(w.column, w.row, w.offset).0, w.words),
        Step::Transfer(t) => transfer(t),
        Step::Wait(wait) => format!("wait {} {}", wait.column, wait.channel),
    };
    traffic.steps.iter().map(step).collect()
}

#[test]
fn every_part_can_be_read_back() {
    let mut graphs = vec![graph()];
    graphs.extend((1..=4).map(Device::npu1).chain((1..=8).map(Device::npu2)).map(resident));
    for graph in &graphs {
        let text = text(graph, None).unwrap();
        assert_eq!(of_text(&text), of_graph(graph), "{:?}", graph.device);
    }
}

#[test]
fn every_step_can_be_read_back() {
    let small = text(&graph(), Some(&launch())).unwrap();
    assert_eq!(steps_of_text(&small), steps_of(&launch()));
    assert!(steps_of(&launch()).contains(&format!("write {} [1]", (2 << 20) + TileKind::Core.lock(0))));
    for device in [Device::npu1(2), Device::npu1(4), Device::npu2(8)] {
        let traffic = reference(device);
        let text = text(&resident(device), Some(&traffic)).unwrap();
        assert_eq!(steps_of_text(&text), steps_of(&traffic));
    }
}

/// An encoder's launches could be compared as well: their text is accepted, and says what they do.
#[test]
fn launches_of_an_encoder_have_texts() {
    let shape = Shape { mels: 80, positions: 512, state: 192, heads: 3, layers: 1 };
    for device in [Device::npu1(4), Device::npu2(8)] {
        let graph = resident(device);
        let program = Program::encoder(&shape, device, 1).unwrap();
        assert_eq!(program.launches.len(), 3);
        for launch in &program.launches {
            let text = text(&graph, Some(&launch.traffic)).unwrap();
            check(&text).unwrap_or_else(|fault| panic!("{}: {fault}", launch.name));
            assert_eq!(steps_of_text(&text), steps_of(&launch.traffic), "{}", launch.name);
        }
    }
}
