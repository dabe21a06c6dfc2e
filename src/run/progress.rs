//! Progress: what stage, how fast, how long still. Bars on a terminal, silence elsewhere.

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

/// Where progress goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Progress {
    /// Bars on stderr when it is a terminal.
    Bars,
    /// Nothing.
    Silent,
}

/// One stage's bar.
pub struct Stage(ProgressBar);

impl Progress {
    /// Starts a stage of `total` steps.
    pub fn stage(&self, name: &str, total: u64) -> Stage {
        let bar = ProgressBar::with_draw_target(
            Some(total),
            match self {
                // `stderr` draws nothing when it is not a terminal.
                Progress::Bars => ProgressDrawTarget::stderr(),
                Progress::Silent => ProgressDrawTarget::hidden(),
            },
        );
        if let Ok(style) = ProgressStyle::with_template("{msg:28} {bar:30} {pos}/{len} {per_sec:>10} left {eta:>4}") {
            bar.set_style(style);
        }
        bar.set_message(name.to_string());
        Stage(bar)
    }
}

impl Stage {
    /// Steps done.
    pub fn add(&self, steps: u64) {
        self.0.inc(steps);
    }
}

impl Drop for Stage {
    fn drop(&mut self) {
        self.0.finish_and_clear();
    }
}
