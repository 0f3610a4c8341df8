//! The runtime that the engine's work runs on: its planner recurses deeper than an ordinary worker's stack allows, most
//! of all in debug builds, and its work must not hold up the server's.

use std::sync::OnceLock;

use tokio::runtime::{Builder, Handle, Runtime};

/// The stack of a worker, in bytes. Pages that are never touched cost nothing.
const STACK: usize = 32 << 20;

/// The runtime for queries, jobs and crawls.
///
/// # Panics
/// When the machine gives no more threads.
pub fn handle() -> Handle {
    static RUNTIME: OnceLock<Runtime> = OnceLock::new();
    let build = || {
        let workers = std::thread::available_parallelism().map_or(2, |n| n.get()).max(2);
        let mut builder = Builder::new_multi_thread();
        builder.worker_threads(workers).thread_stack_size(STACK).thread_name("local-engine").enable_all();
        builder.build().expect("threads for the engine")
    };
    RUNTIME.get_or_init(build).handle().clone()
}
