//! Makes a function of each text of the window, so that asking for one that is not there does not compile, and one
//! that nobody asks for is dead code.

#[path = "src/texts/arguments.rs"]
mod arguments;

use fluent_syntax::ast::{Entry, Message};
use fluent_syntax::parser;
use std::error::Error;
use std::path::Path;
use std::{env, fs};

const ENGLISH: &str = "../assets/texts/en.ftl";

fn main() -> Result<(), Box<dyn Error>> {
    for read in [ENGLISH, "build.rs", "src/texts/arguments.rs"] {
        println!("cargo::rerun-if-changed={read}");
    }
    let source = fs::read_to_string(ENGLISH)?;
    let resource = parser::parse(source.as_str()).map_err(|(_, errors)| format!("{ENGLISH}: {errors:?}"))?;
    let messages = resource.body.iter().filter_map(|entry| match entry {
        Entry::Message(message) => Some(message),
        _ => None,
    });
    let code: String = messages.map(function).collect();
    fs::write(Path::new(&env::var("OUT_DIR")?).join("texts.rs"), code)?;
    Ok(())
}

/// The function that gives a text. Its arguments come in the order in which the English text names them.
fn function(message: &Message<&str>) -> String {
    let key = message.id.name;
    let name = key.replace('-', "_");
    let arguments = arguments::of(message);
    if arguments.is_empty() {
        return format!("/// The text `{key}`.\npub fn {name}() -> &'static str {{ plain(\"{key}\") }}\n");
    }
    let taken: String =
        arguments.iter().map(|name| format!("{name}: impl Into<FluentValue<'a>>, ")).collect();
    let given: String = arguments.iter().map(|name| format!("(\"{name}\", {name}.into()), ")).collect();
    format!(
        "/// The text `{key}`.\npub fn {name}<'a>({taken}) -> String {{ filled(\"{key}\", [{given}]) }}\n"
    )
}
