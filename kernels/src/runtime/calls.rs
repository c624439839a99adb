//! The functions of the C interface, by name, for faults.

macro_rules! calls {
    ($($variant:ident $name:literal,)*) => {
        /// A function of the C interface.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        #[allow(missing_docs, reason = "nx.h says what they do")]
        pub enum Call { $($variant,)* }

        impl Call {
            /// All of them.
            pub const ALL: &[Self] = &[$(Self::$variant,)*];

            /// As nx.h has it, without `nx_`.
            pub fn name(self) -> &'static str {
                match self { $(Self::$variant => $name,)* }
            }
        }
    };
}

calls! {
    Enumerate "enumerate",
    DeviceOpen "device_open",
    DeviceClose "device_close",
    DeviceInfo "device_info",
    XclbinLoad "xclbin_load",
    XclbinKernel "xclbin_kernel",
    XclbinFree "xclbin_free",
    CtxOpen "ctx_open",
    CtxOpenElf "ctx_open_elf",
    CtxClose "ctx_close",
    KernelOpen "kernel_open",
    KernelGroup "kernel_group",
    KernelClose "kernel_close",
    BoAlloc "bo_alloc",
    BoSub "bo_sub",
    BoMap "bo_map",
    BoSync "bo_sync",
    BoAddress "bo_address",
    BoFree "bo_free",
    RunNew "run_new",
    RunBo "run_bo",
    RunU32 "run_u32",
    RunU64 "run_u64",
    RunStart "run_start",
    RunWait "run_wait",
    RunAbort "run_abort",
    RunRelease "run_release",
    ListNew "list_new",
    ListAdd "list_add",
    ListExecute "list_execute",
    ListWait "list_wait",
    ListRelease "list_release",
    Counts "counts",
}
