//! `outx test`

use crate::Exit;
use crate::args::{TestArgs, TestCommand};
use crate::fault::Fault;
use crate::testing;

pub(crate) async fn test(args: &TestArgs) -> Result<Exit, Fault> {
    match &args.command {
        Some(TestCommand::Record(args)) => super::record::record(args).await,
        None if args.run.watch => testing::watch(&args.run).await,
        None => testing::test(&args.run),
    }
}
