//! `outx serve`

use crate::args::ServeArgs;
use crate::fault::Fault;
use crate::home::Home;
use crate::{Exit, Hooks, serving};

pub(crate) async fn serve(args: &ServeArgs, hooks: Hooks) -> Result<Exit, Fault> {
    let home = Home::find()?;
    let store = home.store()?;
    serving::serve(&home, &store, hooks, args).await
}
