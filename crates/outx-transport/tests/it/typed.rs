//! The typed client against the fake: what the service gives is read whole, in either generation.

use outx_model::{
    CommentPost, FetchCompany, FetchCompanyPosts, FetchConnections, FetchProfile, FetchProfilesPosts,
    LikePost, PollAnswer, SearchProfiles, SendConnectionRequest, SendMessage, TaskInput, TaskSnapshot,
};
use outx_service::{Choices, CompanyShape, Host, ProfileShape, ServiceConfig};
use outx_transport::{ApiKey, Client, Created, FakeTransport, LoginError, VirtualClock};
use std::sync::Arc;

fn setting(choices: Choices) -> (Arc<Host>, VirtualClock, Client) {
    let clock = VirtualClock::new("2026-03-02T09:00:00Z".parse().unwrap());
    let host = Arc::new(Host::in_memory(ServiceConfig { choices, ..ServiceConfig::default() }));
    let fake = FakeTransport::new(host.clone(), Arc::new(clock.clone()));
    let client = Client::new(Arc::new(fake), Arc::new(clock.clone()), "team".into(), ApiKey::new("k").ok());
    (host, clock, client)
}

/// The task's end, and its output as its type.
async fn done<I: TaskInput>(client: &Client, created: Created) -> (TaskSnapshot, I::Output) {
    let Created::Accepted(ticket) = created else { panic!("{created:?}") };
    assert_eq!(ticket.endpoint, I::ENDPOINT);
    let answer = client.poll(&ticket.id).await.unwrap();
    let PollAnswer::Snapshot(task) = answer else { panic!("{answer:?}") };
    let output = task.read::<I>(&ticket).unwrap();
    (task, output)
}

/// Calls a typed method and reads its task.
macro_rules! call {
    ($client:ident.$method:ident($type:ident $fields:tt)) => {{
        let created = $client.$method(&$type $fields).await.unwrap();
        done::<$type>(&$client, created).await
    }};
}

#[test]
fn what_one_call_gives_is_what_the_next_one_takes() {
    let (_, clock, client) = setting(Choices::default());
    let calls = async {
        let (_, found) = call!(
            client.search_profiles(SearchProfiles { title: Some("Engineer".into()), ..Default::default() })
        );
        let slug = found.profiles[0].profile_slug.clone().unwrap();
        let (raw, ada) =
            call!(client.fetch_profile(FetchProfile { profile_slug: format!("linkedin.com/in/{slug}") }));
        assert_eq!(raw.output["profile"]["full_name"].as_str(), ada.full_name.as_deref());
        assert_eq!((ada.profile_slug, &ada.profile_urn), (Some(slug), &found.profiles[0].profile_urn));
        assert!(!ada.positions.is_empty() && ada.other.is_empty(), "{:?}", ada.other);
        let urn = ada.profile_urn.unwrap();

        let (_, theirs) =
            call!(client.fetch_profiles_posts(FetchProfilesPosts { profile_urns: vec![urn.clone()] }));
        assert!(
            theirs.posts.iter().all(|post| post.other.is_empty() && post.author_urn.as_ref() == Some(&urn))
        );
        let (_, company) = call!(client.fetch_company(FetchCompany { company_slug: "fjord-labs".into() }));
        assert!(company.name.is_some() && company.other.is_empty(), "{company:?}");
        let (_, posts) =
            call!(client.fetch_company_posts(FetchCompanyPosts { company_slug: "fjord-labs".into() }));
        let post = posts.posts[0].social_urn.clone().unwrap();

        let number = post.rsplit(':').next().unwrap();
        let address = format!("https://www.linkedin.com/posts/fjord_x-activity-{number}-ab");
        let (task, liked) = call!(client.like_post(LikePost { social_urn: address }));
        assert_eq!((task.input["social_urn"].as_str(), liked.sent), (Some(post.as_str()), Some(true)));
        let (_, said) =
            call!(client.comment_post(CommentPost { social_urn: post, comment_text: "Well said.".into() }));
        assert_eq!(said.sent, Some(true));
        let (_, invited) =
            call!(client.send_connection_request(SendConnectionRequest { profile_urn: urn, note: None }));
        assert_eq!(invited.sent, Some(true));

        let (_, page) =
            call!(client.fetch_connections(FetchConnections { count: Some(2), ..Default::default() }));
        assert_eq!((page.total, page.connections.len()), (Some(2), 2));
        assert!(page.other.is_empty() && page.connections.iter().all(|person| person.other.is_empty()));
        let friend = page.connections[0].entity_urn.clone().unwrap();
        let (_, sent) =
            call!(client.send_message(SendMessage { recipient_urn: friend, message: "Hello".into() }));
        assert_eq!(sent.sent, Some(true));
    };
    clock.simulate(calls).unwrap();
}

#[test]
fn either_generation_reads_alike() {
    let mut read = Vec::new();
    for (profile, company) in
        [(ProfileShape::Nested, CompanyShape::Nested), (ProfileShape::Flat, CompanyShape::Flat)]
    {
        let (_, clock, client) = setting(Choices { profile, company, ..Choices::default() });
        let calls = async {
            let (_, ada) = call!(client.fetch_profile(FetchProfile { profile_slug: "ada-example".into() }));
            let (_, fjord) = call!(client.fetch_company(FetchCompany { company_slug: "fjord-labs".into() }));
            (ada.full_name.unwrap(), ada.headline.unwrap(), fjord)
        };
        read.push(clock.simulate(calls).unwrap());
    }
    assert_eq!(read[0], read[1]);
}

#[test]
fn a_task_that_did_not_complete_has_no_output_of_its_type() {
    let (_, clock, client) = setting(Choices::default());
    let calls = async {
        let search = SearchProfiles { title: Some("Engineer".into()), count: Some(50), ..Default::default() };
        let (_, found) = call!(client.search_profiles(SearchProfiles { ..search }));
        let stranger = found.profiles.into_iter().find(|person| person.connection_degree == Some(3)).unwrap();
        let message = SendMessage { recipient_urn: stranger.profile_urn.unwrap(), message: "Hello".into() };
        let Created::Accepted(ticket) = client.send_message(&message).await.unwrap() else {
            panic!("refused")
        };
        (client.poll(&ticket.id).await.unwrap(), ticket)
    };
    let (PollAnswer::Snapshot(task), ticket) = clock.simulate(calls).unwrap() else { panic!("no snapshot") };
    let error = task.read::<SendMessage>(&ticket).unwrap_err().to_string();
    assert!(error.contains("failed") && error.contains("1st-degree"), "{error}");
}

#[test]
fn a_like_is_not_read_as_a_profile() {
    let (_, clock, client) = setting(Choices::default());
    let calls = async {
        let like = LikePost { social_urn: "urn:li:activity:7000000000000000001".into() };
        let Created::Accepted(ticket) = client.like_post(&like).await.unwrap() else { panic!("refused") };
        (client.poll(&ticket.id).await.unwrap(), ticket)
    };
    let (PollAnswer::Snapshot(task), ticket) = clock.simulate(calls).unwrap() else { panic!("no snapshot") };
    assert_eq!(task.read::<LikePost>(&ticket).unwrap().sent, Some(true));
    let error = task.read::<FetchProfile>(&ticket).unwrap_err().to_string();
    assert!(error.contains("made by like-post"), "{error}");
}

#[test]
fn a_mailed_code_becomes_a_key_that_works() {
    let (host, clock, client) = setting(Choices::default());
    let address = "grace@new.example";
    clock.simulate(client.send_otp(address, Some("Grace New"))).unwrap().unwrap();
    let code = host.with(|service| service.mails().last().unwrap().code.clone());

    let wrong = if code == "000000" { "000001" } else { "000000" };
    let error = clock.simulate(client.verify_otp(address, wrong)).unwrap().unwrap_err();
    assert!(matches!(&error, LoginError::Refused { error, .. } if error.status == 401), "{error:?}");

    let login = clock.simulate(client.verify_otp(address, &code)).unwrap().unwrap();
    assert_eq!(login.user.full_name.as_deref(), Some("Grace New"));
    assert!(!format!("{login:?}").contains(login.key.expose()));
    let fake = FakeTransport::new(host, Arc::new(clock.clone()));
    let theirs = Client::new(Arc::new(fake), Arc::new(clock.clone()), "grace".into(), Some(login.key));
    let created = clock.simulate(theirs.fetch_connections(&FetchConnections::default())).unwrap().unwrap();
    assert!(matches!(created, Created::Accepted(_)), "{created:?}");
}
