//! Libraries that are none of ours, made by the C compiler of this machine.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use hark_xdna::{Error, ErrorKind, Library};
use std::io::Write;
use std::path::Path;
use std::process::Command;

/// What opening a library of this source says, or nothing where no C compiler is installed.
fn open(test: &str, source: &str) -> Option<Error> {
    let folder = tempfile::tempdir().unwrap();
    let (code, library) = (folder.path().join("library.c"), folder.path().join("library.so"));
    std::fs::write(&code, source).unwrap();
    let header = Path::new(env!("CARGO_MANIFEST_DIR")).join("shim");
    let compiler = std::env::var("CC").unwrap_or_else(|_| "cc".into());
    let compiled = Command::new(&compiler)
        .args(["-shared", "-fPIC", "-Wall", "-Werror", "-I"])
        .arg(header)
        .arg(&code)
        .arg("-o")
        .arg(&library)
        .output();
    match compiled {
        Err(error) => {
            writeln!(std::io::stderr(), "SKIPPED: {test}: {compiler} can't be started: {error}").unwrap();
            return None;
        }
        Ok(output) => assert!(output.status.success(), "{output:?}"),
    }
    Some(Library::open(&library).err().unwrap())
}

#[test]
fn another_version_is_refused() {
    let source = "#include <nx.h>\nuint32_t nx_abi_version(void) { return NX_ABI_VERSION + 1; }\n";
    let Some(error) = open("another_version_is_refused", source) else { return };
    assert_eq!(error.kind, ErrorKind::Abi);
    assert!(error.message.contains("version 2 of the interface, not 1"), "{error}");
}

#[test]
fn a_library_that_lacks_a_function_is_refused() {
    let source = "#include <nx.h>\nuint32_t nx_abi_version(void) { return NX_ABI_VERSION; }\n\
                  const char* nx_last_error(nx_error* out) { (void)out; return \"\"; }\n";
    let Some(error) = open("a_library_that_lacks_a_function_is_refused", source) else { return };
    assert_eq!(error.kind, ErrorKind::Abi);
    assert!(error.message.contains("nx_enumerate"), "{error}");
}

#[test]
fn a_library_of_something_else_is_refused() {
    let Some(error) = open("a_library_of_something_else_is_refused", "int something_else;\n") else { return };
    assert_eq!(error.kind, ErrorKind::Abi);
    assert!(error.message.contains("nx_abi_version"), "{error}");
}

#[test]
fn what_is_no_library_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("libhark_nx_xrt.so");
    assert_eq!(Library::open(&file).err().unwrap().kind, ErrorKind::Library);
    std::fs::write(&file, "not a library").unwrap();
    let error = Library::open(&file).err().unwrap();
    assert_eq!(error.kind, ErrorKind::Library);
    assert!(error.to_string().contains("install the NPU runtime"), "{error}");
}
