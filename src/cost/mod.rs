//! What runs and months cost: a dated price table, and arithmetic over what was used or is declared. Pure.
//!
//! | module | what it does |
//! |---|---|
//! | [`prices`] | the table of list prices by region, and which of them are estimated |
//! | [`item`] | what is paid for, and by which unit |
//! | [`bill`] | what a run used -> what it cost: minimums and parts |
//! | [`declared`] | what the manifest says of all this |
//! | [`often`] | how often a pipeline runs in a month |
//! | `cron` | how often a cron expression comes due |
//! | [`outlook`] | what a run and a month cost, each line with what it stands on |

pub mod bill;
mod cron;
pub mod declared;
pub mod item;
pub mod often;
pub mod outlook;
pub mod prices;

pub use bill::{Part, RunCost, Usage};
pub use declared::{Billing, Declared};
pub use item::{Item, Unit};
pub use often::Often;
pub use outlook::{Line, Outlook, Seen, Stored};
pub use prices::{Price, Rates};
