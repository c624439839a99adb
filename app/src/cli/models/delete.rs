//! `hark models delete`: only what lies in Hark's own folder.

use super::super::args::NamesArgs;
use super::super::exit::{Complaint, Exit, Failure};
use super::super::stdout;
use super::folder;
use crate::models;

/// Deletes the models of these names, and what was fetched of them.
pub fn run(args: &NamesArgs) -> Result<Exit, Failure> {
    let folder = folder()?;
    let mut exit = Exit::Ok;
    for name in &args.names {
        match models::delete(&folder, name) {
            Ok(deleted) => {
                let what = if deleted.model { "deleted" } else { "deleted what was fetched of it" };
                stdout::put(&format!("{name}: {what}\n"))?;
            }
            Err(error) => {
                let complaint = Complaint::new(error.to_string());
                let elsewhere = models::find().into_iter().find(|found| found.name == *name);
                match elsewhere {
                    Some(found) => complaint
                        .hint(format!("it lies in {}, which is not Hark's folder", found.path.display()))
                        .print(),
                    None => complaint.print(),
                }
                exit = exit.or(Exit::Failed);
            }
        }
    }
    Ok(exit)
}
