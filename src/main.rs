//! The binary: parse, dispatch, exit code.

use std::process::ExitCode;

fn main() -> ExitCode {
    pipectl::cli::main(std::env::args_os())
}
