//! The C interface call by call: the one place where a library is called.
//!
//! Pointers to the library's objects are names to us and are never followed. What makes the calls safe is that they
//! are made one at a time ([`Api::lock`]), that a pointer is only ever passed back to the library that gave it (a
//! [`Handle`] holds both), and that it is closed once, when its handle is dropped.

use crate::bindings::{self as nx, Nx};
use crate::error::{Error, ErrorKind};
use std::ffi::{CStr, CString, c_int};
use std::mem::ManuallyDrop;
use std::path::Path;
use std::ptr::{self, NonNull};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// The version of `shim/nx.h` that this crate was made with.
pub(crate) const ABI_VERSION: u32 = nx::NX_ABI_VERSION;

/// Longest text that the library is asked for, in bytes.
const TEXT: usize = 256;

/// A library that speaks our version of the interface.
pub(crate) struct Api {
    // Never closed: threads of the runtime, and what is parked, go on in its code until the process ends.
    nx: ManuallyDrop<Nx>,
    lock: Mutex<()>,
}

/// An object of the library, closed when it is dropped.
pub(crate) struct Handle<T> {
    api: Arc<Api>,
    object: NonNull<T>,
    close: Close<T>,
}

type Close<T> = unsafe fn(&Nx, *mut T);

// SAFETY: the object is only used by the library, which may be called from any thread, one call at a time; each call
// on a handle holds the lock of its `Api`.
unsafe impl<T> Send for Handle<T> {}
// SAFETY: as above.
unsafe impl<T> Sync for Handle<T> {}

/// A buffer's memory as the library mapped it.
pub(crate) struct Mapped {
    start: NonNull<u8>,
    len: usize,
}

// SAFETY: plain memory, reached through `&self` for reading and `&mut self` for writing.
unsafe impl Send for Mapped {}
// SAFETY: as above.
unsafe impl Sync for Mapped {}

/// What a library says of a failed wait.
pub(crate) struct WaitError {
    pub(crate) error: Error,
    pub(crate) failed: Option<u32>,
    /// The device is known to be done with the command, though it failed.
    pub(crate) over: bool,
}

impl Api {
    pub(crate) fn open(path: &Path) -> Result<Arc<Self>, Error> {
        // SAFETY: opening a library runs its initialisers; that this library may be trusted is the caller's choice of
        // path. That it has the version of the interface that the types stand for is checked before any other call.
        unsafe {
            let library = libloading::Library::new(path).map_err(|error| {
                Error::new(ErrorKind::Library, format_args!("{} can't be opened: {error}", path.display()))
            })?;
            let version =
                library.get::<unsafe extern "C" fn() -> u32>(b"nx_abi_version\0").map_err(|_| {
                    Error::new(ErrorKind::Abi, format_args!("{} has no nx_abi_version", path.display()))
                })?();
            if version != ABI_VERSION {
                let what =
                    format!("{} has version {version} of the interface, not {ABI_VERSION}", path.display());
                return Err(Error::new(ErrorKind::Abi, what));
            }
            let nx = Nx::from_library(library).map_err(|error| {
                Error::new(ErrorKind::Abi, format_args!("{} lacks a function: {error}", path.display()))
            })?;
            Ok(Arc::new(Self { nx: ManuallyDrop::new(nx), lock: Mutex::new(()) }))
        }
    }

    fn lock(&self) -> MutexGuard<'_, ()> {
        // Nothing of ours is left half done when a thread panics.
        self.lock.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Makes one call, and asks for the reason if it fails.
    fn call(&self, what: &str, call: impl FnOnce(&Nx) -> c_int) -> Result<(), Error> {
        let _one_at_a_time = self.lock();
        match call(&self.nx) {
            0 => Ok(()),
            status => Err(self.last_error(what, status)),
        }
    }

    /// The lock is held, so that the text is of the call just made by this thread.
    fn last_error(&self, what: &str, status: c_int) -> Error {
        let mut details = nx::nx_error { status: 0, os_error: 0 };
        // SAFETY: the text is never null, and stays valid until this thread's next call.
        let text = unsafe { self.nx.nx_last_error(&mut details) };
        let text = if text.is_null() {
            String::new()
        } else {
            // SAFETY: as above.
            unsafe { CStr::from_ptr(text) }.to_string_lossy().into_owned()
        };
        let os_error = if details.status == status { details.os_error } else { 0 };
        let text = if text.is_empty() { format!("status {status}") } else { text };
        Error { kind: kind(status), message: format!("{what}: {text}"), os_error }
    }

    fn make<T>(
        self: &Arc<Self>,
        what: &str,
        close: Close<T>,
        call: impl FnOnce(&Nx, *mut *mut T) -> c_int,
    ) -> Result<Handle<T>, Error> {
        let mut object = ptr::null_mut();
        self.call(what, |nx| call(nx, &mut object))?;
        let object = NonNull::new(object).ok_or_else(|| {
            Error::new(ErrorKind::Internal, format_args!("{what}: the library gave no object"))
        })?;
        Ok(Handle { api: Arc::clone(self), object, close })
    }

    pub(crate) fn devices(&self) -> Result<u32, Error> {
        let mut count = 0;
        // SAFETY: `count` outlives the call.
        self.call("counting devices", |nx| unsafe { nx.nx_enumerate(&mut count) })?;
        Ok(count)
    }

    pub(crate) fn counts(&self) -> Result<(u64, u64), Error> {
        let (mut alive, mut parked) = (0, 0);
        // SAFETY: both outlive the call.
        self.call("counting handles", |nx| unsafe { nx.nx_counts(&mut alive, &mut parked) })?;
        Ok((alive, parked))
    }

    pub(crate) fn device(self: &Arc<Self>, index: u32) -> Result<Handle<nx::nx_dev>, Error> {
        // SAFETY: `out` is valid for the call.
        self.make("opening the device", Nx::nx_device_close, |nx, out| unsafe {
            nx.nx_device_open(index, out)
        })
    }
}

impl<T> Handle<T> {
    fn raw(&self) -> *mut T {
        self.object.as_ptr()
    }

    pub(crate) fn same(&self, other: &Self) -> bool {
        self.object == other.object && Arc::ptr_eq(&self.api, &other.api)
    }
}

impl<T> Drop for Handle<T> {
    fn drop(&mut self) {
        let _one_at_a_time = self.api.lock();
        // SAFETY: the object came from this library and is closed here, once.
        unsafe { (self.close)(&self.api.nx, self.object.as_ptr()) }
    }
}

// Each of these passes live objects of one library back to it, and places that outlive the call.

impl Handle<nx::nx_dev> {
    pub(crate) fn info(&self, key: nx::nx_info) -> Result<String, Error> {
        let mut text = [0u8; TEXT];
        self.api.call("asking for the device's properties", |nx| {
            // SAFETY: see above; the library writes at most `TEXT` bytes.
            unsafe { nx.nx_device_info(self.raw(), key as c_int, text.as_mut_ptr().cast(), TEXT) }
        })?;
        Ok(until_zero(&text))
    }

    pub(crate) fn xclbin(&self, bytes: &[u8]) -> Result<Handle<nx::nx_xclbin>, Error> {
        self.api.make("loading the xclbin", Nx::nx_xclbin_free, |nx, out| {
            // SAFETY: see above.
            unsafe { nx.nx_xclbin_load(self.raw(), bytes.as_ptr().cast(), bytes.len(), out) }
        })
    }

    pub(crate) fn context(
        &self,
        xclbin: &Handle<nx::nx_xclbin>,
        qos: &[(&str, u32)],
    ) -> Result<Handle<nx::nx_ctx>, Error> {
        let keys = qos.iter().map(|(key, _)| c_text(key)).collect::<Result<Vec<_>, _>>()?;
        let qos: Vec<_> = keys
            .iter()
            .zip(qos)
            .map(|(key, (_, value))| nx::nx_qos { key: key.as_ptr(), value: *value })
            .collect();
        let count = u32::try_from(qos.len()).map_err(Error::argument)?;
        self.api.make("opening a context", Nx::nx_ctx_close, |nx, out| {
            // SAFETY: see above; `keys` outlives the call.
            unsafe { nx.nx_ctx_open(self.raw(), xclbin.raw(), qos.as_ptr(), count, out) }
        })
    }

    pub(crate) fn context_from_elf(&self, bytes: &[u8]) -> Result<Handle<nx::nx_ctx>, Error> {
        self.api.make("opening a context from an ELF", Nx::nx_ctx_close, |nx, out| {
            // SAFETY: see above.
            unsafe { nx.nx_ctx_open_elf(self.raw(), bytes.as_ptr().cast(), bytes.len(), out) }
        })
    }
}

impl Handle<nx::nx_xclbin> {
    /// Name and number of arguments of a kernel.
    pub(crate) fn kernel(&self, index: u32) -> Result<(String, u32), Error> {
        let mut kernel = nx::nx_kernel_desc { name: [0; 64], arguments: 0 };
        self.api.call("asking for the kernels", |nx| {
            // SAFETY: see above.
            unsafe { nx.nx_xclbin_kernel(self.raw(), index, &mut kernel) }
        })?;
        Ok((until_zero(&kernel.name.map(|c| c as u8)), kernel.arguments))
    }
}

impl Handle<nx::nx_ctx> {
    pub(crate) fn kernel(&self, name: &str) -> Result<Handle<nx::nx_kernel>, Error> {
        let name = c_text(name)?;
        self.api.make("opening the kernel", Nx::nx_kernel_close, |nx, out| {
            // SAFETY: see above.
            unsafe { nx.nx_kernel_open(self.raw(), name.as_ptr(), out) }
        })
    }

    pub(crate) fn buffer(
        &self,
        len: usize,
        kind: nx::nx_bo_kind,
        group: u32,
    ) -> Result<Handle<nx::nx_bo>, Error> {
        self.api.make("allocating a buffer", Nx::nx_bo_free, |nx, out| {
            // SAFETY: see above.
            unsafe { nx.nx_bo_alloc(self.raw(), len, kind as c_int, group, out) }
        })
    }

    pub(crate) fn list(&self) -> Result<Handle<nx::nx_list>, Error> {
        // SAFETY: see above.
        self.api.make("making a run list", Nx::nx_list_release, |nx, out| unsafe {
            nx.nx_list_new(self.raw(), out)
        })
    }
}

impl Handle<nx::nx_kernel> {
    pub(crate) fn group(&self, argument: u32) -> Result<u32, Error> {
        let mut group = 0;
        self.api.call("asking for an argument's memory group", |nx| {
            // SAFETY: see above.
            unsafe { nx.nx_kernel_group(self.raw(), argument, &mut group) }
        })?;
        Ok(group)
    }

    pub(crate) fn run(&self) -> Result<Handle<nx::nx_run>, Error> {
        // SAFETY: see above.
        self.api.make("making a run", Nx::nx_run_release, |nx, out| unsafe { nx.nx_run_new(self.raw(), out) })
    }
}

impl Handle<nx::nx_bo> {
    pub(crate) fn sub(&self, offset: usize, len: usize) -> Result<Self, Error> {
        self.api.make("making a sub-buffer", Nx::nx_bo_free, |nx, out| {
            // SAFETY: see above.
            unsafe { nx.nx_bo_sub(self.raw(), offset, len, out) }
        })
    }

    /// The memory of a buffer of `len` bytes. It is valid as long as the handle lives: the caller keeps both together.
    pub(crate) fn map(&self, len: usize) -> Result<Mapped, Error> {
        let mut start = ptr::null_mut();
        // SAFETY: see above.
        self.api.call("mapping a buffer", |nx| unsafe { nx.nx_bo_map(self.raw(), &mut start) })?;
        match NonNull::new(start.cast()) {
            Some(start) if isize::try_from(len).is_ok() => Ok(Mapped { start, len }),
            _ => Err(Error::new(ErrorKind::Internal, "mapping a buffer: the library gave no memory")),
        }
    }

    pub(crate) fn sync(&self, direction: nx::nx_direction, offset: usize, len: usize) -> Result<(), Error> {
        self.api.call("synchronising a buffer", |nx| {
            // SAFETY: see above.
            unsafe { nx.nx_bo_sync(self.raw(), direction as c_int, offset, len) }
        })
    }

    pub(crate) fn address(&self) -> Result<u64, Error> {
        let mut address = 0;
        self.api.call("asking for a buffer's address", |nx| {
            // SAFETY: see above.
            unsafe { nx.nx_bo_address(self.raw(), &mut address) }
        })?;
        Ok(address)
    }
}

impl Handle<nx::nx_run> {
    pub(crate) fn set_buffer(&self, argument: u32, buffer: &Handle<nx::nx_bo>) -> Result<(), Error> {
        self.api.call("setting a buffer argument", |nx| {
            // SAFETY: see above.
            unsafe { nx.nx_run_bo(self.raw(), argument, buffer.raw()) }
        })
    }

    pub(crate) fn set_u32(&self, argument: u32, value: u32) -> Result<(), Error> {
        self.api.call("setting an argument", |nx| {
            // SAFETY: see above.
            unsafe { nx.nx_run_u32(self.raw(), argument, value) }
        })
    }

    pub(crate) fn set_u64(&self, argument: u32, value: u64) -> Result<(), Error> {
        self.api.call("setting an argument", |nx| {
            // SAFETY: see above.
            unsafe { nx.nx_run_u64(self.raw(), argument, value) }
        })
    }

    pub(crate) fn start(&self) -> Result<(), Error> {
        // SAFETY: see above.
        self.api.call("starting a run", |nx| unsafe { nx.nx_run_start(self.raw()) })
    }

    pub(crate) fn wait(&self, limit_ms: u32) -> Result<(), WaitError> {
        let mut state = 0;
        let waited = self.api.call("waiting for a run", |nx| {
            // SAFETY: see above.
            unsafe { nx.nx_run_wait(self.raw(), limit_ms, &mut state) }
        });
        waited.map_err(|error| wait_error(error, state, None))
    }
}

impl Handle<nx::nx_list> {
    pub(crate) fn add(&self, run: &Handle<nx::nx_run>) -> Result<(), Error> {
        // SAFETY: see above.
        self.api.call("adding to a run list", |nx| unsafe { nx.nx_list_add(self.raw(), run.raw()) })
    }

    pub(crate) fn execute(&self) -> Result<(), Error> {
        // SAFETY: see above.
        self.api.call("starting a run list", |nx| unsafe { nx.nx_list_execute(self.raw()) })
    }

    pub(crate) fn wait(&self, limit_ms: u32) -> Result<(), WaitError> {
        let (mut state, mut failed) = (0, u32::MAX);
        let waited = self.api.call("waiting for a run list", |nx| {
            // SAFETY: see above.
            unsafe { nx.nx_list_wait(self.raw(), limit_ms, &mut state, &mut failed) }
        });
        waited.map_err(|error| wait_error(error, state, (failed != u32::MAX).then_some(failed)))
    }
}

impl Mapped {
    pub(crate) fn bytes(&self) -> &[u8] {
        // SAFETY: the library mapped `len` bytes for as long as the buffer lives; the owner of both hands them out
        // only while no run uses them.
        unsafe { std::slice::from_raw_parts(self.start.as_ptr(), self.len) }
    }

    pub(crate) fn bytes_mut(&mut self) -> &mut [u8] {
        // SAFETY: as above, and `&mut self` makes it the only view.
        unsafe { std::slice::from_raw_parts_mut(self.start.as_ptr(), self.len) }
    }
}

fn wait_error(mut error: Error, state: c_int, failed: Option<u32>) -> WaitError {
    let over = error.kind == ErrorKind::Command;
    if over {
        error.message = format!("{} (state {state})", error.message);
    }
    WaitError { error, failed, over }
}

fn c_text(text: &str) -> Result<CString, Error> {
    CString::new(text).map_err(|_| Error::argument(format_args!("{text:?} holds a zero")))
}

fn until_zero(text: &[u8]) -> String {
    let end = text.iter().position(|&byte| byte == 0).unwrap_or(text.len());
    String::from_utf8_lossy(&text[..end]).into_owned()
}

fn kind(status: c_int) -> ErrorKind {
    match u32::try_from(status).unwrap_or(nx::NX_INTERNAL) {
        nx::NX_ARGUMENT => ErrorKind::Argument,
        nx::NX_NO_DEVICE => ErrorKind::NoDevice,
        nx::NX_DRIVER => ErrorKind::Driver,
        nx::NX_XCLBIN => ErrorKind::Xclbin,
        nx::NX_CONTEXT_LIMIT => ErrorKind::ContextLimit,
        nx::NX_MEMORY => ErrorKind::Memory,
        nx::NX_GROUP => ErrorKind::Group,
        nx::NX_COMMAND => ErrorKind::Command,
        nx::NX_TIMEOUT => ErrorKind::Timeout,
        nx::NX_BUSY => ErrorKind::Busy,
        nx::NX_UNSUPPORTED => ErrorKind::Unsupported,
        _ => ErrorKind::Internal,
    }
}
