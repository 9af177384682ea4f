//! The form and the bytes of a packet, each following the other.

use super::form::{FormFault, NotDescribed, PacketForm};
use super::hex_text::{HexTextError, read_hex, write_hex};
use super::presets::Preset;
use crate::client::{Framing, Piece, PieceKind, pieces};
use crate::codec::ProtocolVersion;
use crate::lab::trace::Direction;
use crate::lab::wire::inspect::{Inspection, inspect};

/// What the builder holds: a form, bytes in hexadecimal, and what went before.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Builder {
    form: PacketForm,
    hex: String,
    bytes: Result<Vec<u8>, HexTextError>,
    described: Described,
    faults: Vec<FormFault>,
    preset: Option<Preset>,
    past: Vec<Past>,
}

/// Whether the form tells what the bytes are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Described {
    /// It does: written, it gives these bytes.
    Yes,
    /// What was typed into the form stands for no bytes; the bytes are those from before.
    FormIsWrong,
    /// The bytes were changed, and no form gives them.
    BytesAreOther(NotDescribed),
    /// What was typed as bytes is not hexadecimal.
    NotHexadecimal,
}

/// How it was before a change that is not typed letter by letter.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Past {
    form: PacketForm,
    hex: String,
    preset: Option<Preset>,
}

/// How many changes can be taken back.
const PAST_MAXIMUM: usize = 50;

impl Builder {
    /// A builder that holds a valid PUBLISH of QoS 1.
    pub fn new(version: ProtocolVersion) -> Self {
        let mut builder = Self {
            form: PacketForm::new(0, version),
            hex: String::new(),
            bytes: Ok(Vec::new()),
            described: Described::Yes,
            faults: Vec::new(),
            preset: None,
            past: Vec::new(),
        };
        builder.choose(Preset::ValidPublish);
        builder.past.clear();
        builder
    }

    /// The form. Where [`described`](Self::described) says that the bytes are others, it is the one
    /// from before.
    pub fn form(&self) -> &PacketForm {
        &self.form
    }

    /// The bytes as typed or written.
    pub fn hex(&self) -> &str {
        &self.hex
    }

    /// The bytes.
    ///
    /// # Errors
    ///
    /// What was typed is not hexadecimal.
    pub fn bytes(&self) -> Result<&[u8], HexTextError> {
        self.bytes.as_deref().map_err(|error| *error)
    }

    /// The bytes taken apart, of several packets the first, as they are read in `version`. A field that
    /// is cut off is cut off here too.
    pub fn inspection(&self, version: ProtocolVersion) -> Option<Inspection> {
        let bytes = self.bytes.as_deref().ok()?;
        let (pieces, _) = pieces(bytes, Framing::Whole);
        let first = pieces.first()?;
        Some(inspect(first.bytes, version, Some(Direction::Sent)))
    }

    /// Whether the form tells what the bytes are.
    pub fn described(&self) -> Described {
        self.described
    }

    /// What was typed into the form and stands for no bytes.
    pub fn form_faults(&self) -> &[FormFault] {
        &self.faults
    }

    /// The preset that was chosen last, as long as its packet's type is built.
    pub fn preset(&self) -> Option<Preset> {
        self.preset
    }

    /// Takes over a form that was typed into, and writes its bytes. Bytes that were typed and that
    /// the form did not describe can be had back by [`undo`](Self::undo).
    pub fn edit(&mut self, form: PacketForm) {
        let is_other_packet =
            form.packet_type != self.form.packet_type || form.version != self.form.version;
        let overwrites = !matches!(self.described, Described::Yes | Described::FormIsWrong);
        if is_other_packet || overwrites || form.items() != self.form.items() {
            self.remember();
        }
        if is_other_packet {
            self.preset = None;
        }
        self.form = form;
        self.write();
    }

    /// Takes over bytes that were typed, and reads the form from them where one gives them.
    pub fn type_hex(&mut self, hex: String) {
        if self.described == Described::Yes {
            // One step back for all that is typed until the form is used again.
            let is_same = self.past.last().is_some_and(|past| past.form == self.form);
            if !is_same {
                self.remember();
            }
        }
        self.hex = hex;
        self.bytes = read_hex(&self.hex);
        let is_unfinished = self.bytes.as_deref().is_ok_and(|bytes| {
            let (pieces, _) = pieces(bytes, Framing::Whole);
            let is_whole = |piece: &Piece<'_>| !matches!(piece.kind, PieceKind::Unfinished(_));
            pieces.len() == 1 && !pieces.iter().all(is_whole)
        });
        if is_unfinished {
            // The form waits for the rest, or it would change with every byte.
            self.faults.clear();
            self.described = Described::BytesAreOther(NotDescribed::Unfinished);
        } else {
            self.read();
        }
    }

    /// Writes the bytes anew from the form.
    pub fn reset(&mut self) {
        self.remember();
        self.write();
    }

    /// Takes an example.
    pub fn choose(&mut self, preset: Preset) {
        self.remember();
        self.preset = Some(preset);
        let bytes = preset.bytes(self.form.version);
        self.hex = write_hex(&bytes);
        self.read();
    }

    /// Takes bytes from elsewhere, such as a packet that was sent before.
    pub fn take(&mut self, bytes: &[u8], version: ProtocolVersion) {
        self.remember();
        self.preset = None;
        self.form.version = version;
        self.hex = write_hex(bytes);
        self.read();
    }

    /// Whether there is something to take back.
    pub fn can_undo(&self) -> bool {
        !self.past.is_empty()
    }

    /// Takes the latest change back that was not typed letter by letter.
    pub fn undo(&mut self) {
        let Some(past) = self.past.pop() else {
            return;
        };
        self.preset = past.preset;
        self.hex = past.hex;
        self.form = past.form;
        let version = self.form.version;
        self.read();
        // The form that was there, also where its bytes are others.
        self.form.version = version;
    }

    fn remember(&mut self) {
        let past = Past {
            form: self.form.clone(),
            hex: self.hex.clone(),
            preset: self.preset,
        };
        if self.past.last() == Some(&past) {
            return;
        }
        if self.past.len() >= PAST_MAXIMUM {
            self.past.remove(0);
        }
        self.past.push(past);
    }

    fn write(&mut self) {
        match self.form.write() {
            Ok(bytes) => {
                self.hex = write_hex(&bytes);
                self.bytes = Ok(bytes);
                self.faults.clear();
                self.described = Described::Yes;
            }
            Err(faults) => {
                self.faults = faults;
                self.described = Described::FormIsWrong;
            }
        }
    }

    fn read(&mut self) {
        self.faults.clear();
        self.bytes = read_hex(&self.hex);
        self.described = match &self.bytes {
            Err(_) => Described::NotHexadecimal,
            Ok(bytes) => match PacketForm::read(bytes, self.form.version) {
                Ok(form) => {
                    self.form = form;
                    Described::Yes
                }
                Err(error) => Described::BytesAreOther(error),
            },
        };
    }
}
