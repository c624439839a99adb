//! The indicator on X11: a small window that the window manager is not asked about, that lets clicks through
//! and never takes the focus.
//!
//! Where a compositor runs, its edge is soft; elsewhere it is cut to shape.

use super::draw::{Artist, Picture};
use super::place::{Area, corner};
use super::post::{Receiver, Scene, Woken};
use super::view::View;
use std::time::{Duration, Instant};
use x11rb::connection::{Connection, RequestConnection};
use x11rb::errors::ReplyOrIdError;
use x11rb::protocol::Event;
use x11rb::protocol::randr::ConnectionExt as _;
use x11rb::protocol::shape::{self, ConnectionExt as _};
use x11rb::protocol::xproto::{
    Atom, AtomEnum, ClipOrdering, Colormap, ColormapAlloc, ConfigureWindowAux, ConnectionExt as _,
    CreateGCAux, CreateWindowAux, EventMask, Gcontext, ImageFormat, ImageOrder, PropMode, Rectangle, Screen,
    StackMode, Visibility, VisualClass, Visualid, Window, WindowClass,
};
use x11rb::resource_manager;
use x11rb::rust_connection::RustConnection;
use x11rb::wrapper::ConnectionExt as _;

x11rb::atom_manager! {
    /// Names that are agreed upon between desktops and programs.
    Atoms: AtomsCookie {
        _NET_ACTIVE_WINDOW,
        _NET_CURRENT_DESKTOP,
        _NET_WM_NAME,
        _NET_WM_WINDOW_TYPE,
        _NET_WM_WINDOW_TYPE_NOTIFICATION,
        _NET_WORKAREA,
        UTF8_STRING,
    }
}

/// Points between the indicator and what is below it.
const MARGIN: f32 = 24.0;
/// Wait before a display that was lost is looked for again.
const RETRY: Duration = Duration::from_secs(2);
/// Between two attempts to come to the front: two programs that both want to be there must not fight.
const RAISE_AGAIN: Duration = Duration::from_millis(500);

/// Why there is no indicator on this display.
#[derive(Debug, thiserror::Error)]
pub enum X11Error {
    #[error("the X11 display cannot be reached ({0})")]
    Connect(#[from] x11rb::errors::ConnectError),
    #[error("the X11 display was lost ({0})")]
    Lost(#[from] ReplyOrIdError),
    #[error("the X11 display {0}")]
    Unfit(&'static str),
}

impl From<x11rb::errors::ConnectionError> for X11Error {
    fn from(error: x11rb::errors::ConnectionError) -> Self {
        Self::Lost(error.into())
    }
}

impl From<x11rb::errors::ReplyError> for X11Error {
    fn from(error: x11rb::errors::ReplyError) -> Self {
        Self::Lost(error.into())
    }
}

/// Shows what comes until nothing comes any more. A display that goes away is looked for again.
pub fn run(mut scenes: Receiver) {
    let mut artist = Artist::default();
    let mut pending = None;
    loop {
        let followed = Display::connect().and_then(|d| d.follow(&mut scenes, &mut artist, pending.take()));
        if followed.is_ok() {
            return;
        }
        // Tried again when there is something to show, and not in haste.
        match scenes.put_off(RETRY) {
            Some(scene) => pending = Some(scene),
            None => return,
        }
    }
}

/// Whether there can be an indicator.
///
/// # Errors
/// Why not.
pub fn check() -> Result<(), X11Error> {
    Display::connect().map(|_| ())
}

/// A connection that can show the indicator.
struct Display {
    conn: RustConnection,
    screen: Screen,
    atoms: Atoms,
    /// Owned by the compositor, if one runs.
    compositing: Atom,
    /// Pixels with alpha, if the display has them.
    translucent: Option<Visualid>,
    scale: f32,
}

/// The window on the screen.
struct Shown {
    window: Window,
    gc: Gcontext,
    colormap: Option<Colormap>,
    depth: u8,
    picture: Picture,
    raised: Instant,
}

impl Display {
    fn connect() -> Result<Self, X11Error> {
        let (conn, number) = x11rb::connect(None)?;
        let setup = conn.setup();
        let screen = setup.roots.get(number).cloned().ok_or(X11Error::Unfit("has no screen"))?;
        let wide = |depth| setup.pixmap_formats.iter().any(|f| f.depth == depth && f.bits_per_pixel == 32);
        if setup.image_byte_order != ImageOrder::LSB_FIRST || !wide(screen.root_depth) {
            return Err(X11Error::Unfit("has pixels of another kind than 32 bits"));
        }
        let translucent = visual(&screen, 32).filter(|_| wide(32));
        let compositing = format!("_NET_WM_CM_S{number}");
        let compositing = conn.intern_atom(false, compositing.as_bytes())?;
        let atoms = Atoms::new(&conn)?.reply()?;
        let compositing = compositing.reply()?.atom;
        let shapes = conn.extension_information(shape::X11_EXTENSION_NAME)?;
        let version = shapes.map(|_| conn.shape_query_version()).transpose()?;
        let version = version.map(|cookie| cookie.reply()).transpose()?;
        if version.is_none_or(|v| (v.major_version, v.minor_version) < (1, 1)) {
            return Err(X11Error::Unfit("cannot let clicks through a window"));
        }
        let scale = scale(&conn);
        Ok(Self { conn, screen, atoms, compositing, translucent, scale })
    }

    /// Shows what comes until nothing comes any more.
    fn follow(
        self,
        scenes: &mut Receiver,
        artist: &mut Artist,
        first: Option<Scene>,
    ) -> Result<(), X11Error> {
        let mut shown = None;
        let mut next = first;
        loop {
            if let Some(Scene { view, dark }) = next.take() {
                let picture = artist.draw(&view, dark, self.scale);
                self.change(&mut shown, picture, &view)?;
            }
            while let Some(event) = self.conn.poll_for_event()? {
                self.react(&event, &mut shown)?;
            }
            self.conn.flush()?;
            match scenes.wait(Some(self.conn.stream()), None) {
                Woken::Closed => return Ok(()),
                Woken::Scene(scene) => next = Some(scene),
                Woken::Else => {}
            }
        }
    }

    /// Makes the screen show `picture`, or nothing.
    fn change(
        &self,
        shown: &mut Option<Shown>,
        picture: Option<Picture>,
        view: &View,
    ) -> Result<(), X11Error> {
        // Somebody who starts to speak looks at the monitor that has the focus now.
        let moves = matches!(view, View::Arming);
        let same_window = |old: &Shown, new: &Picture| !moves && (old.picture.width == new.width);
        match (shown.as_mut(), picture) {
            (Some(old), Some(new)) if same_window(old, &new) => {
                old.picture = new;
                self.paint(old)
            }
            (_, new) => {
                let before = shown.take();
                // The new one is there before the old one goes: nothing flickers.
                *shown = new.map(|picture| self.open(picture)).transpose()?;
                before.map_or(Ok(()), |before| self.close(&before))
            }
        }
    }

    fn open(&self, picture: Picture) -> Result<Shown, X11Error> {
        let (width, height) = (side(picture.width), side(picture.height));
        let (x, y) = self.corner(i32::from(width), i32::from(height))?;
        let composited = self.conn.get_selection_owner(self.compositing)?.reply()?.owner != x11rb::NONE;
        let visual = self.translucent.filter(|_| composited);
        let depth = if visual.is_some() { 32 } else { self.screen.root_depth };
        let window = self.conn.generate_id()?;
        let mut looks = CreateWindowAux::new()
            .override_redirect(1)
            .border_pixel(0)
            .background_pixmap(x11rb::NONE)
            .event_mask(EventMask::EXPOSURE | EventMask::VISIBILITY_CHANGE);
        let mut colormap = None;
        if let Some(visual) = visual {
            let map = self.conn.generate_id()?;
            self.conn.create_colormap(ColormapAlloc::NONE, map, self.screen.root, visual)?;
            looks = looks.colormap(map);
            colormap = Some(map);
        }
        let visual = visual.unwrap_or(self.screen.root_visual);
        let (root, output) = (self.screen.root, WindowClass::INPUT_OUTPUT);
        self.conn.create_window(depth, window, root, x, y, width, height, 0, output, visual, &looks)?;
        self.describe(window)?;
        let (all, none) = (ClipOrdering::YX_BANDED, &[] as &[Rectangle]);
        self.conn.shape_rectangles(shape::SO::SET, shape::SK::INPUT, all, window, 0, 0, none)?;
        if depth != 32 {
            let rows = rows(&picture);
            self.conn.shape_rectangles(shape::SO::SET, shape::SK::BOUNDING, all, window, 0, 0, &rows)?;
        }
        let gc = self.conn.generate_id()?;
        self.conn.create_gc(gc, window, &CreateGCAux::new().graphics_exposures(0))?;
        self.conn.configure_window(window, &ConfigureWindowAux::new().stack_mode(StackMode::ABOVE))?;
        self.conn.map_window(window)?;
        let shown = Shown { window, gc, colormap, depth, picture, raised: Instant::now() };
        self.paint(&shown)?;
        Ok(shown)
    }

    /// Says what the window is, to compositors and to people who list windows.
    fn describe(&self, window: Window) -> Result<(), X11Error> {
        let Atoms {
            _NET_WM_NAME, UTF8_STRING, _NET_WM_WINDOW_TYPE, _NET_WM_WINDOW_TYPE_NOTIFICATION, ..
        } = self.atoms;
        let (conn, replace) = (&self.conn, PropMode::REPLACE);
        let kind = [_NET_WM_WINDOW_TYPE_NOTIFICATION];
        conn.change_property32(replace, window, _NET_WM_WINDOW_TYPE, AtomEnum::ATOM, &kind)?;
        let (name, class) = (b"Dictation indicator", b"hark-indicator\0hark-indicator\0");
        conn.change_property8(replace, window, _NET_WM_NAME, UTF8_STRING, name)?;
        conn.change_property8(replace, window, AtomEnum::WM_NAME, AtomEnum::STRING, name)?;
        conn.change_property8(replace, window, AtomEnum::WM_CLASS, AtomEnum::STRING, class)?;
        Ok(())
    }

    fn paint(&self, shown: &Shown) -> Result<(), X11Error> {
        let Shown { window, gc, depth, picture, .. } = shown;
        // What is cut to shape has no soft edge.
        let seen = |&pixel: &u32| if *depth == 32 { pixel } else { opaque(pixel) };
        let bytes: Vec<u8> = picture.pixels.iter().map(seen).flat_map(u32::to_le_bytes).collect();
        let (width, height) = (side(picture.width), side(picture.height));
        let format = ImageFormat::Z_PIXMAP;
        self.conn.put_image(format, *window, *gc, width, height, 0, 0, 0, *depth, &bytes)?;
        Ok(())
    }

    fn close(&self, shown: &Shown) -> Result<(), X11Error> {
        self.conn.free_gc(shown.gc)?;
        self.conn.destroy_window(shown.window)?;
        if let Some(colormap) = shown.colormap {
            self.conn.free_colormap(colormap)?;
        }
        Ok(())
    }

    fn react(&self, event: &Event, shown: &mut Option<Shown>) -> Result<(), X11Error> {
        let Some(shown) = shown else { return Ok(()) };
        match event {
            Event::Expose(exposed) if exposed.window == shown.window && exposed.count == 0 => {
                self.paint(shown)
            }
            Event::VisibilityNotify(seen)
                if seen.window == shown.window
                    && seen.state != Visibility::UNOBSCURED
                    && shown.raised.elapsed() > RAISE_AGAIN =>
            {
                shown.raised = Instant::now();
                let above = ConfigureWindowAux::new().stack_mode(StackMode::ABOVE);
                self.conn.configure_window(shown.window, &above)?;
                Ok(())
            }
            _ => Ok(()),
        }
    }

    /// Where a window of this size goes.
    fn corner(&self, width: i32, height: i32) -> Result<(i16, i16), X11Error> {
        let Screen { root, width_in_pixels, height_in_pixels, .. } = self.screen;
        let whole = Area { x: 0, y: 0, width: width_in_pixels.into(), height: height_in_pixels.into() };
        // Servers without this extension have one monitor.
        let monitors = self.conn.randr_get_monitors(root, true).ok().and_then(|cookie| cookie.reply().ok());
        let area = |m: &x11rb::protocol::randr::MonitorInfo| Area {
            x: m.x.into(),
            y: m.y.into(),
            width: m.width.into(),
            height: m.height.into(),
        };
        let mut monitors: Vec<_> = monitors.iter().flat_map(|reply| &reply.monitors).map(area).collect();
        if monitors.is_empty() {
            monitors.push(whole);
        }
        let focus = match self.focused()? {
            Some(middle) => middle,
            None => {
                let pointer = self.conn.query_pointer(root)?.reply()?;
                (pointer.root_x.into(), pointer.root_y.into())
            }
        };
        let margin = (MARGIN * self.scale).round() as i32;
        let (x, y) = corner(&monitors, focus, self.work_area()?, (width, height), margin);
        let short = |at: i32| i16::try_from(at).unwrap_or(i16::MAX);
        Ok((short(x), short(y)))
    }

    /// The middle of the window with the focus.
    fn focused(&self) -> Result<Option<(i32, i32)>, X11Error> {
        let root = self.screen.root;
        let active = self.numbers(self.atoms._NET_ACTIVE_WINDOW, AtomEnum::WINDOW)?.first().copied();
        let window = match active.filter(|&window| window != x11rb::NONE) {
            Some(window) => window,
            None => self.conn.get_input_focus()?.reply()?.focus,
        };
        // Nothing (0), the pointer's window (1), or the root, has no place of its own.
        if window <= 1 || window == root {
            return Ok(None);
        }
        let (size, at) =
            (self.conn.get_geometry(window)?, self.conn.translate_coordinates(window, root, 0, 0)?);
        // The window may be gone by now.
        let (Ok(size), Ok(at)) = (size.reply(), at.reply()) else { return Ok(None) };
        let (width, height) = (i32::from(size.width), i32::from(size.height));
        Ok(Some((i32::from(at.dst_x) + width / 2, i32::from(at.dst_y) + height / 2)))
    }

    /// What panels leave of the present desktop, if the window manager says.
    fn work_area(&self) -> Result<Option<Area>, X11Error> {
        let desktop = self.numbers(self.atoms._NET_CURRENT_DESKTOP, AtomEnum::CARDINAL)?;
        let areas = self.numbers(self.atoms._NET_WORKAREA, AtomEnum::CARDINAL)?;
        let desktop = desktop.first().copied().unwrap_or(0) as usize;
        let area = areas.chunks_exact(4).nth(desktop).or_else(|| areas.chunks_exact(4).next());
        Ok(area.and_then(|area| {
            let mut sides = area.iter().map(|&side| i32::try_from(side).ok());
            let mut side = || sides.next().flatten();
            Some(Area { x: side()?, y: side()?, width: side()?, height: side()? })
        }))
    }

    fn numbers(&self, property: Atom, kind: AtomEnum) -> Result<Vec<u32>, X11Error> {
        let reply = self.conn.get_property(false, self.screen.root, property, kind, 0, 1024)?.reply()?;
        Ok(reply.value32().map(Iterator::collect).unwrap_or_default())
    }
}

/// Pixels to the point, as the person has set for all programs.
fn scale(conn: &RustConnection) -> f32 {
    let database = resource_manager::new_from_default(conn).ok();
    let dpi = database.and_then(|database| database.get_value::<f32>("Xft.dpi", "").ok().flatten());
    dpi.map_or(1.0, |dpi| (dpi / 96.0).clamp(1.0, 4.0))
}

/// A visual whose pixels are `0xAARRGGBB`.
fn visual(screen: &Screen, depth: u8) -> Option<Visualid> {
    let visuals = screen.allowed_depths.iter().filter(|d| d.depth == depth).flat_map(|d| &d.visuals);
    let fits = |class, red, green, blue| {
        class == VisualClass::TRUE_COLOR && (red, green, blue) == (0xFF_0000, 0xFF00, 0xFF)
    };
    visuals.into_iter().find(|v| fits(v.class, v.red_mask, v.green_mask, v.blue_mask)).map(|v| v.visual_id)
}

/// The pixel's colour without what its alpha took of it.
fn opaque(pixel: u32) -> u32 {
    let [blue, green, red, alpha] = pixel.to_le_bytes();
    let whole =
        |colour: u8| (u32::from(colour) * 255).checked_div(alpha.into()).map_or(0, |c| c.min(255) as u8);
    u32::from_le_bytes([whole(blue), whole(green), whole(red), 255])
}

/// The pill without its soft edge: for each row, what is more there than not.
fn rows(picture: &Picture) -> Vec<Rectangle> {
    let there = |pixel: &u32| pixel >> 24 >= 0x80;
    let row = |(y, pixels): (usize, &[u32])| {
        let first = pixels.iter().position(there)?;
        let last = pixels.iter().rposition(there)?;
        let (x, y) = (i16::try_from(first).ok()?, i16::try_from(y).ok()?);
        Some(Rectangle { x, y, width: side(last - first + 1), height: 1 })
    };
    picture.pixels.chunks_exact(picture.width.max(1)).enumerate().filter_map(row).collect()
}

fn side(pixels: usize) -> u16 {
    u16::try_from(pixels).unwrap_or(u16::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_hard_edge_has_the_colour_of_a_soft_one() {
        assert_eq!(opaque(0x8040_2010), 0xFF7F_3F1F);
        assert_eq!((opaque(0xFF12_3456), opaque(0)), (0xFF12_3456, 0xFF00_0000));
    }

    #[test]
    fn the_cut_shape_is_the_pill() {
        let picture = Artist::default().draw(&View::Copied, false, 1.0).unwrap();
        let rows = rows(&picture);
        assert_eq!(rows.len(), picture.height);
        let (first, middle) = (rows[0], rows[picture.height / 2]);
        assert_eq!((middle.x, usize::from(middle.width)), (0, picture.width));
        assert!(first.x > 10 && usize::from(first.width) < picture.width - 20, "{first:?}");
        let wholly = |row: &Rectangle| usize::from(row.width) + 2 * row.x as usize == picture.width;
        assert!(rows.iter().all(wholly), "both ends are alike");
    }
}
