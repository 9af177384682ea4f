//! Whatever hostile Clients send, two Clients who behave are served as if they were alone, and the
//! broker stays within its limits: see `common/broker_script.rs`.

#[expect(unreachable_pub, reason = "the fuzz target uses it too")]
#[path = "common/broker_script.rs"]
mod script;

use proptest::prelude::*;

proptest! {
    #![proptest_config(ProptestConfig {
        cases: 1_000,
        failure_persistence: None,
        ..ProptestConfig::default()
    })]

    #[test]
    fn no_script_breaks_the_broker(script in prop::collection::vec(any::<u8>(), 0..600)) {
        // The same inputs give the same outputs, byte for byte.
        prop_assert_eq!(script::run(&script), script::run(&script));
    }
}

/// What the fuzz target begins with also runs without it.
#[test]
fn the_seeds_of_the_fuzz_target() {
    let seeds = concat!(env!("CARGO_MANIFEST_DIR"), "/fuzz/seeds/broker_input");
    let mut ran = 0;
    for seed in std::fs::read_dir(seeds).expect("the folder is there") {
        let seed = seed.expect("an entry").path();
        assert!(!script::run(&std::fs::read(seed).expect("a file")).is_empty());
        ran += 1;
    }
    assert!(ran >= 8, "{ran} seeds");
}
