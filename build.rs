//! Where the page is split, leaves in the linked WebAssembly what the splitter reads: which
//! instructions and data refer to which functions.

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    if std::env::var_os("CARGO_FEATURE_SPLIT").is_some() {
        println!("cargo::rustc-link-arg-bins=--emit-relocs");
    }
}
