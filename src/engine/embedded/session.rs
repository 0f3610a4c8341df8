//! DataFusion as this engine sets it up, and the threads it runs on.

use std::path::Path;
use std::sync::{Arc, OnceLock};

use datafusion::execution::memory_pool::FairSpillPool;
use datafusion::execution::runtime_env::RuntimeEnvBuilder;
use datafusion::prelude::{SessionConfig, SessionContext};
use tokio::runtime::{Builder, Runtime};

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

/// A fresh session whose spill files go to `scratch`.
pub fn session(scratch: &Path) -> Result<SessionContext> {
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    let config = SessionConfig::new().with_target_partitions(threads).with_batch_size(BATCH_ROWS);
    let runtime = RuntimeEnvBuilder::new()
        .with_memory_pool(Arc::new(FairSpillPool::new(memory())))
        .with_temp_file_path(scratch)
        .build_arc()
        .map_err(fault::error)?;
    Ok(SessionContext::new_with_config_rt(config, runtime))
}

/// Memory that is taken for granted: each thread's sorts want some tens of megabytes before they spill.
const LEAST_MEMORY: usize = 512 << 20;

/// Two thirds of the memory that is free now; beyond that sorts spill to disk.
fn memory() -> usize {
    let info = std::fs::read_to_string("/proc/meminfo").unwrap_or_default();
    let free = info.lines().find_map(|line| line.strip_prefix("MemAvailable:"));
    let kilobytes = free.and_then(|text| text.trim().trim_end_matches("kB").trim().parse::<usize>().ok());
    kilobytes.map_or(FALLBACK_MEMORY, |kilobytes| (kilobytes / 3 * 2 * 1024).max(LEAST_MEMORY))
}
