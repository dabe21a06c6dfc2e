//! The machine: what it is, and the time its processors spent on this process, whatever else they did meanwhile.

/// CPU seconds of all threads so far; `None` where the system does not say.
pub fn cpu_seconds() -> Option<f64> {
    #[cfg(unix)]
    {
        let t = rustix::time::clock_gettime(rustix::time::ClockId::ProcessCPUTime);
        Some(t.tv_sec as f64 + t.tv_nsec as f64 * 1e-9)
    }
    #[cfg(not(unix))]
    None
}

/// Most memory of the process so far, MiB; `None` where the system does not say.
pub fn peak_mib() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find(|l| l.starts_with("VmHWM:"))?;
    line.split_whitespace().nth(1)?.parse::<u64>().ok().map(|kib| kib / 1024)
}

/// Processor, number of logical processors, memory, system and version of GDAL, as far as the system says.
pub fn machine() -> String {
    let field = |file: &str, name: &str, divider: char| {
        let text = std::fs::read_to_string(file).ok()?;
        let line =
            text.lines().find(|l| l.starts_with(name))?.split_once(divider)?.1.trim().trim_matches('"').to_string();
        (!line.is_empty()).then_some(line)
    };
    let processor = field("/proc/cpuinfo", "model name", ':').unwrap_or_else(|| std::env::consts::ARCH.into());
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    let memory = field("/proc/meminfo", "MemTotal", ':').and_then(|m| m.split(' ').next()?.parse::<u64>().ok());
    let system = field("/etc/os-release", "PRETTY_NAME", '=').unwrap_or_else(|| std::env::consts::OS.into());
    let gdal = gdal::version::version_info("RELEASE_NAME");
    let memory = memory.map_or(String::new(), |kib| format!(", {:.0} GiB", kib as f64 / f64::from(1 << 20)));
    format!("{processor}, {threads} logical processors{memory}, {system}, GDAL {gdal}")
}
