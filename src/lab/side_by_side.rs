//! Which clients are shown side by side.

use super::{ClientKey, Lab, LabClient};

impl Lab {
    /// The clients that are shown, where `pair` is to stand side by side: these two in the order of
    /// the list of clients, or the selected one alone.
    pub fn shown_clients(&self, pair: Option<[ClientKey; 2]>) -> Vec<ClientKey> {
        let selected = self.selected().map(LabClient::key);
        let is_shown = |client: &ClientKey| match pair {
            Some(pair) if selected.is_some_and(|selected| pair.contains(&selected)) => {
                pair.contains(client)
            }
            _ => selected == Some(*client),
        };
        self.clients()
            .map(LabClient::key)
            .filter(is_shown)
            .collect()
    }

    /// What becomes of a pair when another client may have been selected, or one removed: `before`
    /// was selected until now, and gives its place to the one that is. `None` where only one is
    /// left.
    pub fn pair_after(
        &self,
        pair: [ClientKey; 2],
        before: Option<ClientKey>,
    ) -> Option<[ClientKey; 2]> {
        let selected = self.selected().map(LabClient::key)?;
        let is_there = |client: &ClientKey| self.client(*client).is_some();
        if pair.contains(&selected) {
            return pair.iter().all(is_there).then_some(pair);
        }
        let mut others = pair.into_iter();
        let other = others.find(|client| is_there(client) && Some(*client) != before)?;
        Some([other, selected])
    }
}

#[cfg(test)]
mod tests {
    use crate::lab::{ClientKey, Command, Environment, Lab};
    use crate::time::Instant;

    fn tell(lab: &mut Lab, command: Command) {
        lab.handle_command(command, Instant::ORIGIN).unwrap();
    }

    fn of_three() -> (Lab, [ClientKey; 3]) {
        let mut lab = Lab::new(Environment::default());
        tell(&mut lab, Command::AddClient);
        tell(&mut lab, Command::AddClient);
        let keys: Vec<ClientKey> = lab.clients().map(|client| client.key()).collect();
        (lab, keys.try_into().unwrap())
    }

    #[test]
    fn a_pair_stands_in_the_order_of_the_list_whoever_is_selected() {
        let (mut lab, [alice, bob, carol]) = of_three();
        for client in [alice, bob] {
            tell(&mut lab, Command::SelectClient { client });
            assert_eq!(lab.shown_clients(None), [client]);
            assert_eq!(lab.shown_clients(Some([bob, alice])), [alice, bob]);
            assert_eq!(lab.shown_clients(Some([alice, bob])), [alice, bob]);
            assert_eq!(lab.pair_after([alice, bob], Some(bob)), Some([alice, bob]));
        }
        tell(&mut lab, Command::SelectClient { client: carol });
        assert_eq!(lab.shown_clients(Some([alice, bob])), [carol]);
    }

    #[test]
    fn another_one_takes_the_place_of_who_was_selected() {
        let (mut lab, [alice, bob, carol]) = of_three();
        tell(&mut lab, Command::SelectClient { client: carol });
        assert_eq!(
            lab.pair_after([alice, bob], Some(alice)),
            Some([bob, carol])
        );
        assert_eq!(
            lab.pair_after([alice, bob], Some(bob)),
            Some([alice, carol])
        );
        assert_eq!(lab.pair_after([alice, bob], None), Some([alice, carol]));
    }

    #[test]
    fn whose_neighbour_is_removed_stands_alone() {
        let (mut lab, [alice, bob, carol]) = of_three();
        let pair = [bob, carol];
        // carol is selected, and bob goes.
        tell(&mut lab, Command::RemoveClient { client: bob });
        assert_eq!(lab.pair_after(pair, Some(carol)), None);
        assert_eq!(lab.shown_clients(Some(pair)), [carol]);
        // carol goes as well, and alice is selected.
        tell(&mut lab, Command::RemoveClient { client: carol });
        assert_eq!(lab.pair_after(pair, Some(carol)), None);
        assert_eq!(lab.shown_clients(Some(pair)), [alice]);
    }
}
