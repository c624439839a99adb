// Made from shim/nx.h by tests/bindings.rs; not for editing.

pub const NX_ABI_VERSION: u32 = 1;
#[repr(C)]
#[derive(Debug, Copy, Clone)]
pub struct nx_dev {
    _unused: [u8; 0],
}
#[repr(C)]
#[derive(Debug, Copy, Clone)]
pub struct nx_xclbin {
    _unused: [u8; 0],
}
#[repr(C)]
#[derive(Debug, Copy, Clone)]
pub struct nx_ctx {
    _unused: [u8; 0],
}
#[repr(C)]
#[derive(Debug, Copy, Clone)]
pub struct nx_kernel {
    _unused: [u8; 0],
}
#[repr(C)]
#[derive(Debug, Copy, Clone)]
pub struct nx_bo {
    _unused: [u8; 0],
}
#[repr(C)]
#[derive(Debug, Copy, Clone)]
pub struct nx_run {
    _unused: [u8; 0],
}
#[repr(C)]
#[derive(Debug, Copy, Clone)]
pub struct nx_list {
    _unused: [u8; 0],
}
pub const NX_OK: nx_status = 0;
pub const NX_ARGUMENT: nx_status = 1;
pub const NX_NO_DEVICE: nx_status = 2;
pub const NX_DRIVER: nx_status = 3;
pub const NX_XCLBIN: nx_status = 4;
pub const NX_CONTEXT_LIMIT: nx_status = 5;
pub const NX_MEMORY: nx_status = 6;
pub const NX_GROUP: nx_status = 7;
pub const NX_COMMAND: nx_status = 8;
pub const NX_TIMEOUT: nx_status = 9;
pub const NX_BUSY: nx_status = 10;
pub const NX_UNSUPPORTED: nx_status = 11;
pub const NX_INTERNAL: nx_status = 12;
pub type nx_status = ::core::ffi::c_uint;
pub const NX_STATE_NEW: nx_state = 1;
pub const NX_STATE_QUEUED: nx_state = 2;
pub const NX_STATE_RUNNING: nx_state = 3;
pub const NX_STATE_COMPLETED: nx_state = 4;
pub const NX_STATE_ERROR: nx_state = 5;
pub const NX_STATE_ABORTED: nx_state = 6;
pub const NX_STATE_SUBMITTED: nx_state = 7;
pub const NX_STATE_TIMEOUT: nx_state = 8;
pub const NX_STATE_NO_RESPONSE: nx_state = 9;
pub type nx_state = ::core::ffi::c_uint;
pub const NX_INFO_NAME: nx_info = 1;
pub const NX_INFO_ADDRESS: nx_info = 2;
pub const NX_INFO_RUNTIME: nx_info = 3;
pub const NX_INFO_FIRMWARE: nx_info = 4;
pub type nx_info = ::core::ffi::c_uint;
pub const NX_BO_INSTRUCTIONS: nx_bo_kind = 1;
pub const NX_BO_DATA: nx_bo_kind = 2;
pub type nx_bo_kind = ::core::ffi::c_uint;
pub const NX_TO_DEVICE: nx_direction = 0;
pub const NX_FROM_DEVICE: nx_direction = 1;
pub type nx_direction = ::core::ffi::c_uint;
#[repr(C)]
#[derive(Debug, Copy, Clone)]
pub struct nx_error {
    pub status: i32,
    pub os_error: i32,
}
#[repr(C)]
#[derive(Debug, Copy, Clone)]
pub struct nx_kernel_desc {
    pub name: [::core::ffi::c_char; 64usize],
    pub arguments: u32,
}
#[repr(C)]
#[derive(Debug, Copy, Clone)]
pub struct nx_qos {
    pub key: *const ::core::ffi::c_char,
    pub value: u32,
}
pub struct Nx {
    __library: ::libloading::Library,
    pub nx_abi_version: unsafe extern "C" fn() -> u32,
    pub nx_last_error: unsafe extern "C" fn(
        out: *mut nx_error,
    ) -> *const ::core::ffi::c_char,
    pub nx_enumerate: unsafe extern "C" fn(count: *mut u32) -> ::core::ffi::c_int,
    pub nx_device_open: unsafe extern "C" fn(
        index: u32,
        out: *mut *mut nx_dev,
    ) -> ::core::ffi::c_int,
    pub nx_device_close: unsafe extern "C" fn(dev: *mut nx_dev),
    pub nx_device_info: unsafe extern "C" fn(
        dev: *mut nx_dev,
        key: ::core::ffi::c_int,
        text: *mut ::core::ffi::c_char,
        capacity: usize,
    ) -> ::core::ffi::c_int,
    pub nx_xclbin_load: unsafe extern "C" fn(
        dev: *mut nx_dev,
        bytes: *const ::core::ffi::c_void,
        len: usize,
        out: *mut *mut nx_xclbin,
    ) -> ::core::ffi::c_int,
    pub nx_xclbin_kernel: unsafe extern "C" fn(
        xclbin: *mut nx_xclbin,
        index: u32,
        out: *mut nx_kernel_desc,
    ) -> ::core::ffi::c_int,
    pub nx_xclbin_free: unsafe extern "C" fn(xclbin: *mut nx_xclbin),
    pub nx_ctx_open: unsafe extern "C" fn(
        dev: *mut nx_dev,
        xclbin: *mut nx_xclbin,
        qos: *const nx_qos,
        qos_len: u32,
        out: *mut *mut nx_ctx,
    ) -> ::core::ffi::c_int,
    pub nx_ctx_open_elf: unsafe extern "C" fn(
        dev: *mut nx_dev,
        bytes: *const ::core::ffi::c_void,
        len: usize,
        out: *mut *mut nx_ctx,
    ) -> ::core::ffi::c_int,
    pub nx_ctx_close: unsafe extern "C" fn(ctx: *mut nx_ctx),
    pub nx_kernel_open: unsafe extern "C" fn(
        ctx: *mut nx_ctx,
        name: *const ::core::ffi::c_char,
        out: *mut *mut nx_kernel,
    ) -> ::core::ffi::c_int,
    pub nx_kernel_group: unsafe extern "C" fn(
        kernel: *mut nx_kernel,
        argument: u32,
        group: *mut u32,
    ) -> ::core::ffi::c_int,
    pub nx_kernel_close: unsafe extern "C" fn(kernel: *mut nx_kernel),
    pub nx_bo_alloc: unsafe extern "C" fn(
        ctx: *mut nx_ctx,
        len: usize,
        kind: ::core::ffi::c_int,
        group: u32,
        out: *mut *mut nx_bo,
    ) -> ::core::ffi::c_int,
    pub nx_bo_sub: unsafe extern "C" fn(
        parent: *mut nx_bo,
        offset: usize,
        len: usize,
        out: *mut *mut nx_bo,
    ) -> ::core::ffi::c_int,
    pub nx_bo_map: unsafe extern "C" fn(
        bo: *mut nx_bo,
        out: *mut *mut ::core::ffi::c_void,
    ) -> ::core::ffi::c_int,
    pub nx_bo_sync: unsafe extern "C" fn(
        bo: *mut nx_bo,
        direction: ::core::ffi::c_int,
        offset: usize,
        len: usize,
    ) -> ::core::ffi::c_int,
    pub nx_bo_address: unsafe extern "C" fn(
        bo: *mut nx_bo,
        address: *mut u64,
    ) -> ::core::ffi::c_int,
    pub nx_bo_free: unsafe extern "C" fn(bo: *mut nx_bo),
    pub nx_run_new: unsafe extern "C" fn(
        kernel: *mut nx_kernel,
        out: *mut *mut nx_run,
    ) -> ::core::ffi::c_int,
    pub nx_run_bo: unsafe extern "C" fn(
        run: *mut nx_run,
        argument: u32,
        bo: *mut nx_bo,
    ) -> ::core::ffi::c_int,
    pub nx_run_u32: unsafe extern "C" fn(
        run: *mut nx_run,
        argument: u32,
        value: u32,
    ) -> ::core::ffi::c_int,
    pub nx_run_u64: unsafe extern "C" fn(
        run: *mut nx_run,
        argument: u32,
        value: u64,
    ) -> ::core::ffi::c_int,
    pub nx_run_start: unsafe extern "C" fn(run: *mut nx_run) -> ::core::ffi::c_int,
    pub nx_run_wait: unsafe extern "C" fn(
        run: *mut nx_run,
        limit_ms: u32,
        state: *mut ::core::ffi::c_int,
    ) -> ::core::ffi::c_int,
    pub nx_run_abort: unsafe extern "C" fn(run: *mut nx_run) -> ::core::ffi::c_int,
    pub nx_run_release: unsafe extern "C" fn(run: *mut nx_run),
    pub nx_list_new: unsafe extern "C" fn(
        ctx: *mut nx_ctx,
        out: *mut *mut nx_list,
    ) -> ::core::ffi::c_int,
    pub nx_list_add: unsafe extern "C" fn(
        list: *mut nx_list,
        run: *mut nx_run,
    ) -> ::core::ffi::c_int,
    pub nx_list_execute: unsafe extern "C" fn(list: *mut nx_list) -> ::core::ffi::c_int,
    pub nx_list_wait: unsafe extern "C" fn(
        list: *mut nx_list,
        limit_ms: u32,
        state: *mut ::core::ffi::c_int,
        failed: *mut u32,
    ) -> ::core::ffi::c_int,
    pub nx_list_release: unsafe extern "C" fn(list: *mut nx_list),
    pub nx_counts: unsafe extern "C" fn(
        alive: *mut u64,
        parked: *mut u64,
    ) -> ::core::ffi::c_int,
}
impl Nx {
    pub unsafe fn new<P>(path: P) -> Result<Self, ::libloading::Error>
    where
        P: AsRef<::std::ffi::OsStr>,
    {
        let library = unsafe { ::libloading::Library::new(path) }?;
        unsafe { Self::from_library(library) }
    }
    pub unsafe fn from_library<L>(library: L) -> Result<Self, ::libloading::Error>
    where
        L: Into<::libloading::Library>,
    {
        let __library = library.into();
        let nx_abi_version = unsafe { __library.get(b"nx_abi_version\0") }
            .map(|sym| *sym)?;
        let nx_last_error = unsafe { __library.get(b"nx_last_error\0") }
            .map(|sym| *sym)?;
        let nx_enumerate = unsafe { __library.get(b"nx_enumerate\0") }.map(|sym| *sym)?;
        let nx_device_open = unsafe { __library.get(b"nx_device_open\0") }
            .map(|sym| *sym)?;
        let nx_device_close = unsafe { __library.get(b"nx_device_close\0") }
            .map(|sym| *sym)?;
        let nx_device_info = unsafe { __library.get(b"nx_device_info\0") }
            .map(|sym| *sym)?;
        let nx_xclbin_load = unsafe { __library.get(b"nx_xclbin_load\0") }
            .map(|sym| *sym)?;
        let nx_xclbin_kernel = unsafe { __library.get(b"nx_xclbin_kernel\0") }
            .map(|sym| *sym)?;
        let nx_xclbin_free = unsafe { __library.get(b"nx_xclbin_free\0") }
            .map(|sym| *sym)?;
        let nx_ctx_open = unsafe { __library.get(b"nx_ctx_open\0") }.map(|sym| *sym)?;
        let nx_ctx_open_elf = unsafe { __library.get(b"nx_ctx_open_elf\0") }
            .map(|sym| *sym)?;
        let nx_ctx_close = unsafe { __library.get(b"nx_ctx_close\0") }.map(|sym| *sym)?;
        let nx_kernel_open = unsafe { __library.get(b"nx_kernel_open\0") }
            .map(|sym| *sym)?;
        let nx_kernel_group = unsafe { __library.get(b"nx_kernel_group\0") }
            .map(|sym| *sym)?;
        let nx_kernel_close = unsafe { __library.get(b"nx_kernel_close\0") }
            .map(|sym| *sym)?;
        let nx_bo_alloc = unsafe { __library.get(b"nx_bo_alloc\0") }.map(|sym| *sym)?;
        let nx_bo_sub = unsafe { __library.get(b"nx_bo_sub\0") }.map(|sym| *sym)?;
        let nx_bo_map = unsafe { __library.get(b"nx_bo_map\0") }.map(|sym| *sym)?;
        let nx_bo_sync = unsafe { __library.get(b"nx_bo_sync\0") }.map(|sym| *sym)?;
        let nx_bo_address = unsafe { __library.get(b"nx_bo_address\0") }
            .map(|sym| *sym)?;
        let nx_bo_free = unsafe { __library.get(b"nx_bo_free\0") }.map(|sym| *sym)?;
        let nx_run_new = unsafe { __library.get(b"nx_run_new\0") }.map(|sym| *sym)?;
        let nx_run_bo = unsafe { __library.get(b"nx_run_bo\0") }.map(|sym| *sym)?;
        let nx_run_u32 = unsafe { __library.get(b"nx_run_u32\0") }.map(|sym| *sym)?;
        let nx_run_u64 = unsafe { __library.get(b"nx_run_u64\0") }.map(|sym| *sym)?;
        let nx_run_start = unsafe { __library.get(b"nx_run_start\0") }.map(|sym| *sym)?;
        let nx_run_wait = unsafe { __library.get(b"nx_run_wait\0") }.map(|sym| *sym)?;
        let nx_run_abort = unsafe { __library.get(b"nx_run_abort\0") }.map(|sym| *sym)?;
        let nx_run_release = unsafe { __library.get(b"nx_run_release\0") }
            .map(|sym| *sym)?;
        let nx_list_new = unsafe { __library.get(b"nx_list_new\0") }.map(|sym| *sym)?;
        let nx_list_add = unsafe { __library.get(b"nx_list_add\0") }.map(|sym| *sym)?;
        let nx_list_execute = unsafe { __library.get(b"nx_list_execute\0") }
            .map(|sym| *sym)?;
        let nx_list_wait = unsafe { __library.get(b"nx_list_wait\0") }.map(|sym| *sym)?;
        let nx_list_release = unsafe { __library.get(b"nx_list_release\0") }
            .map(|sym| *sym)?;
        let nx_counts = unsafe { __library.get(b"nx_counts\0") }.map(|sym| *sym)?;
        Ok(Nx {
            __library,
            nx_abi_version,
            nx_last_error,
            nx_enumerate,
            nx_device_open,
            nx_device_close,
            nx_device_info,
            nx_xclbin_load,
            nx_xclbin_kernel,
            nx_xclbin_free,
            nx_ctx_open,
            nx_ctx_open_elf,
            nx_ctx_close,
            nx_kernel_open,
            nx_kernel_group,
            nx_kernel_close,
            nx_bo_alloc,
            nx_bo_sub,
            nx_bo_map,
            nx_bo_sync,
            nx_bo_address,
            nx_bo_free,
            nx_run_new,
            nx_run_bo,
            nx_run_u32,
            nx_run_u64,
            nx_run_start,
            nx_run_wait,
            nx_run_abort,
            nx_run_release,
            nx_list_new,
            nx_list_add,
            nx_list_execute,
            nx_list_wait,
            nx_list_release,
            nx_counts,
        })
    }
    pub unsafe fn nx_abi_version(&self) -> u32 {
        unsafe { (self.nx_abi_version)() }
    }
    pub unsafe fn nx_last_error(
        &self,
        out: *mut nx_error,
    ) -> *const ::core::ffi::c_char {
        unsafe { (self.nx_last_error)(out) }
    }
    pub unsafe fn nx_enumerate(&self, count: *mut u32) -> ::core::ffi::c_int {
        unsafe { (self.nx_enumerate)(count) }
    }
    pub unsafe fn nx_device_open(
        &self,
        index: u32,
        out: *mut *mut nx_dev,
    ) -> ::core::ffi::c_int {
        unsafe { (self.nx_device_open)(index, out) }
    }
    pub unsafe fn nx_device_close(&self, dev: *mut nx_dev) {
        unsafe { (self.nx_device_close)(dev) }
    }
    pub unsafe fn nx_device_info(
        &self,
        dev: *mut nx_dev,
        key: ::core::ffi::c_int,
        text: *mut ::core::ffi::c_char,
        capacity: usize,
    ) -> ::core::ffi::c_int {
        unsafe { (self.nx_device_info)(dev, key, text, capacity) }
    }
    pub unsafe fn nx_xclbin_load(
        &self,
        dev: *mut nx_dev,
        bytes: *const ::core::ffi::c_void,
        len: usize,
        out: *mut *mut nx_xclbin,
    ) -> ::core::ffi::c_int {
        unsafe { (self.nx_xclbin_load)(dev, bytes, len, out) }
    }
    pub unsafe fn nx_xclbin_kernel(
        &self,
        xclbin: *mut nx_xclbin,
        index: u32,
        out: *mut nx_kernel_desc,
    ) -> ::core::ffi::c_int {
        unsafe { (self.nx_xclbin_kernel)(xclbin, index, out) }
    }
    pub unsafe fn nx_xclbin_free(&self, xclbin: *mut nx_xclbin) {
        unsafe { (self.nx_xclbin_free)(xclbin) }
    }
    pub unsafe fn nx_ctx_open(
        &self,
        dev: *mut nx_dev,
        xclbin: *mut nx_xclbin,
        qos: *const nx_qos,
        qos_len: u32,
        out: *mut *mut nx_ctx,
    ) -> ::core::ffi::c_int {
        unsafe { (self.nx_ctx_open)(dev, xclbin, qos, qos_len, out) }
    }
    pub unsafe fn nx_ctx_open_elf(
        &self,
        dev: *mut nx_dev,
        bytes: *const ::core::ffi::c_void,
        len: usize,
        out: *mut *mut nx_ctx,
    ) -> ::core::ffi::c_int {
        unsafe { (self.nx_ctx_open_elf)(dev, bytes, len, out) }
    }
    pub unsafe fn nx_ctx_close(&self, ctx: *mut nx_ctx) {
        unsafe { (self.nx_ctx_close)(ctx) }
    }
    pub unsafe fn nx_kernel_open(
        &self,
        ctx: *mut nx_ctx,
        name: *const ::core::ffi::c_char,
        out: *mut *mut nx_kernel,
    ) -> ::core::ffi::c_int {
        unsafe { (self.nx_kernel_open)(ctx, name, out) }
    }
    pub unsafe fn nx_kernel_group(
        &self,
        kernel: *mut nx_kernel,
        argument: u32,
        group: *mut u32,
    ) -> ::core::ffi::c_int {
        unsafe { (self.nx_kernel_group)(kernel, argument, group) }
    }
    pub unsafe fn nx_kernel_close(&self, kernel: *mut nx_kernel) {
        unsafe { (self.nx_kernel_close)(kernel) }
    }
    pub unsafe fn nx_bo_alloc(
        &self,
        ctx: *mut nx_ctx,
        len: usize,
        kind: ::core::ffi::c_int,
        group: u32,
        out: *mut *mut nx_bo,
    ) -> ::core::ffi::c_int {
        unsafe { (self.nx_bo_alloc)(ctx, len, kind, group, out) }
    }
    pub unsafe fn nx_bo_sub(
        &self,
        parent: *mut nx_bo,
        offset: usize,
        len: usize,
        out: *mut *mut nx_bo,
    ) -> ::core::ffi::c_int {
        unsafe { (self.nx_bo_sub)(parent, offset, len, out) }
    }
    pub unsafe fn nx_bo_map(
        &self,
        bo: *mut nx_bo,
        out: *mut *mut ::core::ffi::c_void,
    ) -> ::core::ffi::c_int {
        unsafe { (self.nx_bo_map)(bo, out) }
    }
    pub unsafe fn nx_bo_sync(
        &self,
        bo: *mut nx_bo,
        direction: ::core::ffi::c_int,
        offset: usize,
        len: usize,
    ) -> ::core::ffi::c_int {
        unsafe { (self.nx_bo_sync)(bo, direction, offset, len) }
    }
    pub unsafe fn nx_bo_address(
        &self,
        bo: *mut nx_bo,
        address: *mut u64,
    ) -> ::core::ffi::c_int {
        unsafe { (self.nx_bo_address)(bo, address) }
    }
    pub unsafe fn nx_bo_free(&self, bo: *mut nx_bo) {
        unsafe { (self.nx_bo_free)(bo) }
    }
    pub unsafe fn nx_run_new(
        &self,
        kernel: *mut nx_kernel,
        out: *mut *mut nx_run,
    ) -> ::core::ffi::c_int {
        unsafe { (self.nx_run_new)(kernel, out) }
    }
    pub unsafe fn nx_run_bo(
        &self,
        run: *mut nx_run,
        argument: u32,
        bo: *mut nx_bo,
    ) -> ::core::ffi::c_int {
        unsafe { (self.nx_run_bo)(run, argument, bo) }
    }
    pub unsafe fn nx_run_u32(
        &self,
        run: *mut nx_run,
        argument: u32,
        value: u32,
    ) -> ::core::ffi::c_int {
        unsafe { (self.nx_run_u32)(run, argument, value) }
    }
    pub unsafe fn nx_run_u64(
        &self,
        run: *mut nx_run,
        argument: u32,
        value: u64,
    ) -> ::core::ffi::c_int {
        unsafe { (self.nx_run_u64)(run, argument, value) }
    }
    pub unsafe fn nx_run_start(&self, run: *mut nx_run) -> ::core::ffi::c_int {
        unsafe { (self.nx_run_start)(run) }
    }
    pub unsafe fn nx_run_wait(
        &self,
        run: *mut nx_run,
        limit_ms: u32,
        state: *mut ::core::ffi::c_int,
    ) -> ::core::ffi::c_int {
        unsafe { (self.nx_run_wait)(run, limit_ms, state) }
    }
    pub unsafe fn nx_run_abort(&self, run: *mut nx_run) -> ::core::ffi::c_int {
        unsafe { (self.nx_run_abort)(run) }
    }
    pub unsafe fn nx_run_release(&self, run: *mut nx_run) {
        unsafe { (self.nx_run_release)(run) }
    }
    pub unsafe fn nx_list_new(
        &self,
        ctx: *mut nx_ctx,
        out: *mut *mut nx_list,
    ) -> ::core::ffi::c_int {
        unsafe { (self.nx_list_new)(ctx, out) }
    }
    pub unsafe fn nx_list_add(
        &self,
        list: *mut nx_list,
        run: *mut nx_run,
    ) -> ::core::ffi::c_int {
        unsafe { (self.nx_list_add)(list, run) }
    }
    pub unsafe fn nx_list_execute(&self, list: *mut nx_list) -> ::core::ffi::c_int {
        unsafe { (self.nx_list_execute)(list) }
    }
    pub unsafe fn nx_list_wait(
        &self,
        list: *mut nx_list,
        limit_ms: u32,
        state: *mut ::core::ffi::c_int,
        failed: *mut u32,
    ) -> ::core::ffi::c_int {
        unsafe { (self.nx_list_wait)(list, limit_ms, state, failed) }
    }
    pub unsafe fn nx_list_release(&self, list: *mut nx_list) {
        unsafe { (self.nx_list_release)(list) }
    }
    pub unsafe fn nx_counts(
        &self,
        alive: *mut u64,
        parked: *mut u64,
    ) -> ::core::ffi::c_int {
        unsafe { (self.nx_counts)(alive, parked) }
    }
}
