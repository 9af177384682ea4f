//! A table whose places are numbers that are used again.

/// Values by place. Reaching one costs the same however many there are.
#[derive(Clone, Debug)]
pub(super) struct Slab<T> {
    places: Vec<Option<T>>,
    vacant: Vec<u32>,
}

impl<T> Default for Slab<T> {
    fn default() -> Self {
        Self {
            places: Vec::new(),
            vacant: Vec::new(),
        }
    }
}

impl<T> Slab<T> {
    pub(super) const fn len(&self) -> usize {
        self.places.len() - self.vacant.len()
    }

    /// Puts a value in; `None` where there are as many places as there can be.
    pub(super) fn insert(&mut self, value: T) -> Option<u32> {
        if let Some(place) = self.vacant.pop() {
            *self.places.get_mut(place as usize)? = Some(value);
            return Some(place);
        }
        let place = u32::try_from(self.places.len()).ok()?;
        self.places.push(Some(value));
        Some(place)
    }

    pub(super) fn remove(&mut self, place: u32) -> Option<T> {
        let value = self.places.get_mut(place as usize)?.take()?;
        self.vacant.push(place);
        Some(value)
    }

    pub(super) fn at(&self, place: u32) -> Option<&T> {
        self.places.get(place as usize)?.as_ref()
    }

    pub(super) fn at_mut(&mut self, place: u32) -> Option<&mut T> {
        self.places.get_mut(place as usize)?.as_mut()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_is_used_again_once_it_is_vacant() {
        let mut slab = Slab::default();
        assert_eq!(slab.insert('a'), Some(0));
        assert_eq!(slab.insert('b'), Some(1));
        assert_eq!(slab.remove(0), Some('a'));
        assert_eq!(slab.remove(0), None);
        assert_eq!(slab.at(0), None);
        assert_eq!(slab.len(), 1);
        assert_eq!(slab.insert('c'), Some(0));
        assert_eq!(slab.at_mut(0), Some(&mut 'c'));
        assert_eq!(slab.at(7), None);
    }
}
