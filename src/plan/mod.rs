//! Pure planning: resource graph, diff, plan document. No SDK types, no clock, no randomness.
