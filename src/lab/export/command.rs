//! What the screen can ask about files of messages.

use super::{ExportScope, FileFormat};
use crate::lab::errand::CarryOut;
use crate::lab::refusal::Refusal;
use crate::lab::{ClientKey, Lab};

/// One thing a person does with a file; a [`Command`](crate::lab::Command) can be made of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FileCommand {
    /// Write messages to a file: [`Lab::export_view`] tells how far it is. One at a time.
    Export {
        /// Whose messages; also [`IMPORTED`](super::IMPORTED).
        client: ClientKey,
        /// The form of the file.
        format: FileFormat,
        /// Which of them.
        scope: ExportScope,
    },
    /// Give up the file that is being written.
    CancelExport,
    /// Begin to read a file of messages, in place of one that was read before. Its parts go to
    /// [`Lab::handle_import`].
    Import {
        /// The file's name.
        name: String,
        /// Its size in bytes.
        size: u64,
    },
    /// Read no more of the file; what was read stays.
    StopImport,
    /// Let go of the messages of the file.
    CloseImport,
}

impl CarryOut for FileCommand {
    fn client(&self) -> Option<ClientKey> {
        match self {
            Self::Export { client, .. } => Some(*client),
            _ => None,
        }
    }

    fn carry_out(self: Box<Self>, lab: &mut Lab) -> Result<(), Refusal> {
        match *self {
            Self::Export {
                client,
                format,
                scope,
            } => lab.export(client, format, scope)?,
            Self::CancelExport => lab.cancel_export()?,
            Self::Import { name, size } => lab.begin_import(name, size),
            Self::StopImport => lab.stop_import()?,
            Self::CloseImport => {
                lab.imported = None;
                lab.set_trace_budget();
            }
        }
        Ok(())
    }
}
