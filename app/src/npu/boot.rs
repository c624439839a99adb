//! Remembers that the driver holds a process of ours, until the computer is started again.

use std::fs;
use std::path::{Path, PathBuf};

/// A file with the name of the boot in which the NPU got stuck.
pub struct StuckMark {
    file: Option<PathBuf>,
}

impl StuckMark {
    /// The mark in Hark's data folder; without one nothing is remembered.
    pub fn in_folder(folder: Option<&Path>) -> Self {
        Self { file: folder.map(|folder| folder.join("npu-stuck")) }
    }

    /// Whether the NPU got stuck since the computer was started.
    pub fn is_of_this_boot(&self) -> bool {
        let marked = self.file.as_ref().and_then(|file| fs::read_to_string(file).ok());
        marked.is_some_and(|marked| boot_id().is_some_and(|boot| marked.trim() == boot))
    }

    /// Remembers it.
    pub fn set(&self) {
        if let (Some(file), Some(boot)) = (&self.file, boot_id()) {
            // Who cannot write it finds the device stuck once more at the next start.
            let _ = file.parent().map(fs::create_dir_all);
            let _ = fs::write(file, boot);
        }
    }
}

/// What the system calls this boot.
fn boot_id() -> Option<String> {
    let text = fs::read_to_string("/proc/sys/kernel/random/boot_id").ok()?;
    Some(text.trim().to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[cfg(target_os = "linux")]
    #[test]
    fn only_this_boot_counts() {
        let folder = tempfile::tempdir().unwrap();
        let data = folder.path().join("data");
        let mark = StuckMark::in_folder(Some(&data));
        assert!(!mark.is_of_this_boot());
        mark.set();
        assert!(mark.is_of_this_boot());
        fs::write(data.join("npu-stuck"), "another boot\n").unwrap();
        assert!(!mark.is_of_this_boot());
        let nowhere = StuckMark::in_folder(None);
        nowhere.set();
        assert!(!nowhere.is_of_this_boot());
    }
}
