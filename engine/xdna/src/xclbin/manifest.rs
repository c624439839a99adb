//! What stands beside a design that Hark's own script has made: for which NPU it is, by which compilers it was made, and
//! what files came of it.

use super::{Design, Refusal};
use crate::Generation;
use serde::Deserialize;
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;
use std::io::{ErrorKind, Read};
use std::path::Path;

/// Its file's name.
const NAME: &str = "hark-npu.json";
/// More bytes than it ever has.
const LONGEST: u64 = 64 * 1024;
/// The name of the design in it.
const DESIGN: &str = "hark-npu.xclbin";
/// The name of the text that the design was compiled from.
const TEXT: &str = "design.mlir";
/// The compilers, as the script wants them: the text of designs is another one in every other version.
const MLIR_AIE: &str = "1.3.4";
const LLVM_AIE: &str = "21.0.0.2026062301+cb664e8c";

/// What is said of a design.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Manifest {
    /// The NPU that it was made for.
    pub generation: Generation,
    files: BTreeMap<String, Made>,
}

/// A file that was made.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
struct Made {
    bytes: u64,
    sha256: String,
}

/// As it is written.
#[derive(Deserialize)]
struct Written {
    device: String,
    mlir_aie: String,
    llvm_aie: String,
    files: BTreeMap<String, Made>,
}

impl Manifest {
    /// That of a design's file, if there is one beside it.
    ///
    /// # Errors
    /// [`Refusal::Manifest`] if there is one that cannot be read, [`Refusal::Compiler`]
    pub fn beside(design: &Path) -> Result<Option<Self>, Refusal> {
        let unreadable = |error: std::io::Error| Refusal::Manifest(error.to_string());
        let mut text = String::new();
        match std::fs::File::open(design.with_file_name(NAME)) {
            Ok(file) => file.take(LONGEST).read_to_string(&mut text).map_err(unreadable)?,
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(unreadable(error)),
        };
        Self::read(&text).map(Some)
    }

    /// Reads its text.
    ///
    /// # Errors
    /// As [`Manifest::beside`].
    pub fn read(text: &str) -> Result<Self, Refusal> {
        let written: Written =
            serde_json::from_str(text).map_err(|error| Refusal::Manifest(error.to_string()))?;
        let Written { device, mlir_aie, llvm_aie, files } = written;
        let generation = match device.as_str() {
            "npu1" => Generation::Xdna1,
            "npu2" => Generation::Xdna2,
            other => return Err(Refusal::Manifest(format!("there is no device {other:?}"))),
        };
        for (tool, made, wanted) in [("mlir-aie", mlir_aie, MLIR_AIE), ("llvm-aie", llvm_aie, LLVM_AIE)] {
            if made != wanted {
                return Err(Refusal::Compiler { tool, made, wanted });
            }
        }
        Ok(Self { generation, files })
    }

    /// Whether the text of the design that Hark would have compiled today is what was compiled.
    ///
    /// # Errors
    /// [`Refusal::Altered`]
    pub fn check_text(&self, text: &str) -> Result<(), Refusal> {
        self.check(TEXT, text.as_bytes())
    }

    /// Whether this is the content of a file that was made.
    fn check(&self, name: &'static str, content: &[u8]) -> Result<(), Refusal> {
        let made =
            self.files.get(name).ok_or_else(|| Refusal::Manifest(format!("it does not name {name}")))?;
        let hash = Sha256::digest(content).iter().map(|byte| format!("{byte:02x}")).collect::<String>();
        match made.bytes == content.len() as u64 && made.sha256.eq_ignore_ascii_case(&hash) {
            true => Ok(()),
            false => Err(Refusal::Altered { name }),
        }
    }
}

/// Reads a design's file, whose content is `bytes`, with what stands beside it, for the NPU that is `here` if that is
/// known. Returns what was said of it, if anything was.
///
/// # Errors
/// A [`Refusal`] that says what is wrong with either.
pub fn check_file(path: &Path, bytes: &[u8], here: Option<Generation>) -> Result<Option<Manifest>, Refusal> {
    let design = Design::read(bytes)?;
    let manifest = Manifest::beside(path)?;
    if let Some(manifest) = &manifest {
        manifest.check(DESIGN, bytes)?;
        if design.generation().is_some_and(|named| named != manifest.generation) {
            let text = format!(
                "its platform is {}, and {NAME} beside it says {}",
                design.platform, manifest.generation
            );
            return Err(Refusal::Contradiction(text));
        }
    }
    if let Some(here) = here {
        if let Some(Manifest { generation, .. }) = &manifest
            && *generation != here
        {
            return Err(Refusal::OtherDevice { built: generation.to_string(), here });
        }
        design.check_for(here)?;
    }
    Ok(manifest)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::xclbin::write;

    fn text(device: &str, mlir_aie: &str, design: &[u8]) -> String {
        let hash = Sha256::digest(design).iter().map(|byte| format!("{byte:02x}")).collect::<String>();
        let of_text = Sha256::digest(b"module").iter().map(|byte| format!("{byte:02x}")).collect::<String>();
        format!(
            r#"{{"device": "{device}", "mlir_aie": "{mlir_aie}", "llvm_aie": "{LLVM_AIE}", "files": {{
                "{DESIGN}": {{"bytes": {}, "sha256": "{hash}"}}, "{TEXT}": {{"bytes": 6, "sha256": "{of_text}"}}
            }}}}"#,
            design.len()
        )
    }

    /// A design, as the compilers leave it: it names no platform.
    fn compiled(generation: Generation) -> Vec<u8> {
        let mut design = write::design(generation);
        design.platform.clear();
        design.partition.columns = 4;
        write::write(&design)
    }

    #[test]
    fn the_versions_are_those_of_the_script() {
        let script = include_str!("../../../../kernels/build.sh");
        assert!(script.contains(&format!("\nmlir_aie={MLIR_AIE}\nllvm_aie={LLVM_AIE}\nprogram={DESIGN}\n")));
        assert!(script.contains(NAME) && script.contains(&format!(" {TEXT} ")));
    }

    #[test]
    fn a_design_is_what_is_said_of_it() {
        let folder = tempfile::TempDir::new().unwrap();
        let path = folder.path().join(DESIGN);
        let design = compiled(Generation::Xdna2);
        let check = |manifest: Option<String>, here| {
            let beside = folder.path().join(NAME);
            let _ = std::fs::remove_file(&beside);
            manifest.iter().for_each(|text| std::fs::write(&beside, text).unwrap());
            check_file(&path, &design, here)
        };
        let (one, two) = (Some(Generation::Xdna1), Some(Generation::Xdna2));
        assert_eq!(check(None, two), Ok(None), "one of others, or of an earlier Hark");
        let good = text("npu2", MLIR_AIE, &design);
        let manifest = check(Some(good.clone()), two).unwrap().unwrap();
        assert_eq!(manifest.generation, Generation::Xdna2);
        assert_eq!(manifest.check_text("module"), Ok(()));
        assert_eq!(manifest.check_text("modulo"), Err(Refusal::Altered { name: TEXT }));
        assert!(check(Some(good), None).is_ok());
        let refused = |manifest, here| check(Some(manifest), here).unwrap_err().to_string();
        let other = text("npu2", MLIR_AIE, &design);
        assert!(refused(other, one).contains("is for XDNA2, and this computer has XDNA1"));
        assert!(refused(text("npu2", MLIR_AIE, b"another"), two).contains("is not what was made"));
        assert!(refused(text("npu2", "1.3.3", &design), two).contains("mlir-aie 1.3.3"));
        assert!(refused(text("npu9", MLIR_AIE, &design), two).contains("npu9"));
        assert!(refused("{}".into(), two).contains("missing field"));
        assert!(refused("[".repeat(70_000), two).contains("hark-npu.json"));
        let nameless = text("npu2", MLIR_AIE, &design).replace(DESIGN, "other.xclbin");
        assert!(refused(nameless, two).contains("does not name hark-npu.xclbin"));
        // One that names its NPU itself is believed in that, too.
        let named = write::minimal(Generation::Xdna1);
        std::fs::write(folder.path().join(NAME), text("npu2", MLIR_AIE, &named)).unwrap();
        assert!(matches!(check_file(&path, &named, None), Err(Refusal::Contradiction(_))));
    }
}
