//! What this machine is. Figures that a system does not tell are `None`.

use std::fs;
use std::path::Path;
use std::thread;

/// Cores that have execution units of their own, as far as this process may use them.
pub fn physical_cores() -> usize {
    let usable = thread::available_parallelism().map_or(1, usize::from);
    num_cpus::get_physical().clamp(1, usable)
}

/// Threads that run at once.
pub fn logical_cores() -> usize {
    num_cpus::get()
}

/// What the CPU calls itself.
pub fn cpu_name() -> Option<String> {
    let info = fs::read_to_string("/proc/cpuinfo").ok()?;
    let line = info.lines().find(|line| line.starts_with("model name"))?;
    Some(line.split_once(':')?.1.trim().to_owned())
}

/// The release of the system's kernel.
pub fn kernel_release() -> Option<String> {
    Some(fs::read_to_string("/proc/sys/kernel/osrelease").ok()?.trim().to_owned())
}

/// The instruction sets that matter to the engine, and whether this CPU has them.
pub fn cpu_features() -> Vec<(&'static str, bool)> {
    #[cfg(target_arch = "x86_64")]
    return vec![
        ("avx2", std::is_x86_feature_detected!("avx2")),
        ("fma", std::is_x86_feature_detected!("fma")),
        ("avx512f", std::is_x86_feature_detected!("avx512f")),
        ("avx512_vnni", std::is_x86_feature_detected!("avx512vnni")),
        ("avx512_bf16", std::is_x86_feature_detected!("avx512bf16")),
    ];
    #[cfg(not(target_arch = "x86_64"))]
    Vec::new()
}

/// Memory in bytes: all of it, and what programs can still have.
pub fn memory() -> Option<(u64, u64)> {
    let info = fs::read_to_string("/proc/meminfo").ok()?;
    Some((kilobytes(&info, "MemTotal:")?, kilobytes(&info, "MemAvailable:")?))
}

/// Where Linux tells of what gives power.
pub const POWER_SUPPLIES: &str = "/sys/class/power_supply";

/// Whether this machine lives on its battery, as far as `supplies` tells. Mice and headsets have batteries, too, which
/// are not the machine's.
pub fn is_on_battery(supplies: &Path) -> bool {
    let supplies = fs::read_dir(supplies).into_iter().flatten().flatten();
    let says = |supply: &fs::DirEntry, name: &str, what: &str| {
        fs::read_to_string(supply.path().join(name)).is_ok_and(|text| text.trim() == what)
    };
    let discharges = |s: &fs::DirEntry| says(s, "type", "Battery") && says(s, "status", "Discharging");
    supplies.into_iter().any(|s| discharges(&s) && !says(&s, "scope", "Device"))
}

/// The most memory this process has held at once, in bytes.
pub fn peak_memory() -> Option<u64> {
    kilobytes(&fs::read_to_string("/proc/self/status").ok()?, "VmHWM:")
}

fn kilobytes(text: &str, field: &str) -> Option<u64> {
    let line = text.lines().find_map(|line| line.strip_prefix(field))?;
    let number: u64 = line.split_whitespace().next()?.parse().ok()?;
    Some(number * 1024)
}

/// Bytes that can still be written where this folder lies.
#[cfg(unix)]
pub fn free_space(folder: &Path) -> Option<u64> {
    let stat = rustix::fs::statvfs(folder).ok()?;
    Some(stat.f_bavail.saturating_mul(stat.f_frsize))
}

/// Bytes that can still be written where this folder lies.
#[cfg(not(unix))]
pub fn free_space(_folder: &Path) -> Option<u64> {
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_system_s_tables_are_read_in_bytes() {
        let table = "MemTotal:       16384 kB\nMemAvailable:    8192 kB\nHugePages_Total:       0\n";
        assert_eq!(kilobytes(table, "MemTotal:"), Some(16_777_216));
        assert_eq!(kilobytes(table, "MemAvailable:"), Some(8_388_608));
        assert_eq!(kilobytes(table, "Missing:"), None);
        assert_eq!(kilobytes("VmHWM:\t what", "VmHWM:"), None);
    }

    #[test]
    fn only_a_battery_of_the_machine_itself_counts() {
        let table: [(&[(&str, &str)], bool); 7] = [
            (&[("type", "Battery"), ("status", "Discharging")], true),
            (&[("type", "Battery"), ("status", "Discharging"), ("scope", "System")], true),
            (&[("type", "Battery"), ("status", "Discharging"), ("scope", "Device")], false),
            (&[("type", "Battery"), ("status", "Charging")], false),
            (&[("type", "Battery"), ("status", "Full")], false),
            (&[("type", "Mains"), ("online", "1")], false),
            (&[], false),
        ];
        for (files, expected) in table {
            let supplies = tempfile::tempdir().unwrap();
            let supply = supplies.path().join("hidpp_battery_0");
            fs::create_dir(&supply).unwrap();
            files.iter().for_each(|(name, text)| fs::write(supply.join(name), format!("{text}\n")).unwrap());
            assert_eq!(is_on_battery(supplies.path()), expected, "{files:?}");
            let mains = supplies.path().join("AC");
            fs::create_dir(&mains).unwrap();
            fs::write(mains.join("type"), "Mains\n").unwrap();
            assert_eq!(is_on_battery(supplies.path()), expected, "beside others: {files:?}");
        }
        assert!(!is_on_battery(Path::new("/nowhere/at/all")));
    }

    #[test]
    fn there_is_at_least_one_core() {
        assert!((1..=logical_cores()).contains(&physical_cores()));
    }
}
