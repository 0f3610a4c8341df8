//! Executes a plan: order, parallelism, waits, lock, interrupts.
