//! The indicator on Wayland compositors with wlr-layer-shell: a surface in the overlay layer, without input
//! region and without keyboard.
//!
//! The compositor puts it on the output that has the focus, above panels.

use super::draw::{Artist, Picture};
use super::post::{Receiver, Scene, Woken};
use super::view::View;
use smithay_client_toolkit::compositor::{CompositorHandler, CompositorState, Region};
use smithay_client_toolkit::output::{OutputHandler, OutputState};
use smithay_client_toolkit::registry::{ProvidesRegistryState, RegistryState};
use smithay_client_toolkit::shell::WaylandSurface;
use smithay_client_toolkit::shell::wlr_layer::{
    Anchor, KeyboardInteractivity, Layer, LayerShell, LayerShellHandler, LayerSurface, LayerSurfaceConfigure,
};
use smithay_client_toolkit::shm::slot::SlotPool;
use smithay_client_toolkit::shm::{Shm, ShmHandler};
use smithay_client_toolkit::{
    delegate_compositor, delegate_layer, delegate_output, delegate_registry, delegate_shm, registry_handlers,
};
use std::io::ErrorKind;
use std::time::Duration;
use wayland_client::backend::WaylandError;
use wayland_client::globals::{BindError, GlobalError, registry_queue_init};
use wayland_client::protocol::wl_output::{Transform, WlOutput};
use wayland_client::protocol::wl_shm::Format;
use wayland_client::protocol::wl_surface::WlSurface;
use wayland_client::{ConnectError, Connection, EventQueue, QueueHandle};

/// Points between the indicator and the lower edge of the free area.
const MARGIN: i32 = 24;
/// Wait before a compositor that was lost is looked for again.
const RETRY: Duration = Duration::from_secs(2);
/// Bytes of the first picture at an ordinary scale; the pool grows.
const POOL: usize = 1 << 16;

/// Why there is no indicator on this compositor.
#[derive(Debug, thiserror::Error)]
pub enum LayerShellError {
    /// GNOME and others, which will not let programs do this.
    #[error("the compositor lets no program show anything over others")]
    Missing,
    #[error("the compositor cannot be reached ({0})")]
    Connect(#[from] ConnectError),
    #[error("the compositor has not what is needed ({0})")]
    Lacking(String),
    #[error("the compositor was lost ({0})")]
    Lost(String),
}

fn lacking(error: impl ToString) -> LayerShellError {
    LayerShellError::Lacking(error.to_string())
}

fn lost(error: impl ToString) -> LayerShellError {
    LayerShellError::Lost(error.to_string())
}

/// Shows what comes until nothing comes any more. A compositor that goes away is looked for again.
///
/// # Errors
/// If the compositor does not offer this.
pub fn run(scenes: &mut Receiver) -> Result<(), LayerShellError> {
    let mut artist = Artist::default();
    let mut pending = None;
    loop {
        let followed = Overlay::connect().and_then(|(mut overlay, mut queue)| {
            pending.take().into_iter().for_each(|scene| overlay.take(scene));
            overlay.follow(&mut queue, scenes, &mut artist)
        });
        match followed {
            Ok(()) => return Ok(()),
            Err(LayerShellError::Missing) => return Err(LayerShellError::Missing),
            Err(_) => {}
        }
        // Tried again when there is something to show, and not in haste.
        match scenes.put_off(RETRY) {
            Some(scene) => pending = Some(scene),
            None => return Ok(()),
        }
    }
}

/// Whether there can be an indicator.
///
/// # Errors
/// Why not.
pub fn check() -> Result<(), LayerShellError> {
    Overlay::connect().map(|_| ())
}

/// A connection that can show the indicator.
struct Overlay {
    registry: RegistryState,
    outputs: OutputState,
    compositor: CompositorState,
    layers: LayerShell,
    shm: Shm,
    pool: SlotPool,
    queue: QueueHandle<Self>,
    /// Pixels to the point where the last surface was.
    scale: i32,
    scene: Scene,
    shown: Option<Shown>,
    /// The picture has to be made again.
    stale: bool,
    picture: Option<Picture>,
}

/// The surface on the screen.
struct Shown {
    layer: LayerSurface,
    /// In points, as asked for.
    size: (u32, u32),
    /// The compositor has said where it goes, and pictures may be attached.
    configured: bool,
}

impl Overlay {
    fn connect() -> Result<(Self, EventQueue<Self>), LayerShellError> {
        let connection = Connection::connect_to_env()?;
        let (globals, events) = registry_queue_init(&connection).map_err(|error| match error {
            GlobalError::InvalidId(_) => lacking(error),
            _ => lost(error),
        })?;
        let queue = events.handle();
        let compositor = CompositorState::bind(&globals, &queue).map_err(lacking)?;
        let layers = LayerShell::bind(&globals, &queue).map_err(|error| match error {
            BindError::NotPresent => LayerShellError::Missing,
            error => lacking(error),
        })?;
        let shm = Shm::bind(&globals, &queue).map_err(lacking)?;
        let pool = SlotPool::new(POOL, &shm).map_err(lacking)?;
        let overlay = Self {
            registry: RegistryState::new(&globals),
            outputs: OutputState::new(&globals, &queue),
            compositor,
            layers,
            shm,
            pool,
            queue,
            scale: 1,
            scene: Scene::default(),
            shown: None,
            stale: false,
            picture: None,
        };
        Ok((overlay, events))
    }

    /// Shows what comes until nothing comes any more.
    fn follow(
        &mut self,
        events: &mut EventQueue<Self>,
        scenes: &mut Receiver,
        artist: &mut Artist,
    ) -> Result<(), LayerShellError> {
        // Outputs and their scales.
        events.roundtrip(self).map_err(lost)?;
        let scales = self.outputs.outputs().filter_map(|output| self.outputs.info(&output));
        self.scale = scales.map(|info| info.scale_factor).max().unwrap_or(1).max(1);
        loop {
            if std::mem::take(&mut self.stale) {
                self.picture = artist.draw(&self.scene.view, self.scene.dark, self.scale as f32);
                self.change()?;
            }
            events.flush().map_err(lost)?;
            if let Some(reading) = events.prepare_read() {
                match scenes.wait(Some(&reading.connection_fd()), None) {
                    Woken::Closed => return Ok(()),
                    Woken::Scene(scene) => self.take(scene),
                    Woken::Else => match reading.read() {
                        Err(WaylandError::Io(error)) if error.kind() == ErrorKind::WouldBlock => {}
                        read => drop(read.map_err(lost)?),
                    },
                }
            }
            events.dispatch_pending(self).map_err(lost)?;
        }
    }

    fn take(&mut self, scene: Scene) {
        self.stale |= scene != self.scene;
        // Somebody who starts to speak looks at the output that has the focus now.
        if scene.view == View::Arming && scene.view != self.scene.view {
            self.shown = None;
        }
        self.scene = scene;
    }

    /// Makes the screen show the picture, or nothing.
    fn change(&mut self) -> Result<(), LayerShellError> {
        let Some(picture) = &self.picture else {
            self.shown = None;
            return Ok(());
        };
        let points = |pixels: usize| u32::try_from(pixels).unwrap_or(u32::MAX) / self.scale.unsigned_abs();
        let size = (points(picture.width), points(picture.height));
        match &mut self.shown {
            Some(shown) if shown.size == size && shown.configured => self.paint(),
            Some(shown) if shown.size == size => Ok(()),
            Some(shown) => {
                shown.layer.set_size(size.0, size.1);
                shown.layer.commit();
                (shown.size, shown.configured) = (size, false);
                Ok(())
            }
            None => {
                self.shown = Some(self.open(size)?);
                Ok(())
            }
        }
    }

    fn open(&self, size: (u32, u32)) -> Result<Shown, LayerShellError> {
        let surface = self.compositor.create_surface(&self.queue);
        let nothing = Region::new(&self.compositor).map_err(lacking)?;
        surface.set_input_region(Some(nothing.wl_region()));
        let name = Some("hark-indicator");
        let layer = self.layers.create_layer_surface(&self.queue, surface, Layer::Overlay, name, None);
        layer.set_anchor(Anchor::BOTTOM);
        layer.set_margin(0, 0, MARGIN, 0);
        layer.set_keyboard_interactivity(KeyboardInteractivity::None);
        layer.set_size(size.0, size.1);
        layer.commit();
        Ok(Shown { layer, size, configured: false })
    }

    fn paint(&mut self) -> Result<(), LayerShellError> {
        let (Some(shown), Some(picture)) = (&self.shown, &self.picture) else { return Ok(()) };
        let side = |pixels: usize| i32::try_from(pixels).unwrap_or(i32::MAX);
        let (width, height) = (side(picture.width), side(picture.height));
        let made = self.pool.create_buffer(width, height, 4 * width, Format::Argb8888);
        let (buffer, canvas) = made.map_err(lost)?;
        for (place, pixel) in canvas.chunks_exact_mut(4).zip(&picture.pixels) {
            place.copy_from_slice(&pixel.to_le_bytes());
        }
        let surface = shown.layer.wl_surface();
        surface.set_buffer_scale(self.scale);
        buffer.attach_to(surface).map_err(lost)?;
        surface.damage_buffer(0, 0, width, height);
        shown.layer.commit();
        Ok(())
    }
}

impl LayerShellHandler for Overlay {
    fn closed(&mut self, _: &Connection, _: &QueueHandle<Self>, layer: &LayerSurface) {
        // Its output has gone; the next picture gets a surface of its own.
        if self.shown.as_ref().is_some_and(|shown| shown.layer == *layer) {
            self.shown = None;
        }
    }

    fn configure(
        &mut self,
        _: &Connection,
        _: &QueueHandle<Self>,
        layer: &LayerSurface,
        _: LayerSurfaceConfigure,
        _: u32,
    ) {
        if let Some(shown) = self.shown.as_mut().filter(|shown| shown.layer == *layer) {
            shown.configured = true;
            self.stale = true;
        }
    }
}

impl CompositorHandler for Overlay {
    fn scale_factor_changed(
        &mut self,
        _: &Connection,
        _: &QueueHandle<Self>,
        surface: &WlSurface,
        scale: i32,
    ) {
        if self.shown.as_ref().is_some_and(|shown| shown.layer.wl_surface() == surface) && scale > 0 {
            self.stale |= scale != self.scale;
            self.scale = scale;
        }
    }

    fn transform_changed(&mut self, _: &Connection, _: &QueueHandle<Self>, _: &WlSurface, _: Transform) {}
    fn frame(&mut self, _: &Connection, _: &QueueHandle<Self>, _: &WlSurface, _: u32) {}
    fn surface_enter(&mut self, _: &Connection, _: &QueueHandle<Self>, _: &WlSurface, _: &WlOutput) {}
    fn surface_leave(&mut self, _: &Connection, _: &QueueHandle<Self>, _: &WlSurface, _: &WlOutput) {}
}

impl OutputHandler for Overlay {
    fn output_state(&mut self) -> &mut OutputState {
        &mut self.outputs
    }

    fn new_output(&mut self, _: &Connection, _: &QueueHandle<Self>, _: WlOutput) {}
    fn update_output(&mut self, _: &Connection, _: &QueueHandle<Self>, _: WlOutput) {}
    fn output_destroyed(&mut self, _: &Connection, _: &QueueHandle<Self>, _: WlOutput) {}
}

impl ShmHandler for Overlay {
    fn shm_state(&mut self) -> &mut Shm {
        &mut self.shm
    }
}

impl ProvidesRegistryState for Overlay {
    fn registry(&mut self) -> &mut RegistryState {
        &mut self.registry
    }
    registry_handlers![OutputState];
}

delegate_compositor!(Overlay);
delegate_output!(Overlay);
delegate_shm!(Overlay);
delegate_layer!(Overlay);
delegate_registry!(Overlay);
