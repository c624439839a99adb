//! Libraries and a program in C, made by the compiler of this machine.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use hark_kernels::op::{self, Buffer, Matrix, Op};
use hark_xdna::xclbin::write::minimal;
use hark_xdna::{Error, ErrorKind, Generation, Library};
use std::io::Write;
use std::path::Path;
use std::process::Command;

/// Compiles something; false where no C compiler is installed.
fn compile(test: &str, arguments: impl FnOnce(&mut Command) -> &mut Command) -> bool {
    let compiler = std::env::var("CC").unwrap_or_else(|_| "cc".into());
    match arguments(Command::new(&compiler).args(["-Wall", "-Wextra", "-Werror"])).output() {
        Err(error) => {
            let _ = writeln!(std::io::stderr(), "SKIPPED: {test}: {compiler} can't be started: {error}");
            return false;
        }
        Ok(output) => assert!(output.status.success(), "{output:?}"),
    }
    true
}

fn shim() -> &'static Path {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/shim"))
}

/// What opening a library of this source says, or nothing where it can't be made.
fn open(test: &str, source: &str) -> Option<Error> {
    let folder = tempfile::tempdir().unwrap();
    let (code, library) = (folder.path().join("library.c"), folder.path().join("library.so"));
    std::fs::write(&code, source).unwrap();
    let made = compile(test, |compiler| {
        compiler.args(["-shared", "-fPIC", "-I"]).arg(shim()).arg(&code).arg("-o").arg(&library)
    });
    made.then(|| Library::open(&library).err().unwrap())
}

/// Every call rightly and wrongly, from C: with null, closed, made-up and foreign handles, and absurd sizes.
#[test]
#[cfg(target_os = "linux")]
fn the_fake_answers_as_the_header_says() {
    let folder = tempfile::tempdir().unwrap();
    let file = |name: &str| folder.path().join(name);
    let (calls, program, instructions) = (file("calls"), file("program"), file("instructions"));
    let made = compile("the_fake_answers_as_the_header_says", |compiler| {
        compiler.arg("-std=gnu11").arg(shim().join("test/calls.c")).arg("-o").arg(&calls).arg("-ldl")
    });
    if !made {
        return;
    }
    let matrix = |buffer| Matrix { buffer, offset: 0, rows: 1, columns: 64, stride: 64 };
    let list = op::encode(&[Op::Copy { from: matrix(Buffer::Input), to: matrix(Buffer::Scratch) }]);
    let words: Vec<u8> = list.iter().flat_map(|word| word.to_le_bytes()).collect();
    std::fs::write(&program, minimal(Generation::Xdna1)).unwrap();
    std::fs::write(&instructions, words).unwrap();
    let fake = std::env::current_exe().unwrap().with_file_name("libhark_kernels.so");
    let done = Command::new(calls).args([&fake, &program, &instructions]).output().unwrap();
    assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stdout));
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
