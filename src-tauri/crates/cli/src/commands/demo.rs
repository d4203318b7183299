//! Not yet.
use crate::args::{Args, Demo};
use crate::failure::Failure;
use crate::output::Output;
pub(crate) async fn run(_: &Args, _: &Demo, _: &mut Output) -> Result<(), Failure> {
    Err(Failure::usage("not yet"))
}
