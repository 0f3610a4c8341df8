//! The pipeline's stages and their events; no SDK types.
