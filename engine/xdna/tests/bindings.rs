//! The bindings in the repository are those that bindgen makes of the C header.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::io::Write;
use std::path::Path;

/// Set, the bindings in the repository are written anew instead of compared.
const UPDATE: &str = "UPDATE_BINDINGS";

fn generate(header: &Path) -> String {
    bindgen::builder()
        .header(header.to_str().unwrap())
        .allowlist_item("(nx|NX)_.*")
        .dynamic_library_name("Nx")
        .dynamic_link_require_all(true)
        .prepend_enum_name(false)
        .generate_comments(false)
        .layout_tests(false)
        .use_core()
        .rust_target(bindgen::RustTarget::stable(85, 0).unwrap())
        .rust_edition(bindgen::RustEdition::Edition2024)
        .wrap_unsafe_ops(true)
        .formatter(bindgen::Formatter::Prettyplease)
        .disable_header_comment()
        .raw_line("// Made from shim/nx.h by tests/bindings.rs; not for editing.")
        .generate()
        .unwrap()
        .to_string()
}

#[test]
fn bindings_are_those_of_the_header() {
    if let Err(reason) = clang_sys::load() {
        let _ =
            writeln!(std::io::stderr(), "SKIPPED: bindings_are_those_of_the_header: no libclang: {reason}");
        return;
    }
    let package = Path::new(env!("CARGO_MANIFEST_DIR"));
    let file = package.join("src/bindings.rs");
    let made = generate(&package.join("shim/nx.h"));
    if std::env::var_os(UPDATE).is_some() {
        std::fs::write(&file, &made).unwrap();
    }
    let kept = std::fs::read_to_string(&file).unwrap();
    let differs = kept.lines().zip(made.lines()).position(|(kept, made)| kept != made);
    assert!(
        kept == made,
        "src/bindings.rs is not what shim/nx.h gives (first difference in line {:?}): run this test with {UPDATE}=1",
        differs.map(|line| line + 1)
    );
}
