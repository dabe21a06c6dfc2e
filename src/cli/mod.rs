//! The command line: a thin coat over `run`, `evaluate`, `sample`, `inspect` and `bench`.

mod bench;
mod common;
mod evaluate;
mod inputs;
mod inspect;
mod sample;
mod scan;
mod summary;
mod train;
mod verify;

use crate::error::Error;
use clap::{Parser, Subcommand};
use common::Common;

/// What changed on the ground between two satellite images, held against what was reported 卫片图斑比对核查
#[derive(Parser)]
#[command(name = "tuban", version, propagate_version = true, arg_required_else_help = true)]
struct Cli {
    #[command(subcommand)]
    command: Command,
    #[command(flatten)]
    common: Common,
}

#[derive(Subcommand)]
enum Command {
    Scan(Box<scan::Args>),
    Verify(Box<verify::Args>),
    Bench(bench::Args),
    Evaluate(evaluate::Args),
    Inspect(inspect::Args),
    Sample(sample::Args),
    Train(train::Args),
}

/// Runs a command line; the result is the exit code.
pub fn main(arguments: impl IntoIterator<Item = std::ffi::OsString>) -> u8 {
    let cli = match Cli::try_parse_from(arguments) {
        Ok(cli) => cli,
        Err(e) => {
            // Help and version go to stdout with code 0, faults to stderr with code 2.
            let code = if e.use_stderr() { 2 } else { 0 };
            let _ = e.print();
            return code;
        }
    };
    let done = match cli.command {
        Command::Scan(args) => scan::run(&args, &cli.common),
        Command::Verify(args) => verify::run(&args, &cli.common),
        Command::Bench(args) => bench::run(&args, &cli.common),
        Command::Evaluate(args) => evaluate::run(&args, &cli.common),
        Command::Inspect(args) => inspect::run(&args, &cli.common),
        Command::Sample(args) => sample::run(&args, &cli.common),
        Command::Train(args) => train::run(&args, &cli.common),
    };
    match done {
        Ok(code) => code,
        Err(e) => {
            common::report_error(&e, &cli.common);
            e.exit_code()
        }
    }
}

/// Exit code of a command that went well, or its error.
type Done = Result<u8, Error>;
