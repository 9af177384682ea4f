//! Small, repeatable randomness for things that need not be secret, such as Client Identifiers.
//!
//! The seed is passed in, so that a run of the lab can be repeated exactly.

/// The SplitMix64 generator: the same seed gives the same numbers. Not for secrets.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SplitMix64 {
    state: u64,
}

impl SplitMix64 {
    /// A generator that begins at `seed`; any value will do.
    pub const fn new(seed: u64) -> Self {
        Self { state: seed }
    }

    /// The next number, each of the 2^64 equally likely.
    pub const fn next_u64(&mut self) -> u64 {
        self.state = self.state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.state;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// A number from 0 to `bound` - 1, or 0 where `bound` is 0.
    ///
    /// The scaling favours some numbers by less than one in 2^32.
    pub const fn below(&mut self, bound: u32) -> u32 {
        let high_half = self.next_u64() >> 32;
        ((high_half * bound as u64) >> 32) as u32
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_published_numbers_for_seed_1234567() {
        let mut random = SplitMix64::new(1_234_567);
        let numbers: Vec<u64> = (0..5).map(|_| random.next_u64()).collect();
        assert_eq!(
            numbers,
            [
                6_457_827_717_110_365_317,
                3_203_168_211_198_807_973,
                9_817_491_932_198_370_423,
                4_593_380_528_125_082_431,
                16_408_922_859_458_223_821,
            ]
        );
    }

    #[test]
    fn numbers_stay_below_the_bound_and_reach_all_of_it() {
        let mut random = SplitMix64::new(7);
        let mut seen = [false; 62];
        for _ in 0..10_000 {
            seen[random.below(62) as usize] = true;
        }
        assert!(seen.iter().all(|&seen| seen));
        assert_eq!(random.below(0), 0);
        assert_eq!(random.below(1), 0);
    }
}
