//! The local cloud: an AWS-compatible endpoint on loopback that really executes.
