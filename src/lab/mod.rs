//! The whole lab without a screen.
