//! The whole page over a network that the test plays.

use leptos::prelude::*;
use mqtt_lab::codec::ControlPacketType;
use mqtt_lab::ui::App;
use web_sys::Element;

use crate::page::{Mounted, appears, choose, fill, find, frame, mount_bare, select, text, until};
use crate::server::{Network, Server};

/// The page as `trunk` builds it, without its loader.
pub(crate) struct LabPage {
    pub(crate) network: Network,
    mounted: Mounted,
}

impl LabPage {
    /// A first visit: nothing is stored.
    pub(crate) async fn open() -> Self {
        window().local_storage().unwrap().unwrap().clear().unwrap();
        let page = Self::open_again().await;
        page.choose_a_server_outside().await;
        page
    }

    /// Leads the connection out of the page: the network is played here, and the broker in the page
    /// needs none.
    pub(crate) async fn choose_a_server_outside(&self) {
        let broker = find(&self.region("Connection"), "combobox", "Broker");
        choose(&broker, "0");
        frame().await;
    }

    /// Opens everything that can be opened in a region. What is in it is made then.
    pub(crate) async fn unfold(&self, region: &str) {
        for details in select(&self.region(region), "details") {
            details.set_attribute("open", "").unwrap();
            let body = format!("{region} has unfolded");
            until(&body, || {
                let body = select(&details, ".disclosure__body").remove(0);
                body.child_element_count() > 0
            })
            .await;
        }
    }

    /// A later visit.
    pub(crate) async fn open_again() -> Self {
        let network = Network::scripted();
        let mounted = mount_bare(|| view! { <App /> }.into_any());
        frame().await;
        Self { network, mounted }
    }

    pub(crate) fn root(&self) -> &Element {
        self.mounted.host()
    }

    pub(crate) fn region(&self, name: &str) -> Element {
        find(self.root(), "region", name).into()
    }

    /// Presses `Connect` and answers until the client is connected; CONNECT has been sent then.
    pub(crate) async fn connect(&self) -> Server {
        find(&self.region("Connection"), "button", "Connect").click();
        let server = self.network.server(0).await;
        server.accept();
        let sent = server.sent(1, |packet| packet.packet_type()).await;
        assert_eq!(sent, ControlPacketType::Connect);
        server.connack();
        self.shows_state("connected").await;
        server
    }

    /// Fills in the form for a new subscription and sends it.
    pub(crate) async fn subscribe(&self, filter: &str) {
        let panel = self.region("Subscriptions");
        find(&panel, "button", "Add New Topic Subscription").click();
        let form = appears(&panel, "form", "New subscription").await;
        fill(&find(&form, "textbox", "Topic"), filter);
        find(&form, "button", "Subscribe").click();
        frame().await;
    }

    /// The words of the state line that are read out.
    pub(crate) fn state(&self) -> String {
        let states = select(&self.region("Connection"), "[role=status]");
        assert_eq!(states.len(), 1, "one state is read out");
        text(&states[0])
    }

    pub(crate) async fn shows_state(&self, state: &str) {
        until(&format!("the state is {state:?}"), || self.state() == state).await;
    }

    /// Waits until the page says `words` somewhere in `region`.
    pub(crate) async fn says(&self, region: &str, words: &str) {
        until(&format!("{region} says {words:?}"), || {
            text(&self.region(region)).contains(words)
        })
        .await;
    }

    /// Waits until the page says `words` anywhere.
    pub(crate) async fn says_anywhere(&self, words: &str) {
        until(&format!("the page says {words:?}"), || {
            text(self.root()).contains(words)
        })
        .await;
    }
}
