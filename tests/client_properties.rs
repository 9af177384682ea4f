//! Whatever the application, the Server and time do, some things always hold. They are checked
//! after each step of the script: see `common/script.rs`.

#[expect(unreachable_pub, reason = "the fuzz target uses it too")]
#[path = "common/script.rs"]
mod script;

use proptest::prelude::*;

proptest! {
    #![proptest_config(ProptestConfig {
        cases: 2_000,
        failure_persistence: None,
        ..ProptestConfig::default()
    })]

    #[test]
    fn no_script_breaks_the_client(script in prop::collection::vec(any::<u8>(), 0..600)) {
        script::run(&script);
    }
}
