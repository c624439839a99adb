//! A library with the `nx_*` functions, opened at run time.

use crate::device::Device;
use crate::error::Error;
use crate::raw::Api;
use std::path::Path;
use std::sync::Arc;

/// An opened library: XRT behind Hark's shim, or something that stands in its place.
#[derive(Clone)]
pub struct Library {
    api: Arc<Api>,
}

/// Objects of a library, for tests of leaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Counts {
    /// In use.
    pub alive: u64,
    /// Given up with a run that never came back.
    pub parked: u64,
}

impl Library {
    /// Opens the library at `path`. Its initialisers run: open only what was installed with the program.
    ///
    /// # Errors
    /// [`ErrorKind::Library`](crate::ErrorKind::Library) if it or something that it needs is missing;
    /// [`ErrorKind::Abi`](crate::ErrorKind::Abi) if it is of another version or lacks a function.
    pub fn open(path: &Path) -> Result<Self, Error> {
        Ok(Self { api: Api::open(path)? })
    }

    /// How many devices there are.
    ///
    /// # Errors
    /// What the driver says.
    pub fn devices(&self) -> Result<u32, Error> {
        self.api.devices()
    }

    /// Opens a device.
    ///
    /// # Errors
    /// [`ErrorKind::NoDevice`](crate::ErrorKind::NoDevice), or what the driver says.
    pub fn device(&self, index: u32) -> Result<Device, Error> {
        Ok(Device::new(self.api.device(index)?))
    }

    /// How many objects of the library are alive and how many are parked.
    ///
    /// # Errors
    /// None that is known.
    pub fn counts(&self) -> Result<Counts, Error> {
        let (alive, parked) = self.api.counts()?;
        Ok(Counts { alive, parked })
    }
}
