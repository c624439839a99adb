//! What is in the tiles, and the streams between them.

use super::page::Page;
use super::{TextError, tile_name};
use crate::design::graph::{Buffer, Chain, Descriptor, Flow, Graph, Lock, Tile};
use crate::txn::{Channel, Direction, TileKind};
use std::fmt::Write as _;

/// The type of a buffer: so many words.
pub(super) fn type_of(buffer: &Buffer) -> Result<String, TextError> {
    if !buffer.bytes.is_multiple_of(4) {
        return Err(TextError::Words(buffer.name.clone()));
    }
    Ok(format!("memref<{}xi32>", buffer.bytes / 4))
}

pub(super) fn buffer(tile: &Tile, index: usize) -> Result<&Buffer, TextError> {
    tile.buffers.get(index).ok_or(TextError::Missing { at: tile.at, what: "buffer", index })
}

pub(super) fn lock(tile: &Tile, index: usize) -> Result<&Lock, TextError> {
    tile.locks.get(index).ok_or(TextError::Missing { at: tile.at, what: "lock", index })
}

fn name(name: &str) -> Result<&str, TextError> {
    let fits = |c: char| c.is_ascii_alphanumeric() || c == '_';
    let begins = name.starts_with(|c: char| c.is_ascii_alphabetic());
    if begins && name.chars().all(fits) { Ok(name) } else { Err(TextError::Name(name.to_owned())) }
}

pub(super) fn tiles(page: &mut Page, graph: &Graph) -> Result<(), TextError> {
    for tile in &graph.tiles {
        page.line(&format!("{} = aie.tile({}, {})", tile_name(tile.at), tile.at.column, tile.at.row));
    }
    for tile in &graph.tiles {
        let at = tile_name(tile.at);
        for buffer in &tile.buffers {
            let (name, ty, address) = (name(&buffer.name)?, type_of(buffer)?, buffer.address);
            page.line(&format!(
                "%{name} = aie.buffer({at}) {{address = {address} : i32, sym_name = \"{name}\"}} : {ty}"
            ));
        }
        for lock in &tile.locks {
            let (name, number, initial) = (name(&lock.name)?, lock.number, lock.initial);
            page.line(&format!(
                "%{name} = aie.lock({at}, {number}) {{init = {initial} : i32, sym_name = \"{name}\"}}"
            ));
        }
    }
    Ok(())
}

pub(super) fn flows(page: &mut Page, graph: &Graph) -> Result<(), TextError> {
    let end = |(at, channel): &(_, Channel)| {
        if graph.tiles.iter().all(|tile| tile.at != *at) {
            return Err(TextError::NoTile(*at));
        }
        Ok(format!("{}, DMA : {}", tile_name(*at), channel.number))
    };
    for Flow { from, to } in &graph.flows {
        for to in to {
            page.line(&format!("aie.flow({}, {})", end(from)?, end(to)?));
        }
    }
    Ok(())
}

/// A direction's name.
pub(super) const fn direction(direction: Direction) -> &'static str {
    match direction {
        Direction::ToMemory => "S2MM",
        Direction::FromMemory => "MM2S",
    }
}

/// What the tile's DMA does for ever: each channel's start, then its descriptors, the last of which leads to the first.
pub(super) fn chains(page: &mut Page, tile: &Tile) -> Result<(), TextError> {
    let operation = match tile.kind {
        _ if tile.chains.is_empty() => return Ok(()),
        TileKind::Shim => return Ok(()),
        TileKind::Memory => "memtile_dma",
        TileKind::Core => "mem",
    };
    let at = tile.at;
    page.open(&format!("%{operation}_{}_{} = aie.{operation}({}) {{", at.column, at.row, tile_name(at)));
    for (number, chain) in tile.chains.iter().enumerate() {
        if number > 0 {
            page.turn(&format!("^start{number}:"));
        }
        let Chain { channel, descriptors } = chain;
        let next =
            if number + 1 < tile.chains.len() { format!("^start{}", number + 1) } else { "^end".into() };
        let (direction, channel) = (direction(channel.direction), channel.number);
        let prefix = format!("^{}{channel}", direction.to_ascii_lowercase());
        page.line(&format!("%start{number} = aie.dma_start({direction}, {channel}, {prefix}_0, {next})"));
        for (i, descriptor) in descriptors.iter().enumerate() {
            page.turn(&format!("{prefix}_{i}:"));
            descriptor_lines(page, tile, descriptor)?;
            page.line(&format!("aie.next_bd {prefix}_{}", (i + 1) % descriptors.len()));
        }
    }
    page.turn("^end:");
    page.line("aie.end");
    page.close("}");
    Ok(())
}

fn descriptor_lines(page: &mut Page, tile: &Tile, descriptor: &Descriptor) -> Result<(), TextError> {
    let Descriptor { number, buffer: index, offset, words, dims, acquire, release } = descriptor;
    let buffer = buffer(tile, *index)?;
    let mut order = String::new();
    if !dims.is_empty() {
        order = format!(", {}", pattern(dims.iter().rev().map(|dim| (dim.size, dim.stride))));
    }
    page.line(&use_lock(lock(tile, acquire.0)?, "AcquireGreaterEqual", acquire.1));
    page.line(&format!(
        "aie.dma_bd(%{} : {}, {offset}, {words}{order}) {{bd_id = {number} : i32}}",
        buffer.name,
        type_of(buffer)?
    ));
    page.line(&use_lock(lock(tile, release.0)?, "Release", release.1));
    Ok(())
}

pub(super) fn use_lock(lock: &Lock, action: &str, by: u8) -> String {
    format!("aie.use_lock(%{}, {action}, {by})", lock.name)
}

/// Sizes and strides, the slowest first.
pub(super) fn pattern(dims: impl Iterator<Item = (u32, u32)>) -> String {
    let mut text = String::from("[");
    for (size, stride) in dims {
        let comma = if text.len() > 1 { ", " } else { "" };
        // Writing to a string cannot fail.
        let _ = write!(text, "{comma}<size = {size}, stride = {stride}>");
    }
    text + "]"
}
