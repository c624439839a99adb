//! The functions of nx.h, over a [`Host`]: pointers become slices and numbers here, and panics become failures.
//!
//! Handles are numbers that look like pointers and are never followed, so that no handle, however wrong, is a danger.
//! What a caller must promise is only that other pointers are null or point to what nx.h says.

use crate::fake::Fake;
use crate::runtime::{Call, Failure, Faults, Host, State, Status};
use crate::sim::Simulated;
use std::cell::RefCell;
use std::ffi::{CStr, CString, c_char, c_int, c_void};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::OnceLock;

const ABI_VERSION: u32 = 1;
/// More settings than a context has.
const MOST_QOS: u32 = 64;

type Handle = *mut c_void;

/// `nx_error`
#[repr(C)]
pub struct NxError {
    status: i32,
    os_error: i32,
}

/// `nx_kernel_desc`
#[repr(C)]
pub struct NxKernelDesc {
    name: [c_char; 64],
    arguments: u32,
}

/// `nx_qos`
#[repr(C)]
pub struct NxQos {
    key: *const c_char,
    value: u32,
}

thread_local! {
    static LAST: RefCell<(NxError, CString)> = RefCell::new((NxError { status: 0, os_error: 0 }, CString::default()));
}

/// The process's host, with the device that `HARK_NPU` asks for (`sim` is the simulator, anything else the fake) and
/// the faults of `HARK_NPU_FAULT`.
fn host() -> Result<&'static Host, Failure> {
    static HOST: OnceLock<Result<Host, String>> = OnceLock::new();
    let host = HOST.get_or_init(|| {
        let faults = Faults::parse(&std::env::var("HARK_NPU_FAULT").unwrap_or_default())?;
        let is_simulated = std::env::var_os("HARK_NPU").is_some_and(|device| device == "sim");
        Ok(if is_simulated {
            Host::new(Simulated::new(crate::stand_in()), faults)
        } else {
            Host::new(Fake::new(), faults)
        })
    });
    host.as_ref().map_err(|message| Failure::new(Status::Internal, message.clone()))
}

/// Does the work of a function, lets happen there what is to happen, and remembers a failure.
fn call(call: Call, work: impl FnOnce(&'static Host) -> Result<(), Failure>) -> c_int {
    let work = || {
        let host = host()?;
        host.enter(call)?;
        work(host)
    };
    let thrown = |panic: Box<dyn std::any::Any + Send>| {
        let said = panic.downcast_ref::<String>().map(String::as_str);
        let said = said.or_else(|| panic.downcast_ref::<&str>().copied()).unwrap_or("no message");
        Err(Failure::new(Status::Internal, format!("nx_{} threw: {said}", call.name())))
    };
    match catch_unwind(AssertUnwindSafe(work)).unwrap_or_else(thrown) {
        Ok(()) => 0,
        Err(failure) => {
            let error = NxError { status: failure.status as i32, os_error: failure.os_error };
            let message = CString::new(failure.message.replace('\0', " ")).unwrap_or_default();
            LAST.with(|last| *last.borrow_mut() = (error, message));
            failure.status as c_int
        }
    }
}

fn number<T>(handle: *mut T) -> usize {
    handle.addr()
}

fn null(what: &str) -> Failure {
    Failure::new(Status::Argument, format!("no place for {what}"))
}

/// Where a result goes, if it is not null.
///
/// # Safety
/// `out` is null or may be written.
unsafe fn place<'a, T>(out: *mut T, what: &str) -> Result<&'a mut T, Failure> {
    // SAFETY: by the contract of this function; what is there is plain numbers, which it may hold any of.
    unsafe { out.as_mut() }.ok_or_else(|| null(what))
}

/// # Safety
/// `bytes` is null or points to `len` bytes.
unsafe fn bytes<'a>(bytes: *const c_void, len: usize) -> Result<&'a [u8], Failure> {
    if bytes.is_null() || len > isize::MAX as usize {
        return Err(Failure::new(Status::Argument, format!("{len} bytes that are not there")));
    }
    // SAFETY: by the contract of this function.
    Ok(unsafe { std::slice::from_raw_parts(bytes.cast(), len) })
}

/// # Safety
/// `text` is null or ends with 0.
unsafe fn text<'a>(text: *const c_char) -> Result<&'a str, Failure> {
    if text.is_null() {
        return Err(null("a name"));
    }
    // SAFETY: by the contract of this function.
    let text = unsafe { CStr::from_ptr(text) };
    text.to_str().map_err(|_| Failure::new(Status::Argument, "a name that is not UTF-8"))
}

/// Copies text with a 0 behind it, cut off if it does not fit.
fn copy_text(out: &mut [c_char], text: &str) {
    let most = text.floor_char_boundary(out.len().saturating_sub(1));
    out.fill(0);
    out.iter_mut().zip(&text.as_bytes()[..most]).for_each(|(out, byte)| *out = *byte as c_char);
}

/// Touches memory that is nobody's: a fault that tests ask for.
pub(crate) fn segfault() -> ! {
    let nobody = std::ptr::without_provenance_mut::<u8>(64);
    // SAFETY: none; the process is to end here.
    unsafe { nobody.write_volatile(1) }
    std::process::abort()
}

/// See nx.h.
#[unsafe(no_mangle)]
pub extern "C" fn nx_abi_version() -> u32 {
    ABI_VERSION
}

/// See nx.h.
///
/// # Safety
/// `out` is null or may be written.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn nx_last_error(out: *mut NxError) -> *const c_char {
    LAST.with(|last| {
        let (error, message) = &*last.borrow();
        // SAFETY: by the contract of this function.
        if let Some(out) = unsafe { out.as_mut() } {
            *out = NxError { status: error.status, os_error: error.os_error };
        }
        message.as_ptr()
    })
}

/// Functions that put a result in place.
macro_rules! functions {
    ($($call:ident $name:ident($($arg:ident: $type:ty),*) -> $out:ident: $result:ty = |$host:ident| $work:expr;)*) => {$(
        /// See nx.h.
        ///
        /// # Safety
        /// Pointers that are no handles are null or point to what nx.h says.
        #[unsafe(no_mangle)]
        pub unsafe extern "C" fn $name($($arg: $type,)* $out: *mut $result) -> c_int {
            call(Call::$call, |$host| {
                // SAFETY: by the contract of this function.
                let $out = unsafe { place($out, stringify!($out)) }?;
                *$out = $work?;
                Ok(())
            })
        }
    )*};
}

/// Functions without a result.
macro_rules! actions {
    ($($call:ident $name:ident($($arg:ident: $type:ty),*) = |$host:ident| $work:expr;)*) => {$(
        /// See nx.h.
        #[unsafe(no_mangle)]
        pub extern "C" fn $name($($arg: $type),*) -> c_int {
            call(Call::$call, |$host| $work)
        }
    )*};
}

/// Functions that let go of a handle.
macro_rules! ends {
    ($($call:ident $name:ident = $method:ident;)*) => {$(
        /// See nx.h.
        #[unsafe(no_mangle)]
        pub extern "C" fn $name(handle: Handle) {
            call(Call::$call, |host| {
                host.$method(number(handle));
                Ok(())
            });
        }
    )*};
}

fn handle(handle: usize) -> Handle {
    std::ptr::without_provenance_mut(handle)
}

functions! {
    Enumerate nx_enumerate() -> count: u32 = |host| Ok::<_, Failure>(host.enumerate());
    DeviceOpen nx_device_open(index: u32) -> out: Handle = |host| host.device_open(index).map(handle);
    KernelGroup nx_kernel_group(kernel: Handle, argument: u32) -> group: u32
        = |host| host.kernel_group(number(kernel), argument);
    BoAlloc nx_bo_alloc(ctx: Handle, len: usize, kind: c_int, group: u32) -> out: Handle
        = |host| host.bo_alloc(number(ctx), len, kind, group).map(handle);
    BoSub nx_bo_sub(parent: Handle, offset: usize, len: usize) -> out: Handle
        = |host| host.bo_sub(number(parent), offset, len).map(handle);
    BoMap nx_bo_map(bo: Handle) -> out: *mut c_void = |host| host.bo_map(number(bo)).map(<*mut u8>::cast);
    BoAddress nx_bo_address(bo: Handle) -> address: u64 = |host| host.bo_address(number(bo));
    RunNew nx_run_new(kernel: Handle) -> out: Handle = |host| host.run_new(number(kernel)).map(handle);
    ListNew nx_list_new(ctx: Handle) -> out: Handle = |host| host.list_new(number(ctx)).map(handle);
}

actions! {
    BoSync nx_bo_sync(bo: Handle, direction: c_int, offset: usize, len: usize)
        = |host| host.bo_sync(number(bo), direction, offset, len);
    RunBo nx_run_bo(run: Handle, argument: u32, bo: Handle) = |host| host.run_bo(number(run), argument, number(bo));
    RunU32 nx_run_u32(run: Handle, argument: u32, value: u32)
        = |host| host.run_number(number(run), argument, value.into(), 4);
    RunU64 nx_run_u64(run: Handle, argument: u32, value: u64) = |host| host.run_number(number(run), argument, value, 8);
    RunStart nx_run_start(run: Handle) = |host| host.run_start(number(run));
    RunAbort nx_run_abort(run: Handle) = |host| host.run_abort(number(run));
    ListAdd nx_list_add(list: Handle, run: Handle) = |host| host.list_add(number(list), number(run));
    ListExecute nx_list_execute(list: Handle) = |host| host.list_execute(number(list));
}

ends! {
    DeviceClose nx_device_close = device_close;
    XclbinFree nx_xclbin_free = xclbin_free;
    CtxClose nx_ctx_close = ctx_close;
    KernelClose nx_kernel_close = kernel_close;
    BoFree nx_bo_free = bo_free;
    RunRelease nx_run_release = run_release;
    ListRelease nx_list_release = list_release;
}

/// See nx.h.
///
/// # Safety
/// `out` is null or has room for `capacity` bytes.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn nx_device_info(dev: Handle, key: c_int, out: *mut c_char, capacity: usize) -> c_int {
    call(Call::DeviceInfo, |host| {
        if out.is_null() || capacity == 0 || capacity > isize::MAX as usize {
            return Err(null("text"));
        }
        let text = host.device_info(number(dev), key)?;
        // SAFETY: by the contract of this function.
        let out = unsafe { std::slice::from_raw_parts_mut(out, capacity.min(text.len() + 1)) };
        copy_text(out, &text);
        Ok(())
    })
}

/// See nx.h.
///
/// # Safety
/// `file` is null or points to `len` bytes; `out` is null or may be written.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn nx_xclbin_load(
    dev: Handle,
    file: *const c_void,
    len: usize,
    out: *mut Handle,
) -> c_int {
    call(Call::XclbinLoad, |host| {
        // SAFETY: by the contract of this function.
        let (out, file) = unsafe { (place(out, "out")?, bytes(file, len)?) };
        *out = handle(host.xclbin_load(number(dev), file)?);
        Ok(())
    })
}

/// See nx.h.
///
/// # Safety
/// `out` is null or may be written.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn nx_xclbin_kernel(xclbin: Handle, index: u32, out: *mut NxKernelDesc) -> c_int {
    call(Call::XclbinKernel, |host| {
        // SAFETY: by the contract of this function.
        let out = unsafe { place(out, "out") }?;
        let (name, arguments) = host.xclbin_kernel(number(xclbin), index)?;
        copy_text(&mut out.name, &name);
        out.arguments = arguments;
        Ok(())
    })
}

/// See nx.h. What the settings mean is the driver's, and is not looked at.
///
/// # Safety
/// `qos` is null or points to `qos_len` settings whose keys are null or end with 0; `out` is null or may be written.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn nx_ctx_open(
    dev: Handle,
    xclbin: Handle,
    qos: *const NxQos,
    qos_len: u32,
    out: *mut Handle,
) -> c_int {
    call(Call::CtxOpen, |host| {
        // SAFETY: by the contract of this function.
        let out = unsafe { place(out, "out") }?;
        if qos_len > MOST_QOS || (qos.is_null() && qos_len > 0) {
            return Err(Failure::new(Status::Argument, format!("{qos_len} settings that are not there")));
        }
        for i in 0..qos_len as usize {
            // SAFETY: by the contract of this function, there are so many, with such keys.
            unsafe { text((*qos.add(i)).key) }?;
        }
        *out = handle(host.ctx_open(number(dev), number(xclbin))?);
        Ok(())
    })
}

/// See nx.h.
///
/// # Safety
/// `file` is null or points to `len` bytes; `out` is null or may be written.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn nx_ctx_open_elf(
    dev: Handle,
    file: *const c_void,
    len: usize,
    out: *mut Handle,
) -> c_int {
    call(Call::CtxOpenElf, |host| {
        // SAFETY: by the contract of this function.
        let (out, _) = unsafe { (place(out, "out")?, bytes(file, len)?) };
        *out = handle(host.ctx_open_elf(number(dev))?);
        Ok(())
    })
}

/// See nx.h.
///
/// # Safety
/// `name` is null or ends with 0; `out` is null or may be written.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn nx_kernel_open(ctx: Handle, name: *const c_char, out: *mut Handle) -> c_int {
    call(Call::KernelOpen, |host| {
        // SAFETY: by the contract of this function.
        let (out, name) = unsafe { (place(out, "out")?, text(name)?) };
        *out = handle(host.kernel_open(number(ctx), name)?);
        Ok(())
    })
}

/// See nx.h.
///
/// # Safety
/// `state` is null or may be written.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn nx_run_wait(run: Handle, limit_ms: u32, state: *mut c_int) -> c_int {
    call(Call::RunWait, |host| {
        // SAFETY: by the contract of this function.
        let state = unsafe { place(state, "state") }?;
        *state = State::New as c_int;
        let waited = host.run_wait(number(run), limit_ms);
        *state = *waited.as_ref().unwrap_or_else(|(state, _)| state) as c_int;
        waited.map(|_| ()).map_err(|(_, failure)| failure)
    })
}

/// See nx.h.
///
/// # Safety
/// `state` and `failed` are null or may be written.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn nx_list_wait(
    list: Handle,
    limit_ms: u32,
    state: *mut c_int,
    failed: *mut u32,
) -> c_int {
    call(Call::ListWait, |host| {
        // SAFETY: by the contract of this function.
        let (state, failed) = unsafe { (place(state, "state")?, place(failed, "failed")?) };
        (*state, *failed) = (State::New as c_int, u32::MAX);
        let waited = host.list_wait(number(list), limit_ms);
        *state = *waited.as_ref().unwrap_or_else(|(state, _, _)| state) as c_int;
        waited.map(|_| ()).map_err(|(_, index, failure)| {
            *failed = index.unwrap_or(u32::MAX);
            failure
        })
    })
}

/// See nx.h.
///
/// # Safety
/// `alive` and `parked` are null or may be written.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn nx_counts(alive: *mut u64, parked: *mut u64) -> c_int {
    call(Call::Counts, |host| {
        // SAFETY: by the contract of this function.
        let (alive, parked) = unsafe { (place(alive, "alive")?, place(parked, "parked")?) };
        (*alive, *parked) = host.counts();
        Ok(())
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use hark_xdna::Generation;
    use hark_xdna::xclbin::write::minimal;
    use std::ptr::{null, null_mut};
    use std::sync::{Mutex, PoisonError};

    /// Tests that open something: the process has one host, and one of them counts its handles.
    static ONE_AT_A_TIME: Mutex<()> = Mutex::new(());

    const ARGUMENT: c_int = Status::Argument as c_int;

    fn last() -> (i32, String) {
        let mut error = NxError { status: 0, os_error: 0 };
        // SAFETY: the place is there, and the text stays until the next call.
        let text = unsafe { CStr::from_ptr(nx_last_error(&raw mut error)) };
        (error.status, text.to_string_lossy().into_owned())
    }

    /// The whole way of a buffer through nulls and impossible sizes, on handles that are good.
    #[test]
    fn nulls_and_impossible_sizes_are_refused() {
        let _alone = ONE_AT_A_TIME.lock().unwrap_or_else(PoisonError::into_inner);
        let file = minimal(Generation::Xdna1);
        let (mut device, mut xclbin, mut context, mut kernel) =
            (null_mut(), null_mut(), null_mut(), null_mut());
        let (mut bo, mut run, mut list) = (null_mut(), null_mut(), null_mut());
        let (mut state, mut failed, mut group) = (0, 0, 0);
        let bytes = file.as_ptr().cast();
        let name = c"MLIR_AIE".as_ptr();
        let no_key = NxQos { key: null(), value: 1 };
        let good_key = NxQos { key: c"gops".as_ptr(), value: 1 };
        // SAFETY: pointers are null, or point to what nx.h says.
        let refused = unsafe {
            assert_eq!(nx_abi_version(), 1);
            assert_eq!(nx_device_open(0, &raw mut device), 0);
            assert_eq!(nx_xclbin_load(device, bytes, file.len(), &raw mut xclbin), 0);
            assert_eq!(nx_ctx_open(device, xclbin, &raw const good_key, 1, &raw mut context), 0);
            assert_eq!(nx_kernel_open(context, name, &raw mut kernel), 0);
            assert_eq!(nx_kernel_group(kernel, 3, &raw mut group), 0);
            assert_eq!(nx_bo_alloc(context, 64, 2, group, &raw mut bo), 0);
            assert_eq!(nx_run_new(kernel, &raw mut run), 0);
            assert_eq!(nx_list_new(context, &raw mut list), 0);
            [
                nx_enumerate(null_mut()),
                nx_device_open(0, null_mut()),
                nx_device_info(device, 1, null_mut(), 64),
                nx_device_info(device, 1, [0; 4].as_mut_ptr(), 0),
                nx_xclbin_load(device, null(), 64, &raw mut xclbin),
                nx_xclbin_load(device, bytes, usize::MAX, &raw mut xclbin),
                nx_xclbin_load(device, bytes, file.len(), null_mut()),
                nx_xclbin_kernel(xclbin, 0, null_mut()),
                nx_ctx_open(device, xclbin, null(), 1, &raw mut context),
                nx_ctx_open(device, xclbin, &raw const no_key, 1, &raw mut context),
                nx_ctx_open(device, xclbin, &raw const good_key, u32::MAX, &raw mut context),
                nx_ctx_open(device, xclbin, null(), 0, null_mut()),
                nx_ctx_open_elf(device, null(), 8, &raw mut context),
                nx_kernel_open(context, null(), &raw mut kernel),
                nx_kernel_open(context, c"\xff".as_ptr(), &raw mut kernel),
                nx_kernel_open(context, name, null_mut()),
                nx_kernel_group(kernel, 3, null_mut()),
                nx_bo_alloc(context, 64, 2, 0, null_mut()),
                nx_bo_alloc(context, usize::MAX, 2, 0, &raw mut bo),
                nx_bo_sub(bo, 0, 4, null_mut()),
                nx_bo_map(bo, null_mut()),
                nx_bo_address(bo, null_mut()),
                nx_bo_sync(bo, 0, usize::MAX, usize::MAX),
                nx_bo_sync(null_mut(), 0, 0, 1),
                nx_run_new(kernel, null_mut()),
                nx_run_new(context, &raw mut run),
                nx_run_bo(run, 3, null_mut()),
                nx_run_start(null_mut()),
                nx_run_wait(run, 1, null_mut()),
                nx_run_wait(run, 0, &raw mut state),
                nx_list_new(context, null_mut()),
                nx_list_add(list, null_mut()),
                nx_list_wait(list, 1, &raw mut state, null_mut()),
                nx_list_wait(list, 0, &raw mut state, &raw mut failed),
                nx_counts(null_mut(), null_mut()),
            ]
        };
        for (i, status) in refused.into_iter().enumerate() {
            assert_eq!(status, ARGUMENT, "call {i}");
        }
        assert_eq!(last().0, ARGUMENT);
        for end in
            [nx_device_close, nx_xclbin_free, nx_ctx_close, nx_kernel_close, nx_bo_free, nx_run_release]
        {
            end(null_mut());
            end((&raw mut state).cast());
        }
        nx_list_release(null_mut());
        for handle in [device, xclbin, context, kernel, bo, run, list] {
            assert!(!handle.is_null(), "a refused call touches no handle");
        }
        nx_list_release(list);
        nx_run_release(run);
        nx_bo_free(bo);
        nx_kernel_close(kernel);
        nx_ctx_close(context);
        nx_xclbin_free(xclbin);
        nx_device_close(device);
        let (mut alive, mut parked) = (1, 1);
        // SAFETY: the places are there.
        assert_eq!(unsafe { nx_counts(&raw mut alive, &raw mut parked) }, 0);
        assert_eq!((alive, parked), (0, 0));
    }

    #[test]
    fn texts_are_cut_off_and_failures_are_told() {
        let _alone = ONE_AT_A_TIME.lock().unwrap_or_else(PoisonError::into_inner);
        let mut device = null_mut();
        let mut text = [1; 5];
        // SAFETY: the places are there, as long as they are said to be.
        unsafe {
            assert_eq!(nx_device_open(7, &raw mut device), Status::NoDevice as c_int);
            assert_eq!(last(), (Status::NoDevice as i32, "there is no device 7".into()));
            assert_eq!(nx_device_open(0, &raw mut device), 0);
            assert_eq!(nx_device_info(device, 1, text.as_mut_ptr(), 4), 0);
            assert_eq!(CStr::from_ptr(text.as_ptr()), c"NPU");
        }
        assert_eq!(text[4], 1, "nothing behind the room is touched");
        nx_device_close(device);
    }

    #[test]
    fn what_panics_is_told_as_a_failure() {
        let status = call(Call::Enumerate, |_| std::panic::resume_unwind(Box::new("a defect")));
        assert_eq!(status, Status::Internal as c_int);
        assert_eq!(last().1, "nx_enumerate threw: a defect");
    }
}
