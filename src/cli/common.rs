//! Options every command has.

use crate::error::Error;
use crate::report::Lang;
use crate::run::Progress;
use clap::{Args, ValueEnum};

/// Language of documents and summaries.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum LangOption {
    /// Chinese
    Zh,
    /// English
    En,
}

/// What stdout gets.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// A summary for people
    Text,
    /// One JSON object
    Json,
}

/// Options every command has.
#[derive(Args, Debug)]
#[command(next_help_heading = "Everywhere")]
pub struct Common {
    /// Worker threads; 0 = one per processor
    #[arg(long, global = true, default_value_t = 0, value_name = "N")]
    pub threads: usize,
    /// Memory that is never exceeded; refused up front (code 7) when it would not do
    #[arg(long, global = true, default_value = "2GiB", value_name = "SIZE", value_parser = parse_size)]
    pub max_memory: u64,
    /// Language of reports and summaries
    #[arg(long, global = true, value_enum, default_value = "zh")]
    pub lang: LangOption,
    /// What stdout gets
    #[arg(long, global = true, value_enum, default_value = "text")]
    pub format: Format,
    /// No progress, no warnings on stderr
    #[arg(short, long, global = true)]
    pub quiet: bool,
    /// Time and memory of every stage on stderr
    #[arg(short, long, global = true)]
    pub verbose: bool,
}

impl Common {
    /// Language of documents.
    pub fn lang(&self) -> Lang {
        match self.lang {
            LangOption::Zh => Lang::Zh,
            LangOption::En => Lang::En,
        }
    }

    /// Where progress goes.
    pub fn progress(&self) -> Progress {
        match (self.quiet, self.verbose) {
            (true, _) => Progress::Silent,
            (_, true) => Progress::Detailed,
            _ => Progress::Bars,
        }
    }

    /// A line on stderr unless quiet.
    pub fn say(&self, line: &str) {
        if !self.quiet {
            eprintln!("{line}");
        }
    }
}

/// `512MiB`, `2GiB`, `1500MB`, `2G`, or bytes.
fn parse_size(text: &str) -> Result<u64, String> {
    let t = text.trim();
    let split = t.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(t.len());
    let (number, unit) = t.split_at(split);
    let factor: f64 = match unit.trim().to_ascii_lowercase().as_str() {
        "" | "b" => 1.0,
        "k" | "kib" => 1024.0,
        "kb" => 1e3,
        "m" | "mib" => 1024.0 * 1024.0,
        "mb" => 1e6,
        "g" | "gib" => 1024.0 * 1024.0 * 1024.0,
        "gb" => 1e9,
        "t" | "tib" => 1024f64.powi(4),
        _ => return Err(format!("'{unit}' is no unit; write e.g. 512MiB or 2GiB")),
    };
    let value: f64 = number.parse().map_err(|_| format!("'{text}' is no size; write e.g. 512MiB or 2GiB"))?;
    Ok((value * factor) as u64)
}

/// Text on stdout, ending a line. A reader that has gone (`| head`) is no fault of the run.
pub fn answer(text: &str) {
    use std::io::Write;
    let mut out = std::io::stdout().lock();
    let _ = out.write_all(text.as_bytes());
    if !text.ends_with('\n') {
        let _ = out.write_all(b"\n");
    }
    let _ = out.flush();
}

/// One sentence on stderr; with `--format json` also an object on stdout, so that a script gets its one object either way.
pub fn report_error(error: &Error, common: &Common) {
    eprintln!("tuban: {error}");
    if common.format == Format::Json {
        let object = serde_json::json!({ "error": error.to_string(), "exit_code": error.exit_code() });
        answer(&object.to_string());
    }
}
