//! A dashboard and its results -> one HTML file that anyone can open: no network, nothing to install.
//!
//! The drawing is plain JavaScript over SVG, in `assets/`, one idea a file. It is our own because no crate carries an
//! offline chart library that is light: plotly's bundle alone weighs 4.6 MB, and this page with its data a tenth or less.

pub mod assets;
pub mod encode;
pub mod head;
pub mod render;
pub mod view;

#[cfg(test)]
mod tests;

pub use head::{Header, Run};
pub use render::render;
pub use view::{Page, VisualResult};
