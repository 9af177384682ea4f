//! A lab that begins with its forms alone: what needs more waits until it is there, and is told
//! where it does not come.

use mqtt_lab::lab::LinkEvent;
use mqtt_lab::lab::{
    BrokerChoice, ClientKey, Command, ConnectionForm, ConnectionPhase, Effect, EngineInPage,
    Environment, Lab, LabClient, LinkId, ServerInPage,
};
use mqtt_lab::time::Instant;

const NOW: Instant = Instant::ORIGIN;

fn lab() -> Lab {
    Lab::form_only(Environment {
        seed: 7,
        ..Environment::default()
    })
}

fn selected(lab: &Lab) -> ClientKey {
    lab.selected().map(LabClient::key).expect("there is one")
}

fn phase(lab: &Lab) -> ConnectionPhase {
    lab.selected().expect("there is one").phase()
}

fn times_asked(lab: &mut Lab) -> usize {
    core::iter::from_fn(|| lab.poll_effect())
        .filter(|effect| *effect == Effect::FetchEngine)
        .count()
}

fn type_host(lab: &mut Lab, host: &str) {
    let client = selected(lab);
    let form = ConnectionForm {
        host: host.to_owned(),
        ..lab
            .selected()
            .expect("there is one")
            .connection_form()
            .clone()
    };
    let form = Box::new(form);
    let command = Command::EditConnection { client, form };
    lab.handle_command(command, NOW)
        .expect("a form may be typed in");
}

fn connect(lab: &mut Lab) {
    let client = selected(lab);
    lab.handle_command(Command::Connect { client }, NOW)
        .expect("it waits");
}

#[test]
fn the_form_needs_nothing_else() {
    let mut lab = lab();
    type_host(&mut lab, "broker.test");
    lab.handle_command(Command::AddClient, NOW)
        .expect("room for two");
    let client = selected(&lab);
    let name = "bob".to_owned();
    lab.handle_command(Command::RenameClient { client, name }, NOW)
        .expect("a good name");
    let broker = BrokerChoice::LabBroker;
    lab.handle_command(Command::ChooseBroker { client, broker }, NOW)
        .expect("there is a lab broker");
    assert!(!lab.is_waiting_for_engine(client));
    assert_eq!(times_asked(&mut lab), 0);
    assert!(!lab.has_work());
    assert!(!lab.work(1_000));
}

#[test]
fn connecting_waits_and_is_done_when_the_rest_comes() {
    let mut lab = lab();
    type_host(&mut lab, "broker.test");
    let client = selected(&lab);
    connect(&mut lab);
    connect(&mut lab);
    assert!(lab.is_waiting_for_engine(client));
    assert_eq!(times_asked(&mut lab), 1, "asked for once");
    assert_eq!(phase(&lab), ConnectionPhase::Disconnected);
    // Nothing can come from a link that nobody has opened.
    lab.handle_link(LinkId::new(9), LinkEvent::Received(b"?"), NOW);
    lab.handle_timeout(NOW);

    lab.handle_engine(EngineInPage::new(), NOW);
    assert!(!lab.is_waiting_for_engine(client));
    assert_eq!(phase(&lab), ConnectionPhase::Opening);
    // The second is refused, and that is told.
    assert_eq!(lab.notices().iter().count(), 1);
    let opens = core::iter::from_fn(|| lab.poll_effect());
    let opens = opens.filter(|effect| matches!(effect, Effect::OpenLink { .. }));
    assert_eq!(opens.count(), 1);
}

#[test]
fn what_does_not_come_is_told_and_can_be_asked_for_again() {
    let mut lab = lab();
    type_host(&mut lab, "broker.test");
    // Fetched ahead, in vain: nobody has missed it.
    lab.handle_engine_failed(NOW);
    assert_eq!(lab.notices().iter().count(), 0);
    connect(&mut lab);
    lab.handle_engine_failed(NOW);
    let notice = lab.notices().iter().next().expect("a notice");
    assert!(notice.words.contains("could not be loaded"), "{notice:?}");
    assert!(!lab.is_waiting_for_engine(selected(&lab)));
    times_asked(&mut lab);
    connect(&mut lab);
    assert_eq!(times_asked(&mut lab), 1, "asked for again");
    lab.handle_engine(EngineInPage::new(), NOW);
    assert_eq!(phase(&lab), ConnectionPhase::Opening);
}

#[test]
fn the_lab_broker_may_come_first() {
    let mut lab = lab();
    let client = selected(&lab);
    let broker = BrokerChoice::LabBroker;
    lab.handle_command(Command::ChooseBroker { client, broker }, NOW)
        .expect("there is a lab broker");
    lab.handle_server(ServerInPage::new(), NOW);
    connect(&mut lab);
    assert_eq!(phase(&lab), ConnectionPhase::Disconnected);
    lab.handle_engine(EngineInPage::new(), NOW);
    assert_eq!(phase(&lab), ConnectionPhase::Connected);
}

#[test]
fn no_more_than_a_few_commands_wait() {
    let mut lab = lab();
    let client = selected(&lab);
    let mut refused = 0;
    for _ in 0..1_000 {
        refused += usize::from(
            lab.handle_command(Command::Connect { client }, NOW)
                .is_err(),
        );
    }
    assert!(refused > 900, "{refused}");
}
