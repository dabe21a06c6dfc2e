//! Time the processor spent on this process, whatever else the machine did meanwhile.

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
