//! Progress: what stage, how fast, how long still. Bars on a terminal, silence elsewhere; on demand what each stage took.

use super::machine::{cpu_seconds, peak_mib};
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use std::time::Instant;

/// Where progress goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Progress {
    /// Bars on stderr when it is a terminal.
    Bars,
    /// The same, and a line on stderr for every stage that ends: seconds, processor seconds, peak memory so far.
    Detailed,
    /// Nothing.
    Silent,
}

/// One stage's bar.
pub struct Stage {
    bar: ProgressBar,
    name: String,
    begun: Option<(Instant, f64)>,
}

impl Progress {
    /// Starts a stage of `total` steps.
    pub fn stage(&self, name: &str, total: u64) -> Stage {
        let bar = ProgressBar::with_draw_target(
            Some(total),
            match self {
                // `stderr` draws nothing when it is not a terminal.
                Progress::Bars | Progress::Detailed => ProgressDrawTarget::stderr(),
                Progress::Silent => ProgressDrawTarget::hidden(),
            },
        );
        if let Ok(style) = ProgressStyle::with_template("{msg:28} {bar:30} {pos}/{len} {per_sec:>10} left {eta:>4}") {
            bar.set_style(style);
        }
        bar.set_message(name.to_string());
        let begun = (*self == Progress::Detailed).then(|| (Instant::now(), cpu_seconds().unwrap_or(f64::NAN)));
        Stage { bar, name: name.to_string(), begun }
    }
}

impl Progress {
    /// A line on stderr for who wants details.
    pub fn note(&self, line: &dyn Fn() -> String) {
        if *self == Progress::Detailed {
            eprintln!("tuban: {}", line());
        }
    }
}

impl Stage {
    /// Steps done.
    pub fn add(&self, steps: u64) {
        self.bar.inc(steps);
    }
}

impl Drop for Stage {
    fn drop(&mut self) {
        self.bar.finish_and_clear();
        let Some((wall, cpu)) = self.begun else { return };
        let (wall, cpu) = (wall.elapsed().as_secs_f64(), cpu_seconds().unwrap_or(f64::NAN) - cpu);
        let peak = peak_mib().map_or(String::new(), |mib| format!(", peak memory {mib} MiB"));
        eprintln!("tuban: {}: {wall:.2} s, {cpu:.2} processor s{peak}", self.name);
    }
}
