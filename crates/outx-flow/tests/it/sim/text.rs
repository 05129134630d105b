//! A plan as the file that a person would write.
//!
//! Each write says in its own text who sends it, so that the service's log tells whose it was.

use super::plan::{Does, Flow, Of, Once, Per, Rule, Step, Whom, Write, hours_of, slug, urn};
use outx_model::Endpoint;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::fmt::Write as _;

/// The text of a workflow, and those of the files that it calls.
pub(super) fn workflow(name: &str, flow: &Flow) -> (String, BTreeMap<String, String>) {
    let mut called = BTreeMap::new();
    let mut text = format!("outx: 1\nname: {name}\nsteps:\n");
    block(&mut text, &flow.steps, 2, "", &mut called);
    for (word, steps) in [("on_failure", &flow.on_failure), ("finally", &flow.finally)] {
        if !steps.is_empty() {
            writeln!(text, "{word}:").unwrap();
            block(&mut text, steps, 2, &format!("{word}."), &mut called);
        }
    }
    (text, called)
}

fn block(
    text: &mut String,
    steps: &[Step],
    indent: usize,
    outer: &str,
    called: &mut BTreeMap<String, String>,
) {
    for step in steps {
        let pad = " ".repeat(indent);
        writeln!(text, "{pad}{}:", step.id).unwrap();
        let mut line = |what: String| writeln!(text, "{pad}  {what}").unwrap();
        if !step.needs.is_empty() {
            line(format!("needs: [{}]", step.needs.join(", ")));
        }
        if let Some((other, status)) = &step.only_if {
            line(format!("if: steps.{other}.status == '{status}'"));
        }
        let path = format!("{outer}{}", step.id);
        let (kind, with) = match &step.does {
            Does::Each { people, by_slug, at_once, steps } => {
                let people: Vec<_> =
                    people.iter().map(|person| if *by_slug { slug(*person) } else { urn(*person) }).collect();
                line(format!("each: {}", json!(people)));
                line("as: p".to_owned());
                line(format!("concurrency: {at_once}"));
                line("steps:".to_owned());
                block(text, steps, indent + 4, &format!("{path}[${{{{ item.key }}}}]."), called);
                continue;
            }
            Does::Repeat { every, most, until, steps } => {
                let until = until.map(|times| format!(", until: iteration >= {times}")).unwrap_or_default();
                line(format!("repeat: {{ every: {every}m, max: {most}{until} }}"));
                line("steps:".to_owned());
                block(text, steps, indent + 4, &format!("{path}[${{{{ iteration }}}}]."), called);
                continue;
            }
            Does::Call(steps) => {
                let file = format!("{}.yaml", path.replace('.', "-"));
                line(format!("call: {file}"));
                let mut other = format!("outx: 1\nname: {}\nsteps:\n", step.id);
                block(&mut other, steps, 2, &format!("{path}."), called);
                called.insert(file, other);
                continue;
            }
            Does::Write(write) => {
                send(&mut line, write, &path);
                continue;
            }
            Does::Profile(person) => ("linkedin.fetch-profile", json!({ "profile_slug": slug(*person) })),
            Does::ProfileOfItem => ("linkedin.fetch-profile", json!({ "profile_slug": "${{ p }}" })),
            Does::Company => ("linkedin.fetch-company", json!({ "company_slug": "fjord-labs" })),
            Does::Connections => ("linkedin.fetch-connections", json!({ "count": 3 })),
            Does::Posts(whom) => {
                ("linkedin.fetch-profiles-posts", json!({ "profile_urns": [target(*whom)] }))
            }
            Does::Wait(minutes) => ("core.wait", json!({ "for": format!("{minutes}m") })),
            Does::Approve(None) => ("core.approve", json!({ "message": "May it go on?" })),
            Does::Approve(Some(hours)) => {
                ("core.approve", json!({ "message": "May it go on?", "for": format!("{hours}h") }))
            }
            Does::Fail => ("core.set", json!({ "x": "${{ [1][7] }}" })),
            Does::Set => ("core.set", json!({ "x": "${{ run.id }}" })),
        };
        line(format!("uses: {kind}"));
        line(format!("with: {with}"));
    }
}

fn target(whom: Whom) -> String {
    match whom {
        Whom::One(person) => urn(person),
        Whom::Item => "${{ p }}".to_owned(),
        Whom::ItemByProfile => "${{ steps.profile.output.profile_urn }}".to_owned(),
    }
}

fn send(line: &mut impl FnMut(String), write: &Write, path: &str) {
    let says = match write.once {
        Once::ByTarget => format!("plain ${{{{ run.id }}}}/{path}"),
        Once::EachRun => format!("each ${{{{ run.id }}}}/{path}"),
        // All that have the key must send the same.
        Once::Key(key) => format!("key {key}"),
    };
    let person = target(write.whom);
    let input = match write.endpoint {
        Endpoint::SendConnectionRequest => json!({ "profile_urn": person, "note": says }),
        Endpoint::SendMessage => json!({ "recipient_urn": person, "message": says }),
        Endpoint::CommentPost => json!({ "social_urn": post(&person), "comment_text": says }),
        _ => json!({ "social_urn": post(&person) }),
    };
    line(format!("uses: linkedin.{}", write.endpoint));
    line(format!("with: {input}"));
    match write.once {
        Once::ByTarget => {}
        Once::EachRun => line("once: none".to_owned()),
        Once::Key(key) => match hours_of(key) {
            Some(hours) => line(format!("once: {{ key: 'k{key}', within: {hours}h }}")),
            None => line(format!("once: {{ key: 'k{key}' }}")),
        },
    }
    if write.assume {
        line("in_doubt: assume-sent".to_owned());
    }
}

/// A post of a person.
fn post(person: &str) -> String {
    if person.starts_with("urn") {
        return person.replace("fsd_profile", "activity");
    }
    person.replace(" }}", ".replace('fsd_profile', 'activity') }}")
}

/// A rule as a person writes it.
pub(super) fn rule(rule: &Rule) -> Value {
    match rule {
        Rule::AtMost { most, of: what, per } => match per {
            Per::Hours(hours) => json!({ "at_most": most, "of": of(*what), "per": format!("{hours}h") }),
            Per::Day(zone) => json!({ "at_most": most, "of": of(*what), "per": "day", "time_zone": zone }),
            Per::Week(zone) => json!({ "at_most": most, "of": of(*what), "per": "week", "time_zone": zone }),
        },
        Rule::Apart { of: what, least, jitter } => {
            json!({ "apart": format!("{least}s"), "jitter": format!("{jitter}s"), "of": of(*what) })
        }
        Rule::Gap { of: what, hours } => json!({ "gap": format!("{hours}h"), "of": of(*what) }),
        Rule::During { of: what, days, from, to, zone } => {
            const NAMES: [&str; 7] = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];
            let days: Vec<_> = days.iter().map(|day| NAMES[usize::from(*day)]).collect();
            let time = |hour| format!("{hour:02}:00");
            json!({ "of": of(*what), "days": days, "from": time(from), "to": time(to), "time_zone": zone })
        }
    }
}

fn of(of: Of) -> String {
    match of {
        Of::All => "all".to_owned(),
        Of::Reads => "reads".to_owned(),
        Of::Writes => "writes".to_owned(),
        Of::One(endpoint) => endpoint.to_string(),
    }
}
