//! What a pane that can be split in two shows in each half.

/// The upper and the lower half; what is shown is shown once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Halves<P> {
    upper: Option<P>,
    /// Only beside an upper one.
    lower: Option<P>,
}

/// Which half.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Half {
    /// The upper one; where nothing is split, all of it.
    Upper,
    /// The lower one.
    Lower,
}

impl<P> Default for Halves<P> {
    fn default() -> Self {
        Self {
            upper: None,
            lower: None,
        }
    }
}

impl<P: Copy + PartialEq> Halves<P> {
    /// What a half shows.
    pub fn at(&self, half: Half) -> Option<P> {
        match half {
            Half::Upper => self.upper,
            Half::Lower => self.lower,
        }
    }

    /// Whether anything is shown.
    pub fn is_open(&self) -> bool {
        self.upper.is_some()
    }

    /// Whether there are two halves.
    pub fn is_split(&self) -> bool {
        self.lower.is_some()
    }

    /// Whether this is shown in one of them.
    pub fn shows(&self, pane: P) -> bool {
        self.upper == Some(pane) || self.lower == Some(pane)
    }

    /// Shows `pane`, in the lower half where there are two: the upper one stays what it is.
    pub fn show(&mut self, pane: P) {
        if self.shows(pane) {
            return;
        }
        let place = if self.is_split() {
            &mut self.lower
        } else {
            &mut self.upper
        };
        *place = Some(pane);
    }

    /// Shows `pane` in this half; what stood there goes to the other one if that showed `pane`.
    pub fn choose(&mut self, half: Half, pane: P) {
        if self.is_split() && self.shows(pane) {
            if self.at(half) != Some(pane) {
                core::mem::swap(&mut self.upper, &mut self.lower);
            }
        } else if half == Half::Lower && self.is_split() {
            self.lower = Some(pane);
        } else {
            self.upper = Some(pane);
        }
    }

    /// Shows `pane` under what is shown already.
    pub fn split(&mut self, pane: P) {
        if self.is_open() && !self.shows(pane) {
            self.lower = Some(pane);
        } else {
            self.show(pane);
        }
    }

    /// Closes one half; the other has all the room then.
    pub fn close(&mut self, half: Half) {
        if half == Half::Upper {
            self.upper = self.lower;
        }
        self.lower = None;
    }

    /// Shows `pane`, or closes the half that does.
    pub fn toggle(&mut self, pane: P) {
        if self.upper == Some(pane) {
            self.close(Half::Upper);
        } else if self.lower == Some(pane) {
            self.close(Half::Lower);
        } else {
            self.show(pane);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn halves(upper: char, lower: Option<char>) -> Halves<char> {
        Halves {
            upper: Some(upper),
            lower,
        }
    }

    fn after(before: Halves<char>, change: impl FnOnce(&mut Halves<char>)) -> Halves<char> {
        let mut halves = before;
        change(&mut halves);
        halves
    }

    #[test]
    fn one_is_shown_and_closed() {
        let closed = Halves::<char>::default();
        assert!(!closed.is_open());
        let open = after(closed, |halves| halves.toggle('a'));
        assert_eq!(open, halves('a', None));
        assert_eq!(after(open, |open| open.toggle('b')), halves('b', None));
        assert_eq!(after(open, |open| open.toggle('a')), closed);
        assert_eq!(after(closed, |closed| closed.split('a')), open);
    }

    #[test]
    fn a_second_one_stands_below_and_nothing_stands_twice() {
        let one = halves('a', None);
        let two = after(one, |one| one.split('b'));
        assert_eq!(two, halves('a', Some('b')));
        assert_eq!(after(one, |one| one.split('a')), one);
        // A third takes the place of the lower one; what is there stays.
        assert_eq!(after(two, |two| two.show('c')), halves('a', Some('c')));
        assert_eq!(after(two, |two| two.show('a')), two);
        assert_eq!(after(two, |two| two.toggle('a')), halves('b', None));
        assert_eq!(after(two, |two| two.toggle('b')), one);
        assert_eq!(after(two, |two| two.close(Half::Upper)), halves('b', None));
        assert_eq!(after(two, |two| two.close(Half::Lower)), one);
    }

    #[test]
    fn tabs_choose_and_change_places() {
        let two = halves('a', Some('b'));
        let choose = |half, pane| after(two, |two| two.choose(half, pane));
        assert_eq!(choose(Half::Upper, 'a'), two);
        assert_eq!(choose(Half::Lower, 'b'), two);
        assert_eq!(choose(Half::Upper, 'b'), halves('b', Some('a')));
        assert_eq!(choose(Half::Lower, 'a'), halves('b', Some('a')));
        assert_eq!(choose(Half::Upper, 'c'), halves('c', Some('b')));
        assert_eq!(choose(Half::Lower, 'c'), halves('a', Some('c')));
        let one = after(halves('a', None), |one| one.choose(Half::Upper, 'c'));
        assert_eq!(one, halves('c', None));
    }
}
