//! One launch: tasks of the shims' DMA, waits, and words that are written into tiles.
//!
//! It is there to be compared: from it the compiler makes instructions, which must be ours word by word.

use super::page::Page;
use super::{TextError, parts, tile_name};
use crate::design::graph::{At, Graph};
use crate::txn::{Address, Channel, Step, Traffic, Transfer, Wait};
use std::collections::{HashMap, VecDeque};

/// A task's name, and whether it gives a token.
type Task = (String, bool);

/// Tasks of channels that are not known to be done, the oldest first.
type Tasks = HashMap<(u8, Channel), VecDeque<Task>>;

pub(super) fn sequence(page: &mut Page, graph: &Graph, traffic: &Traffic) -> Result<(), TextError> {
    if traffic.device != graph.device {
        return Err(TextError::Launch { step: 0, what: "it is for another device" });
    }
    let blocks: Vec<&[u32]> = traffic.steps.iter().filter_map(block).collect();
    let mut known: Vec<&[u32]> = Vec::new();
    for words in blocks {
        if !known.contains(&words) {
            let (number, len) = (known.len(), words.len());
            let words_text: Vec<String> = words.iter().map(|word| word.cast_signed().to_string()).collect();
            let list = words_text.join(", ");
            page.line(&format!(
                "memref.global \"private\" constant @words{number} : memref<{len}xi32> = dense<[{list}]>"
            ));
            known.push(words);
        }
    }
    let arguments: Vec<String> = traffic
        .arguments
        .iter()
        .enumerate()
        .map(|(number, words)| format!("%argument{number}: memref<{words}xi32>"))
        .collect();
    page.open(&format!("aie.runtime_sequence({}) {{", arguments.join(", ")));
    let mut tasks = Tasks::new();
    for (number, step) in traffic.steps.iter().enumerate() {
        match step {
            Step::Write(write) => {
                let address = Address::new(write.column, write.row, write.offset).0;
                match (write.words.as_slice(), known.iter().position(|words| *words == write.words)) {
                    ([value], _) => page.line(&format!(
                        "aiex.npu.write32 {{address = {address} : ui32, value = {value} : ui32}}"
                    )),
                    (words, Some(block)) => {
                        let ty = format!("memref<{}xi32>", words.len());
                        let name = page.name("words");
                        page.line(&format!("{name} = memref.get_global @words{block} : {ty}"));
                        page.line(&format!(
                            "aiex.npu.blockwrite({name}) {{address = {address} : ui32}} : {ty}"
                        ));
                    }
                    _ => return Err(TextError::Launch { step: number, what: "no words are written" }),
                }
            }
            Step::Transfer(transfer) => start(page, traffic, transfer, number, &mut tasks)?,
            Step::Wait(wait) => await_task(page, wait, number, &mut tasks)?,
        }
    }
    page.close("}");
    Ok(())
}

/// Several words that a step writes at once.
fn block(step: &Step) -> Option<&[u32]> {
    match step {
        Step::Write(write) if write.words.len() > 1 => Some(&write.words),
        _ => None,
    }
}

fn start(
    page: &mut Page,
    traffic: &Traffic,
    t: &Transfer,
    step: usize,
    tasks: &mut Tasks,
) -> Result<(), TextError> {
    let words = traffic.arguments.get(usize::from(t.argument));
    let words = words.ok_or(TextError::Launch { step, what: "the kernel has no such buffer" })?;
    let name = page.name("task");
    let shim = tile_name(At { column: t.column, row: 0 });
    let (direction, channel) = (parts::direction(t.channel.direction), t.channel.number);
    page.open(&format!("{name} = aiex.dma_configure_task({shim}, {direction}, {channel}) {{"));
    let [first, second, third] = t.pattern.dims;
    let dims = [t.pattern.runs, third, second, first];
    let order = parts::pattern(dims.iter().map(|dim| (dim.size, if dim.size > 1 { dim.stride } else { 0 })));
    // The fastest dimension has a stride even if it has one word.
    let order = order.replace("<size = 1, stride = 0>]", "<size = 1, stride = 1>]");
    page.line(&format!(
        "aie.dma_bd(%argument{} : memref<{words}xi32>, {}, {}, {order}) {{bd_id = {} : i32}}",
        t.argument,
        t.offset,
        t.pattern.words(),
        t.descriptor
    ));
    page.line("aie.end");
    let repeats = t.pattern.runs.size.saturating_sub(1);
    let attributes = match (t.token, repeats) {
        (false, 0) => String::new(),
        (true, 0) => " {issue_token = true}".into(),
        (false, _) => format!(" {{repeat_count = {repeats} : i32}}"),
        (true, _) => format!(" {{issue_token = true, repeat_count = {repeats} : i32}}"),
    };
    page.close(&format!("}}{attributes}"));
    page.line(&format!("aiex.dma_start_task({name})"));
    tasks.entry((t.column, t.channel)).or_default().push_back((name, t.token));
    Ok(())
}

/// Waits for the oldest task of a channel that gives a token. It is done then, and so are those before it, and those
/// that it proves to be.
fn await_task(page: &mut Page, wait: &Wait, step: usize, tasks: &mut Tasks) -> Result<(), TextError> {
    let queue = tasks.entry((wait.column, wait.channel)).or_default();
    let mut done = Vec::new();
    loop {
        match queue.pop_front() {
            Some((name, true)) => {
                page.line(&format!("aiex.dma_await_task({name})"));
                done.push(name);
                break;
            }
            Some((name, false)) => done.push(name),
            None => {
                return Err(TextError::Launch { step, what: "no task gives the token that is waited for" });
            }
        }
    }
    for proven in &wait.proves {
        let queue = tasks.entry((proven.column, proven.channel)).or_default();
        for _ in 0..proven.tasks {
            let task = queue.pop_front();
            done.push(
                task.ok_or(TextError::Launch { step, what: "a task is proven that was not started" })?.0,
            );
        }
    }
    for name in done {
        page.line(&format!("aiex.dma_free_task({name})"));
    }
    Ok(())
}
