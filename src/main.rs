//! The `tuban` program; see the library for everything.

fn main() -> std::process::ExitCode {
    std::process::ExitCode::from(tuban::cli::main(std::env::args_os()))
}
