//! Where the lanes stand on a screen of some width. Lengths are CSS pixels.

use super::lanes::Lane;
use super::marks::SLOTS;

/// Below this width little is shown of the time, and lanes stand close.
const NARROW: f64 = 560.0;

/// From one bracket to the next beside it.
pub const SLOT: f64 = 5.0;

/// From a lane to its first bracket.
pub const BRACKET: f64 = 9.0;

/// Where the lanes stand.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Geometry {
    /// Whether there is little room.
    pub is_narrow: bool,
    /// How wide the column of times is, which stays where it is.
    pub times: f64,
    /// The middle of each lane, from the left edge of what is scrolled.
    pub lanes: Vec<f64>,
    /// From one lane to the next.
    pub gap: f64,
    /// How wide all of it is; more than the screen where it is scrolled sideways.
    pub width: f64,
}

impl Geometry {
    /// Lays lanes out on a screen that is `width` wide.
    pub fn new(width: f64, lanes: &[Lane]) -> Self {
        let is_narrow = width < NARROW;
        let (times, least, most) = if is_narrow {
            (46.0, 104.0, 160.0)
        } else {
            (92.0, 190.0, 340.0)
        };
        let brackets = BRACKET + SLOTS as f64 * SLOT;
        let side = if is_narrow { 34.0 } else { brackets + 34.0 };
        let gaps = lanes.len().saturating_sub(1) as f64;
        let room = width - times - 2.0 * side;
        let gap = if gaps > 0.0 {
            (room / gaps).clamp(least, most)
        } else {
            least
        };
        let whole = (times + 2.0 * side + gaps * gap).max(width);
        // What is left over stands on both sides.
        let left = times + (whole - times - gaps * gap) / 2.0;
        let place = |place| f64::round(left + f64::from(place) * gap);
        let count = u32::try_from(lanes.len()).unwrap_or(u32::MAX);
        Self {
            is_narrow,
            times,
            lanes: (0..count).map(place).collect(),
            gap,
            width: whole,
        }
    }

    /// The middle of a lane.
    pub fn lane(&self, place: usize) -> f64 {
        self.lanes.get(place).copied().unwrap_or_default()
    }

    /// Where the label of what goes from one lane to another stands: in the gap beside the lane of
    /// the client, which is the one that is no Server's.
    pub fn label(&self, from: usize, to: usize, lanes: &[Lane]) -> f64 {
        let is_server = |place: usize| lanes.get(place).is_some_and(Lane::is_server);
        let (client, server) = if is_server(from) {
            (to, from)
        } else {
            (from, to)
        };
        let step = if server > client { 0.5 } else { -0.5 };
        self.lane(client) + step * self.gap
    }

    /// How many characters of some width fit into a gap, with room to the lanes.
    pub fn characters(&self, width: f64) -> usize {
        let fitting = (self.gap - 12.0) / width.max(1.0);
        fitting.max(4.0) as usize
    }
}

#[cfg(test)]
mod tests {
    use super::super::LaneKey;
    use super::*;
    use crate::lab::ClientKey;

    fn lanes() -> Vec<Lane> {
        let lane = |key, name: &str| Lane {
            key,
            name: name.to_owned(),
            title: String::new(),
            hue: None,
            is_left: true,
        };
        vec![
            lane(LaneKey::Client(ClientKey::new(1)), "alice"),
            lane(LaneKey::Server(0), "Lab broker"),
            lane(LaneKey::Client(ClientKey::new(2)), "bob"),
        ]
    }

    #[test]
    fn three_lanes_fit_on_a_telephone() {
        // With room for two scroll bars.
        let geometry = Geometry::new(330.0, &lanes());
        assert!(geometry.is_narrow);
        assert!(geometry.width <= 330.0, "{geometry:?}");
        assert!(geometry.characters(6.6) >= "PUBLISH 17".len());
    }

    #[test]
    fn many_lanes_are_wider_than_the_screen_and_none_is_left_of_it() {
        let many: Vec<_> = lanes().into_iter().cycle().take(40).collect();
        for width in [0.0, 360.0, 1_440.0] {
            let geometry = Geometry::new(width, &many);
            assert!(geometry.width > 1_440.0);
            assert!(geometry.lane(0) > geometry.times);
            assert!(geometry.lane(39) < geometry.width);
        }
    }

    #[test]
    fn a_label_stands_beside_the_client_whichever_way_it_goes() {
        let lanes = lanes();
        let geometry = Geometry::new(1_000.0, &lanes);
        let middle = |one: usize, other: usize| (geometry.lane(one) + geometry.lane(other)) / 2.0;
        assert_eq!(geometry.label(0, 1, &lanes), middle(0, 1));
        assert_eq!(geometry.label(1, 0, &lanes), middle(0, 1));
        assert_eq!(geometry.label(1, 2, &lanes), middle(1, 2));
    }
}
