//! The form and the bytes, against the codec.
