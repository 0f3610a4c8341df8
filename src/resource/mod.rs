//! The vocabulary of infrastructure: address, kind, dependencies, ownership, fields with their metadata.
