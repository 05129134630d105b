//! Finds a person, reads the profile and invites: a method and types for each endpoint, here against the fake, on a
//! clock that jumps. Put `HttpTransport::new(url)` and `SystemClock` in their places, and the same lines speak to
//! the real API.

#![expect(clippy::print_stdout, reason = "an example shows something")]

use outx_model::{FetchProfile, PollAnswer, SearchProfiles, SendConnectionRequest, TaskInput};
use outx_service::{Host, ServiceConfig};
use outx_transport::{ApiKey, Client, Created, FakeTransport, VirtualClock};
use std::error::Error;
use std::sync::Arc;
use std::time::Duration;

/// Waits for the end of a task and reads its output. `outx-poller` waits well; here every five seconds is good enough.
async fn end<I: TaskInput>(client: &Client, created: Created) -> Result<I::Output, Box<dyn Error>> {
    let Created::Accepted(ticket) = created else { return Err(format!("not accepted: {created:?}").into()) };
    loop {
        match client.poll(&ticket.id).await? {
            // Of a task that failed, the error tells why.
            PollAnswer::Snapshot(task) if task.status.is_end() => return Ok(task.read::<I>(&ticket)?),
            PollAnswer::Snapshot(_) => {}
            other => return Err(format!("no status: {other:?}").into()),
        }
        let clock = client.clock();
        clock.sleep_until(clock.now() + Duration::from_secs(5)).await;
    }
}

async fn invite(client: &Client) -> Result<(), Box<dyn Error>> {
    let search =
        SearchProfiles { title: Some("engineer".into()), count: Some(3), ..SearchProfiles::default() };
    let found = end::<SearchProfiles>(client, client.search_profiles(&search).await?).await?.profiles;
    for person in &found {
        println!(
            "found    {}, {}",
            person.name.as_deref().unwrap_or("?"),
            person.headline.as_deref().unwrap_or("?")
        );
    }

    let slug = found.first().and_then(|person| person.profile_slug.clone()).ok_or("nobody was found")?;
    let address = format!("https://www.linkedin.com/in/{slug}/?utm_source=share");
    let created = client.fetch_profile(&FetchProfile { profile_slug: address }).await?;
    let profile = end::<FetchProfile>(client, created).await?;
    println!(
        "profile  {} of {}",
        profile.full_name.as_deref().unwrap_or("?"),
        profile.location.as_deref().unwrap_or("?")
    );

    let note = Some("I liked your talk.".into());
    // The address of a profile is refused here, before anything is sent: it holds no URN.
    let wrong = SendConnectionRequest { profile_urn: format!("linkedin.com/in/{slug}"), note: note.clone() };
    if let Err(error) = client.send_connection_request(&wrong).await {
        println!("refused  {error}");
    }
    let right = SendConnectionRequest { profile_urn: profile.profile_urn.ok_or("no URN to be seen")?, note };
    let done = end::<SendConnectionRequest>(client, client.send_connection_request(&right).await?).await?;
    println!("invited  {}", if done.sent == Some(true) { "yes" } else { "the API does not say" });
    Ok(())
}

fn main() -> Result<(), Box<dyn Error>> {
    let clock = VirtualClock::new("2026-03-02T09:00:00Z".parse()?);
    let host = Arc::new(Host::in_memory(ServiceConfig::default()));
    let transport = Arc::new(FakeTransport::new(host, Arc::new(clock.clone())));
    let key = Some(ApiKey::new("any-key")?);
    let client = Client::new(transport, Arc::new(clock.clone()), "mine".into(), key);
    clock.simulate(invite(&client))?
}
