//! A device and the programs for it.

use crate::bindings as nx;
use crate::context::Context;
use crate::discovery::{Places, generation_at};
use crate::elf::{ElfProgram, ElfRefusal};
use crate::error::{Error, ErrorKind};
use crate::generation::Generation;
use crate::kept::DeviceInner;
use crate::raw::Handle;
use crate::xclbin::{Design, Refusal};
use std::sync::Arc;

/// An opened device.
#[derive(Clone)]
pub struct Device {
    inner: Arc<DeviceInner>,
}

/// What a device says of itself; empty where it does not say.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct DeviceInfo {
    /// As the driver names it.
    pub name: String,
    /// PCI address, such as `0000:c5:00.1`.
    pub address: String,
    /// The runtime and its version.
    pub runtime: String,
    /// Version of the device's firmware.
    pub firmware: String,
}

/// A program for a device, loaded.
pub struct Xclbin {
    // Before the device, so that it is freed first.
    handle: Handle<nx::nx_xclbin>,
    device: Arc<DeviceInner>,
}

/// A kernel of an xclbin.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KernelInfo {
    /// By which it is opened.
    pub name: String,
    /// How many arguments it has.
    pub arguments: u32,
}

/// More kernels than any xclbin has.
const KERNELS: u32 = 1024;

impl Device {
    pub(crate) fn new(handle: Handle<nx::nx_dev>) -> Self {
        Self { inner: Arc::new(DeviceInner { handle }) }
    }

    /// What the device says of itself. What this runtime can't say stays empty.
    ///
    /// # Errors
    /// What the driver says.
    pub fn info(&self) -> Result<DeviceInfo, Error> {
        let ask = |key| match self.inner.handle.info(key) {
            Err(Error { kind: ErrorKind::Unsupported, .. }) => Ok(String::new()),
            answer => answer,
        };
        Ok(DeviceInfo {
            name: ask(nx::NX_INFO_NAME)?,
            address: ask(nx::NX_INFO_ADDRESS)?,
            runtime: ask(nx::NX_INFO_RUNTIME)?,
            firmware: ask(nx::NX_INFO_FIRMWARE)?,
        })
    }

    /// Which NPU it is; `None` for what is none. What is none by its address is one of software, which looks for itself.
    pub fn generation(&self) -> Option<Generation> {
        let address = self.inner.handle.info(nx::NX_INFO_ADDRESS).unwrap_or_default();
        generation_at(&Places::here(), &address)
    }

    /// Loads a program, whose file's content is `bytes`. It is read here before the runtime sees it, which believes
    /// what a file says of itself, and takes one for another generation of the NPU.
    ///
    /// # Errors
    /// [`ErrorKind::Xclbin`] if it is none, or one for another device.
    pub fn xclbin(&self, bytes: &[u8]) -> Result<Xclbin, Error> {
        let refused = |refusal: Refusal| Error::new(ErrorKind::Xclbin, refusal);
        let design = Design::read(bytes).map_err(refused)?;
        if let Some(here) = self.generation() {
            design.check_for(here).map_err(refused)?;
        }
        let handle = self.inner.handle.xclbin(bytes)?;
        Ok(Xclbin { handle, device: Arc::clone(&self.inner) })
    }

    /// Opens a context, which is a place for `xclbin` on the device; `qos` are wishes of its quality by name.
    ///
    /// # Errors
    /// [`ErrorKind::ContextLimit`] if all places are taken; what the driver says.
    pub fn context(&self, xclbin: &Xclbin, qos: &[(&str, u32)]) -> Result<Context, Error> {
        if !self.inner.handle.same(&xclbin.device.handle) {
            return Err(Error::argument("the xclbin was loaded for another device"));
        }
        Ok(Context::new(self.inner.handle.context(&xclbin.handle, qos)?, Arc::clone(&self.inner)))
    }

    /// Opens a context for a program in one ELF file with its instructions, whose content is `bytes`. As an xclbin, it is
    /// read here before the runtime sees it.
    ///
    /// # Errors
    /// [`ErrorKind::Xclbin`] if it is none, or one for another device; as [`Device::context`];
    /// [`ErrorKind::Unsupported`] where the runtime can't.
    pub fn context_from_elf(&self, bytes: &[u8]) -> Result<Context, Error> {
        let refused = |refusal: ElfRefusal| Error::new(ErrorKind::Xclbin, refusal);
        let program = ElfProgram::read(bytes).map_err(refused)?;
        if let Some(here) = self.generation() {
            program.check_for(here).map_err(refused)?;
        }
        Ok(Context::new(self.inner.handle.context_from_elf(bytes)?, Arc::clone(&self.inner)))
    }
}

impl Xclbin {
    /// The kernels of the program.
    ///
    /// # Errors
    /// None that is known.
    pub fn kernels(&self) -> Result<Vec<KernelInfo>, Error> {
        let mut kernels = Vec::new();
        for index in 0..KERNELS {
            match self.handle.kernel(index) {
                Ok((name, arguments)) => kernels.push(KernelInfo { name, arguments }),
                // The index behind the last.
                Err(Error { kind: ErrorKind::Argument, .. }) => break,
                Err(error) => return Err(error),
            }
        }
        Ok(kernels)
    }
}
