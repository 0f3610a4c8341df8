//! DataFusion as this engine sets it up, and the threads it runs on.

use std::path::Path;
use std::sync::{Arc, OnceLock};

use datafusion::execution::TaskContext;
use datafusion::execution::memory_pool::FairSpillPool;
use datafusion::execution::runtime_env::RuntimeEnvBuilder;
use datafusion::prelude::{SessionConfig, SessionContext};
use tokio::runtime::{Builder, Runtime};
use tokio::sync::mpsc::{Sender, WeakSender};

use super::fault;
use super::scan::BATCH_ROWS;
use crate::error::{Error, Kind, Result};

/// Stack of each thread. DataFusion's futures and recursive rewrites are deep, above all in a debug build; the memory is
/// only taken when it is used.
const STACK: usize = 32 << 20;

/// Memory for sorts, joins and aggregates when the machine does not say how much it has.
const FALLBACK_MEMORY: usize = 4 << 30;

/// The threads that all embedded work runs on, made at the first call and kept.
///
/// Errors: when the system gives no threads.
pub fn runtime() -> Result<&'static Runtime> {
    static RUNTIME: OnceLock<Runtime> = OnceLock::new();
    if let Some(runtime) = RUNTIME.get() {
        return Ok(runtime);
    }
    let made = Builder::new_multi_thread().enable_all().thread_name("embedded").thread_stack_size(STACK).build();
    let made = made.map_err(|e| Error::new(Kind::Io, "io", format!("cannot start threads: {e}")))?;
    Ok(RUNTIME.get_or_init(|| made))
}

/// How many threads share the work.
pub fn threads() -> usize {
    std::thread::available_parallelism().map_or(1, usize::from)
}

/// How tasks that write files say that they are still there.
#[derive(Debug)]
pub struct Writing(WeakSender<()>);

impl Writing {
    /// For as long as a task holds what [`Writing::begin`] gave it, the receiver of `sender` waits.
    pub fn new(sender: &Sender<()>) -> Self {
        Writing(sender.downgrade())
    }

    /// To be held by a task of `task`'s run as long as it may write.
    pub fn begin(task: &TaskContext) -> Option<Sender<()>> {
        task.session_config().get_extension::<Writing>()?.0.upgrade()
    }
}

/// A fresh session whose spill files go to `scratch`, and whose operators may take `memory` bytes.
pub fn session(scratch: &Path, memory: usize, writing: Writing) -> Result<SessionContext> {
    let threads = threads();
    let config = SessionConfig::new().with_target_partitions(threads).with_batch_size(BATCH_ROWS);
    let config = config.with_extension(Arc::new(writing));
    let runtime = RuntimeEnvBuilder::new()
        .with_memory_pool(Arc::new(FairSpillPool::new(memory)))
        .with_temp_file_path(scratch)
        .build_arc()
        .map_err(fault::error)?;
    Ok(SessionContext::new_with_config_rt(config, runtime))
}

/// Memory that is taken for granted: each thread's sorts want some tens of megabytes before they spill.
const LEAST_MEMORY: usize = 512 << 20;

/// The least limit that a run can be given.
pub const LEAST_LIMIT: u64 = 256 << 20;

/// Of a limit, what is not the operators': the program itself, files being read and written, what the allocator keeps.
const BESIDE: u64 = 160 << 20;

/// The bytes that operators may take of a process that is to stay below `limit`; without one, two thirds of the memory
/// that is free now. Beyond that rows go to disk.
pub fn memory(limit: Option<u64>) -> usize {
    if let Some(limit) = limit {
        // What is being gathered or put down is there twice for a moment, and is not reserved.
        return (limit.max(LEAST_LIMIT) - BESIDE) as usize / 2;
    }
    let info = std::fs::read_to_string("/proc/meminfo").unwrap_or_default();
    let free = info.lines().find_map(|line| line.strip_prefix("MemAvailable:"));
    let kilobytes = free.and_then(|text| text.trim().trim_end_matches("kB").trim().parse::<usize>().ok());
    kilobytes.map_or(FALLBACK_MEMORY, |kilobytes| (kilobytes / 3 * 2 * 1024).max(LEAST_MEMORY))
}
