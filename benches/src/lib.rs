//! What the benchmarks share: workflows of any size, an engine over memory, and the bare loop beside it; servers in
//! processes of their own, and a lean load on them.

mod bare_check;
mod baseline;
mod costly;
mod load;
mod process;
mod setup;
mod sqlite;
mod workflows;

pub use bare_check::bare_check;
pub use baseline::{bare_chain, bare_fan_out};
pub use costly::costly;
pub use load::{Load, get, load, post};
pub use process::{Server, keep_to_core, on_core, own_cpu, peak, program, resident, used};
pub use setup::{Run, checked, engine, prepare, submission};
pub use sqlite::Plain;
pub use workflows::{again, beside, chain, computed, fan_out, fan_out_computed, fan_out_that_asks};
