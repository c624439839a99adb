//! Saves what other programs offer on a selection.

use super::content::{Content, Form};
use super::display::{Answer, Display, after};
use super::owner::Owning;
use std::sync::Arc;
use std::time::{Duration, Instant};
use x11rb::protocol::Event;
use x11rb::protocol::xproto::{Atom, AtomEnum, ConnectionExt as _, Property};

/// An owner that has not begun to answer by then does not answer.
const OWNER_ANSWERS: Duration = Duration::from_millis(300);
/// Saving everything that an owner offers takes no longer than this.
const SAVING: Duration = Duration::from_millis(2500);
/// More is not kept.
const MOST_BYTES: usize = 512 << 20;

/// Targets that are about a selection and not forms of its content.
const ABOUT: &[&str] =
    &["TARGETS", "TIMESTAMP", "MULTIPLE", "SAVE_TARGETS", "DELETE", "INSERT_SELECTION", "INSERT_PROPERTY"];

/// What came of asking an owner for one form.
enum Asked {
    Given(Form),
    /// It has no such form.
    Refused,
    /// It did not answer, or stopped in the middle: it is stuck, or gone.
    Silent,
}

impl Owning {
    /// What a selection offers now, to be offered again; an inner `None` where there is no owner. The outer
    /// one is where the owner gives nothing.
    pub(super) fn save(
        &mut self,
        number: usize,
        problem: &mut Option<String>,
    ) -> Answer<Option<Option<Content>>> {
        let atom = self.selections[number].atom;
        let owner = self.display.connection.get_selection_owner(atom)?.reply()?.owner;
        if owner == self.display.window {
            return Ok(Some(self.selections[number].content.clone()));
        }
        if owner == x11rb::NONE {
            return Ok(Some(None));
        }
        let deadline = after(SAVING);
        let Asked::Given(targets) = self.fetch(atom, "TARGETS", deadline)? else {
            *problem = Some("what was on the clipboard is lost: the app that held it does not answer".into());
            return Ok(None);
        };
        let mut content = Content::default();
        let (mut bytes, mut silent) = (0, false);
        for target in targets.data.chunks_exact(4) {
            let target = Atom::from_ne_bytes([target[0], target[1], target[2], target[3]]);
            let name = self.display.name(target)?;
            if ABOUT.contains(&name.as_str()) || content.0.iter().any(|form| form.target == name) {
                continue;
            }
            if Instant::now() >= deadline {
                silent = true;
                break;
            }
            match self.fetch(atom, &name, deadline)? {
                Asked::Given(form) => {
                    bytes += form.data.len();
                    if bytes > MOST_BYTES {
                        *problem = Some("what was on the clipboard is too large to be kept whole".into());
                        break;
                    }
                    content.0.push(form);
                }
                Asked::Refused => {}
                Asked::Silent => silent = true,
            }
        }
        if silent {
            let lost = if content.0.is_empty() { "is lost" } else { "could not be kept whole" };
            *problem = Some(format!(
                "what was on the clipboard {lost}: the app that held it does not answer in time"
            ));
            if content.0.is_empty() {
                return Ok(None);
            }
        }
        // An owner with nothing to give holds nothing.
        Ok(Some((!content.0.is_empty()).then_some(content)))
    }

    /// Asks the owner of a selection for one form.
    fn fetch(&mut self, selection: Atom, target: &str, end: Instant) -> Answer<Asked> {
        self.asked = (self.asked + 1) % 64;
        let property = self.display.atom(&format!("HARK_{}", self.asked))?;
        let (target_atom, window) = (self.display.atom(target)?, self.display.window);
        let incr = self.display.atom("INCR")?;
        self.display.connection.delete_property(window, property)?;
        self.display.connection.convert_selection(
            window,
            selection,
            target_atom,
            property,
            x11rb::CURRENT_TIME,
        )?;
        let first = end.min(after(OWNER_ANSWERS));
        let given = self.wait_for(first, |event| match event {
            Event::SelectionNotify(e) if e.selection == selection && e.target == target_atom => {
                (e.property == property || e.property == x11rb::NONE).then_some(e.property)
            }
            _ => None,
        })?;
        match given {
            None => return Ok(Asked::Silent),
            Some(x11rb::NONE) => return Ok(Asked::Refused),
            Some(_) => {}
        }
        let (mut kind, mut bits, mut data) = self.take_property(property)?;
        if kind == incr {
            data = Vec::new();
            loop {
                let next = self.wait_for(end.min(after(OWNER_ANSWERS)), |event| match event {
                    Event::PropertyNotify(e) => {
                        (e.window == window && e.atom == property && e.state == Property::NEW_VALUE)
                            .then_some(())
                    }
                    _ => None,
                })?;
                if next.is_none() {
                    return Ok(Asked::Silent);
                }
                let (piece_kind, piece_bits, piece) = self.take_property(property)?;
                (kind, bits) = (piece_kind, piece_bits);
                if piece.is_empty() {
                    break;
                }
                data.extend(piece);
                if data.len() > MOST_BYTES {
                    // The one who counts says so.
                    break;
                }
            }
        }
        let kind = self.display.name(kind)?;
        let bits = if matches!(bits, 8 | 16 | 32) { bits } else { 8 };
        Ok(Asked::Given(Form { target: target.to_owned(), kind, bits, data: Arc::from(data) }))
    }

    fn take_property(&mut self, property: Atom) -> Answer<(Atom, u8, Vec<u8>)> {
        let Display { connection, window, .. } = &self.display;
        let reply = connection.get_property(true, *window, property, AtomEnum::ANY, 0, u32::MAX / 4)?;
        let reply = reply.reply()?;
        Ok((reply.type_, reply.format, reply.value))
    }
}
