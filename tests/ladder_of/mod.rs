//! The ladder of a world, in shares of a few records, and what its rows say.

use mqtt_lab::lab::wire::ladder::{Ladder, LadderChoice};

use crate::lab_broker_world::World;

/// A ladder that has gone through all there is.
pub(crate) fn ladder_of(world: &World, choice: LadderChoice) -> Ladder {
    let mut ladder = Ladder::new(choice);
    while ladder.follow(&world.lab, 7) {}
    ladder
}

/// The rows of a ladder, in words without the time.
pub(crate) fn words(world: &World, ladder: &Ladder) -> Vec<String> {
    let lanes = ladder.lanes(&world.lab);
    let extent = ladder.extent();
    (extent.first..extent.end)
        .map(|number| {
            let mut words = ladder.words(&world.lab, &lanes, number).unwrap();
            words.time.clear();
            words.sentence()
        })
        .collect()
}
