//! The Client as a state machine without I/O.
