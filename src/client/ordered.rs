//! Sorting by a number, compiled once for all types.

/// `items` in the order of a number each of them has; equals stay in the order they came in.
///
/// What is sorted is the numbers and places alone: the sort of the standard library is compiled
/// anew for every type, and each time costs the page more than all of this.
pub(crate) fn in_order<T>(items: Vec<T>, number: impl Fn(&T) -> u64) -> Vec<T> {
    let mut places: Vec<(u64, usize)> = items.iter().map(number).zip(0..).collect();
    places.sort_unstable();
    let mut items: Vec<Option<T>> = items.into_iter().map(Some).collect();
    let in_their_order = places.into_iter();
    in_their_order
        .filter_map(|(_, place)| items.get_mut(place)?.take())
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_decide_and_equals_stay_as_they_were() {
        let items = vec![
            (3, 'a'),
            (1, 'b'),
            (u64::MAX, 'c'),
            (1, 'd'),
            (0, 'e'),
            (3, 'f'),
        ];
        let ordered = in_order(items.clone(), |&(number, _)| number);
        let mut expected = items;
        expected.sort_by_key(|&(number, _)| number);
        assert_eq!(ordered, expected);
        assert!(in_order(Vec::<u64>::new(), |&number| number).is_empty());
    }

    #[test]
    fn many_are_ordered() {
        let scattered = (0..20_000_u64)
            .map(|index| index * 7_919 % 20_000)
            .collect();
        assert_eq!(
            in_order(scattered, |&number| number),
            (0..20_000).collect::<Vec<_>>()
        );
    }
}
