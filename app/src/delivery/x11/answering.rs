//! Answers to whoever asks for what a selection offers.

use super::content::Content;
use super::display::{Answer, Display};
use super::owner::Owning;
use super::transfers::{PIECE, Piece};
use std::time::Instant;
use x11rb::connection::Connection;
use x11rb::protocol::xproto::{
    Atom, AtomEnum, ChangeWindowAttributesAux, ConnectionExt as _, EventMask, PropMode, PropertyNotifyEvent,
    SELECTION_NOTIFY_EVENT, SelectionNotifyEvent, SelectionRequestEvent, Window,
};

/// What became of a request.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Put {
    /// There is no such thing.
    Nothing,
    /// Something about the content, or the beginning of it.
    Answer,
    /// The content, whole.
    Content,
}

impl Owning {
    pub(super) fn answer(&mut self, request: &SelectionRequestEvent) -> Answer<()> {
        // Very old programs name no property.
        let property = if request.property == x11rb::NONE { request.target } else { request.property };
        let content =
            self.selections.iter().find(|s| s.atom == request.selection).and_then(|s| s.content.clone());
        let target = self.display.name(request.target)?;
        let put = match (content, target.as_str()) {
            (Some(content), "MULTIPLE") => self.answer_many(request, property, &content)?,
            (Some(content), _) => self.put(request, property, &target, &content)?,
            (None, _) => Put::Nothing,
        };
        let property = if put == Put::Nothing { x11rb::NONE } else { property };
        let answer = SelectionNotifyEvent {
            response_type: SELECTION_NOTIFY_EVENT,
            sequence: 0,
            time: request.time,
            requestor: request.requestor,
            selection: request.selection,
            target: request.target,
            property,
        };
        self.display.connection.send_event(false, request.requestor, EventMask::NO_EVENT, answer)?;
        self.display.connection.flush()?;
        if put == Put::Content {
            self.was_fetched(request.requestor, request.time);
        }
        Ok(())
    }

    /// Puts one form of the content into a property.
    fn put(
        &mut self,
        request: &SelectionRequestEvent,
        property: Atom,
        target: &str,
        content: &Content,
    ) -> Answer<Put> {
        let requestor = request.requestor;
        let connection_set = |display: &Display, kind: Atom, bits: u8, data: &[u8]| -> Answer<()> {
            let units = u32::try_from(data.len() / usize::from(bits / 8)).unwrap_or(u32::MAX);
            let connection = &display.connection;
            connection.change_property(PropMode::REPLACE, requestor, property, kind, bits, units, data)?;
            Ok(())
        };
        match target {
            "TARGETS" => {
                let mut targets = Vec::new();
                for name in ["TARGETS", "TIMESTAMP", "MULTIPLE", "SAVE_TARGETS"] {
                    targets.push(self.display.atom(name)?);
                }
                for form in &content.0 {
                    targets.push(self.display.atom(&form.target)?);
                }
                let data: Vec<u8> = targets.iter().flat_map(|atom| atom.to_ne_bytes()).collect();
                connection_set(&self.display, AtomEnum::ATOM.into(), 32, &data)?;
            }
            "TIMESTAMP" => {
                let since =
                    self.selections.iter().find(|s| s.atom == request.selection).map_or(0, |s| s.since);
                connection_set(&self.display, AtomEnum::INTEGER.into(), 32, &since.to_ne_bytes())?;
            }
            "SAVE_TARGETS" => {
                let null = self.display.atom("NULL")?;
                connection_set(&self.display, null, 32, &[])?;
            }
            _ => {
                let Some(form) = content.0.iter().find(|form| form.target == target) else {
                    return Ok(Put::Nothing);
                };
                let kind = self.display.atom(&form.kind)?;
                if form.data.len() <= PIECE.min(self.display.largest_request()) {
                    connection_set(&self.display, kind, form.bits, &form.data)?;
                    return Ok(Put::Content);
                } else {
                    let incr = self.display.atom("INCR")?;
                    let aux = ChangeWindowAttributesAux::new().event_mask(EventMask::PROPERTY_CHANGE);
                    self.display.connection.change_window_attributes(requestor, &aux)?;
                    let length = u32::try_from(form.data.len()).unwrap_or(u32::MAX);
                    connection_set(&self.display, incr, 32, &length.to_ne_bytes())?;
                    let to = (requestor, property);
                    self.transfers.begin(to, kind, form.clone(), request.time, Instant::now());
                }
            }
        }
        Ok(Put::Answer)
    }

    /// Several forms at once; those that there are not become no property.
    fn answer_many(
        &mut self,
        request: &SelectionRequestEvent,
        property: Atom,
        content: &Content,
    ) -> Answer<Put> {
        let connection = &self.display.connection;
        let pairs = connection.get_property(false, request.requestor, property, AtomEnum::ANY, 0, 1024)?;
        let Ok(pairs) = pairs.reply() else { return Ok(Put::Nothing) };
        let mut pairs: Vec<Atom> = pairs.value32().into_iter().flatten().collect();
        let mut put = Put::Answer;
        for pair in pairs.chunks_exact_mut(2) {
            let target = self.display.name(pair[0])?;
            let one = match target.as_str() {
                "MULTIPLE" => Put::Nothing,
                target => self.put(request, pair[1], target, content)?,
            };
            match one {
                Put::Nothing => pair[1] = x11rb::NONE,
                Put::Content => put = Put::Content,
                Put::Answer => {}
            }
        }
        let kind = self.display.atom("ATOM_PAIR")?;
        let data: Vec<u8> = pairs.iter().flat_map(|atom| atom.to_ne_bytes()).collect();
        let count = u32::try_from(pairs.len()).unwrap_or(0);
        let connection = &self.display.connection;
        connection.change_property(PropMode::REPLACE, request.requestor, property, kind, 32, count, &data)?;
        Ok(put)
    }

    /// A piece was taken: sends the next one, and after the last an empty one.
    pub(super) fn send_next(&mut self, event: &PropertyNotifyEvent) -> Answer<()> {
        let to = (event.window, event.atom);
        let Some(piece) = self.transfers.next(to, Instant::now()) else { return Ok(()) };
        let Piece { kind, bits, data, time } = piece;
        let units = u32::try_from(data.len() / usize::from(bits / 8)).unwrap_or(0);
        let connection = &self.display.connection;
        connection.change_property(PropMode::APPEND, to.0, to.1, kind, bits, units, &data)?;
        connection.flush()?;
        if data.is_empty() {
            self.was_fetched(event.window, time);
        }
        Ok(())
    }

    /// Content was fetched. If it was by who is to paste, that may have been the paste.
    fn was_fetched(&mut self, by: Window, time: u32) {
        if let Some((receiver, paste)) = &mut self.paste
            && self.display.same_program(by, *receiver)
        {
            paste.fetched(time, Instant::now());
        }
    }
}
