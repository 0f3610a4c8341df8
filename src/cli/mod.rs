//! One file per verb: arguments -> library call -> report. [`main`] dispatches and decides the exit code.

pub mod args;
mod attach;
mod connect;
mod cost;
mod dashboard;
mod destroy;
mod lineage;
mod local;
mod logs;
mod offline;
mod policy;
mod provision;
mod query;
mod run;
mod status;
mod stop;
mod up;
mod workspace;

use std::ffi::OsString;
use std::process::ExitCode;
use std::time::Duration;

use clap::Parser;
use tokio::runtime::Runtime;

use crate::error::{Error, Kind, Result};
use crate::report::Out;
use args::{Cli, Command, LocalCommand};

/// Runs the command line and gives the process's exit code: 0 done or no changes, 1 failed, 2 changes present with
/// `plan --detailed-exitcode`, 64 wrong usage, 130 interrupted.
pub fn main(arguments: impl IntoIterator<Item = OsString>) -> ExitCode {
    let cli = match Cli::try_parse_from(arguments) {
        Ok(cli) => cli,
        Err(error) => {
            // Help and version are results; only real faults are wrong usage.
            let _ = error.print();
            return ExitCode::from(if error.use_stderr() { Kind::Usage.exit_code() } else { 0 });
        }
    };
    let out = Out::new(cli.global.output, cli.global.color, cli.global.verbose > 0);
    trace(cli.global.verbose);
    match dispatch(&cli, &out) {
        Ok(code) => ExitCode::from(code),
        Err(error) => {
            out.error(&error);
            ExitCode::from(error.kind().exit_code())
        }
    }
}

fn dispatch(cli: &Cli, out: &Out) -> Result<u8> {
    let global = &cli.global;
    match &cli.command {
        Command::Validate(args) => offline::validate(global, args, out),
        Command::Script(args) => offline::script(global, args, out),
        Command::Lineage(args) => lineage::show(global, args, out),
        Command::Schema => offline::schema(out),
        Command::Plan(args) => look(provision::plan(global, args, out)),
        Command::Apply(args) => wait(provision::apply(global, args, out)),
        Command::Run(args) => wait(run::run(global, args, out)),
        Command::Up(args) => wait(up::up(global, args, out)),
        Command::Query(args) => wait(query::query(global, args, out)),
        Command::Dashboard(args) => wait(dashboard::dashboard(global, args, out)),
        Command::Status => look(status::status(global, out)),
        Command::Runs => look(status::runs(global, out)),
        Command::Stop(args) => wait(stop::stop(global, args, out)),
        Command::Cost(args) => look(cost::cost(global, args, out)),
        Command::Logs(args) => wait(logs::logs(global, args, out)),
        Command::Destroy(args) => wait(destroy::destroy(global, args, out)),
        Command::Policy => wait(policy::policy(global, out)),
        Command::Unlock => wait(provision::unlock(global, out)),
        Command::Local(LocalCommand::Serve(args)) => wait(local::serve(global, args, out)),
    }
}

/// Runs an online verb to its end.
fn wait<T>(verb: impl Future<Output = Result<T>>) -> Result<T> {
    let runtime = runtime()?;
    let result = runtime.block_on(verb);
    runtime.shutdown_timeout(Duration::from_secs(2));
    result
}

/// The same for a verb that changes nothing: once it has told what it found, nothing is left to be waited for, not even that
/// connections close.
fn look<T>(verb: impl Future<Output = Result<T>>) -> Result<T> {
    let runtime = runtime()?;
    let result = runtime.block_on(verb);
    std::mem::forget(runtime);
    result
}

/// The stacks are large because unoptimised query planning recurses deeply.
fn runtime() -> Result<Runtime> {
    tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .thread_stack_size(16 << 20)
        .build()
        .map_err(|e| Error::new(Kind::Io, "runtime", format!("cannot start threads: {e}")))
}

/// Internal tracing for those who look for a fault: `-vv`, or PIPECTL_LOG with tracing's directives.
fn trace(verbose: u8) {
    use tracing_subscriber::EnvFilter;
    let filter = match (std::env::var("PIPECTL_LOG"), verbose) {
        (Ok(directives), _) => EnvFilter::new(directives),
        (Err(_), 0 | 1) => return,
        (Err(_), 2) => EnvFilter::new("pipectl=debug,aws_smithy_runtime=info,s3s=off"),
        (Err(_), _) => EnvFilter::new("pipectl=trace,aws_smithy_runtime=debug,s3s=off"),
    };
    let _ = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr).try_init();
}
