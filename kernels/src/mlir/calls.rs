//! The kernels that cores call, and the types of what they are given.

use super::page::Page;
use super::{OBJECT, TextError, parts};
use crate::design::graph::{Argument, Core, Graph, Kernel, Port, Statement, Tile};
use std::collections::{BTreeMap, BTreeSet};

/// Kernels as they are called, which must be the same everywhere.
pub(super) fn functions(page: &mut Page, graph: &Graph) -> Result<(), TextError> {
    let mut known: BTreeMap<&str, (Kernel, Vec<String>)> = BTreeMap::new();
    for tile in &graph.tiles {
        let Some(core) = &tile.core else { continue };
        for (kernel, types) in calls(tile, core)? {
            let (_, first) = known.entry(kernel.name()).or_insert_with(|| (kernel, types.clone()));
            if *first != types {
                return Err(TextError::Signature(kernel));
            }
        }
    }
    for (name, (_, types)) in known {
        let types = types.join(", ");
        page.line(&format!("func.func private @{name}({types}) attributes {{link_with = \"{OBJECT}\"}}"));
    }
    Ok(())
}

/// Kernels that a program calls, each time with the types of what it gives.
fn calls(tile: &Tile, core: &Core) -> Result<Vec<(Kernel, Vec<String>)>, TextError> {
    fn walk<'c>(body: &'c [Statement], calls: &mut Vec<(Kernel, &'c [Argument])>) {
        for statement in body {
            match statement {
                Statement::Repeat { body, .. } => walk(body, calls),
                Statement::Call { kernel, arguments } => calls.push((*kernel, arguments)),
                _ => {}
            }
        }
    }
    let mut found = Vec::new();
    walk(&core.program, &mut found);
    let types = found.into_iter().map(|(kernel, arguments)| {
        let types = arguments.iter().map(|argument| match argument {
            Argument::Value(_) => Ok("i32".to_owned()),
            Argument::Buffer(index) => parts::type_of(parts::buffer(tile, *index)?),
            Argument::Held(number) => type_of_port(tile, port(tile, core, *number)?),
        });
        Ok((kernel, types.collect::<Result<_, _>>()?))
    });
    types.collect()
}

pub(super) fn port<'c>(tile: &Tile, core: &'c Core, index: usize) -> Result<&'c Port, TextError> {
    core.ports.get(index).ok_or(TextError::Missing { at: tile.at, what: "port", index })
}

/// All of a port's buffers are of one type.
pub(super) fn type_of_port(tile: &Tile, port: &Port) -> Result<String, TextError> {
    let mut types = BTreeSet::new();
    for index in &port.buffers {
        types.insert(parts::type_of(parts::buffer(tile, *index)?)?);
    }
    let what = "a port has no buffers, or buffers of different lengths";
    let first = types.pop_first().filter(|_| types.is_empty());
    first.ok_or(TextError::Program { at: tile.at, what })
}
