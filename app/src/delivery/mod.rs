//! Handing text over: to the clipboard, to files. A thread of its own, because a display server or
//! a network disk can take its time.

mod clipboard;
mod write;

pub use clipboard::{Clipboard, SystemClipboard};

use crossbeam_channel::{Receiver, Sender, bounded};
use std::path::PathBuf;
use std::{io, thread};

/// Something to hand over.
#[derive(Clone, Debug, PartialEq)]
pub enum Order {
    /// Put text on the clipboard. `generation` names the dictation that it is the text of, if it is one.
    Copy { text: String, generation: Option<u64> },
    /// Write a file, whole or not at all.
    Write { path: PathBuf, contents: String },
}

/// What became of an order; errors say what happened.
#[derive(Clone, Debug, PartialEq)]
pub enum Receipt {
    Copied { generation: Option<u64>, result: Result<(), String> },
    Written { path: PathBuf, result: Result<(), String> },
}

/// Orders that can wait while one is carried out.
const ORDERS: usize = 64;

/// Starts the thread. It ends when the sender is dropped, and with it what the clipboard offers.
///
/// # Errors
/// If the system refuses a thread.
pub fn spawn(mut clipboard: Box<dyn Clipboard>) -> io::Result<(Sender<Order>, Receiver<Receipt>)> {
    let (orders, inbox) = bounded::<Order>(ORDERS);
    let (outbox, receipts) = bounded(ORDERS);
    thread::Builder::new().name("hark-delivery".into()).spawn(move || {
        for order in inbox {
            let receipt = match order {
                Order::Copy { text, generation } => {
                    Receipt::Copied { generation, result: clipboard.set(text) }
                }
                Order::Write { path, contents } => {
                    let result = write::atomically(&path, contents.as_bytes()).map_err(|e| e.to_string());
                    Receipt::Written { path, result }
                }
            };
            if outbox.send(receipt).is_err() {
                break;
            }
        }
    })?;
    Ok((orders, receipts))
}

pub use write::atomically;
