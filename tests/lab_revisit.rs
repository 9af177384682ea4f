//! What a visit leaves to the next one: the clients of the page with their forms.

mod lab_world;

use lab_world::World;
use mqtt_lab::codec::ProtocolVersion;
use mqtt_lab::lab::{CLIENTS_KEY, ClientKey, Command, Environment, StorageError};

/// The page is loaded again, at an address with this query.
fn reload(world: &World, query: &[(&str, &str)]) -> World {
    let query = query
        .iter()
        .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
    World::with(Environment {
        seed: 8,
        stored: Ok(world.stored.clone().into_iter().collect()),
        query: query.collect(),
        ..Environment::default()
    })
}

fn names(world: &World) -> Vec<&str> {
    world.lab.clients().map(|client| client.name()).collect()
}

#[test]
fn clients_come_back_with_their_forms_and_without_passwords() {
    let mut world = World::new();
    assert!(world.stored.is_empty(), "a visit alone leaves nothing");
    world.edit("alice", |form| {
        form.host = "broker.example".to_owned();
        form.port = "9001".to_owned();
        form.client_id = "mine".to_owned();
        form.username = "me".to_owned();
        form.password = "secret".to_owned();
        form.version = ProtocolVersion::V5_0;
        form.will.topic = "status/mine".to_owned();
    });
    world.command(Command::AddClient).unwrap();
    let client = world.key("bob");
    let name = "greenhouse".to_owned();
    world
        .command(Command::RenameClient { client, name })
        .unwrap();
    assert!(!world.stored[CLIENTS_KEY].contains("secret"));

    let mut again = reload(&world, &[]);
    assert_eq!(names(&again), ["alice", "greenhouse"]);
    assert_eq!(again.lab.selected().unwrap().name(), "alice");
    let mut expected = world.client("alice").connection_form().clone();
    expected.password.clear();
    assert_eq!(*again.client("alice").connection_form(), expected);
    assert_eq!(again.line("alice").status, "disconnected");

    let client = again.key("greenhouse");
    again.command(Command::RemoveClient { client }).unwrap();
    assert_eq!(names(&reload(&again, &[])), ["alice"]);
}

#[test]
fn a_password_is_kept_only_while_that_is_asked_for() {
    let mut world = World::new();
    world.edit("alice", |form| {
        form.password = "secret".to_owned();
        form.remember_password = true;
    });
    let again = reload(&world, &[]);
    assert_eq!(again.client("alice").connection_form().password, "secret");
    world.edit("alice", |form| form.remember_password = false);
    assert!(!world.stored[CLIENTS_KEY].contains("secret"));
    assert_eq!(
        world.client("alice").connection_form().password,
        "secret",
        "it holds until the page is closed"
    );
}

#[test]
fn a_made_up_client_identifier_comes_back_only_where_a_session_may_wait_under_it() {
    let mut world = World::new();
    world.edit("alice", |form| form.keep_alive = "30".to_owned());
    let client_id = |world: &World| world.client("alice").connection_form().client_id.clone();
    // Two tabs of this page must not take the session from each other.
    let other = client_id(&reload(&world, &[]));
    assert_ne!(other, client_id(&world));
    assert!(other.starts_with("clientId-"));
    world.edit("alice", |form| form.clean_session = false);
    assert_eq!(client_id(&reload(&world, &[])), client_id(&world));
}

#[test]
fn an_address_that_names_a_host_is_given_nothing_of_earlier_visits() {
    let mut world = World::new();
    world.edit("alice", |form| {
        form.path = "/other".to_owned();
        form.username = "me".to_owned();
        form.password = "secret".to_owned();
        form.remember_password = true;
    });
    let again = reload(&world, &[("host", "elsewhere.example")]);
    let form = again.client("alice").connection_form();
    assert_eq!(form.host, "elsewhere.example");
    assert_eq!(
        (&*form.path, &*form.username, &*form.password),
        ("/mqtt", "", "")
    );
    let again = reload(&world, &[("topic", "a/b")]);
    assert_eq!(again.client("alice").connection_form().username, "me");
}

#[test]
fn what_cannot_be_used_of_it_is_said_and_the_page_starts_as_ever() {
    for json in ["{\"version\":", "{\"version\":1,\"clients\":7}", "[]"] {
        let mut world = World::new();
        world.stored.insert(CLIENTS_KEY.to_owned(), json.to_owned());
        let again = reload(&world, &[]);
        assert_eq!(names(&again), ["alice"], "{json}");
        assert_eq!(again.lab.notices().iter().count(), 1, "{json}");
    }
    let client = "{\"name\":\"a\",\"form\":{}}";
    let unnamed = "{\"name\":\"\",\"form\":{\"host\":\"h\"}}";
    let many = vec![client; 50].join(",");
    let json = format!("{{\"version\":1,\"clients\":[{unnamed},{many}]}}");
    let mut world = World::new();
    world.stored.insert(CLIENTS_KEY.to_owned(), json);
    let again = reload(&world, &[]);
    assert_eq!(again.lab.clients().len(), mqtt_lab::lab::CLIENTS_MAXIMUM);
    assert_eq!(again.client("alice").connection_form().host, "h");
}

#[test]
fn a_full_storage_is_said_once_and_not_at_every_key() {
    let mut world = World::new();
    let edit = |world: &mut World, host: &str| {
        let client: ClientKey = world.key("alice");
        let mut form = Box::new(world.client("alice").connection_form().clone());
        host.clone_into(&mut form.host);
        let command = Command::EditConnection { client, form };
        world.lab.handle_command(command, world.now).unwrap();
        let mut effects = 0;
        while world.lab.poll_effect().is_some() {
            effects += 1;
        }
        effects
    };
    assert_eq!(edit(&mut world, "a"), 1);
    let (now, full) = (world.now, Err(StorageError::Full));
    world.lab.handle_stored(CLIENTS_KEY, full, now);
    assert_eq!(edit(&mut world, "ab"), 0);
    assert_eq!(world.lab.notices().iter().count(), 1);
}

#[test]
fn a_link_that_says_where_to_connect_is_not_given_the_account_of_the_last_visit() {
    let mut world = World::new();
    world.edit("alice", |form| {
        form.host = "broker.example".to_owned();
        form.ssl = true;
        form.username = "me".to_owned();
        form.password = "secret".to_owned();
        form.remember_password = true;
    });
    for link in [
        ("ssl", "false"),
        ("port", "8000"),
        ("path", "/other"),
        ("host", "broker.example"),
    ] {
        let again = reload(&world, &[link]);
        let form = again.client("alice").connection_form();
        assert_eq!(
            (form.username.as_str(), form.password.as_str()),
            ("", ""),
            "{link:?}"
        );
    }
    let again = reload(&world, &[("topic", "a/b")]);
    assert_eq!(
        again.client("alice").connection_form().password,
        "secret",
        "a link that says nothing of the server leaves the form as it was"
    );
}
