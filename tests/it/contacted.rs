//! Whom the account has contacted, through the built program and its store.

use crate::support::{Report, Service, World};
use outx_model::{Effect, Endpoint};
use serde_json::{Value, json};

const FRESH: &str = r#"
outx: 1
name: fresh-only
defaults: { poll: { first: 20ms, every: 20ms } }
inputs: { leads: { type: array, items: person } }
steps:
  lead:
    each: ${{ inputs.leads.filter(l, !contacted(l, '90d')) }}
    as: lead
    steps:
      profile: { uses: linkedin.fetch-profile, with: { profile_slug: "${{ lead }}" } }
      invite:
        if: "!contacted(steps.profile.output.profile_urn, '90d')"
        uses: linkedin.send-connection-request
        with: { profile_urn: "${{ steps.profile.output.profile_urn }}" }
    outputs: { now: "${{ contacted(lead, '1h') }}" }
outputs:
  all: ${{ steps.lead.items.map(i, i.key) }}
  now: ${{ steps.lead.rows.map(r, r.now) }}
"#;

fn writes(service: &Service) -> usize {
    service.requests().iter().filter(|request| request.endpoint.effect() == Effect::Write).count()
}

#[test]
fn who_was_written_to_is_left_out_by_every_later_run_plan_and_preview() {
    let service = Service::immediate();
    let world = World::new(&service);
    let file = world.work().join("fresh.yaml");
    std::fs::write(&file, FRESH).unwrap();
    let file = file.display().to_string();
    let tape = world.work().join("tape.yaml").display().to_string();
    let leads = |leads: &str| format!("leads={leads}");
    let (two, three) =
        (leads(r#"["leila-garcia","lars-chandra"]"#), leads(r#"["leila-garcia","lucia-kowalski"]"#));

    let first = world.run(["run", &file, "-i", &two, "--output", "json", "--record", &tape]).expect(0);
    let wanted = json!({ "all": ["leila-garcia", "lars-chandra"], "now": [true, true] });
    assert_eq!(Report::of(&first).outputs(), &wanted);
    assert_eq!(writes(&service), 2);

    // Only who was not written to is planned and shown; nothing is sent for that.
    let plan = world.run(["plan", &file, "-i", &three, "--output", "json"]).expect(0);
    let plan: Value = serde_json::from_str(&plan.stdout).unwrap();
    let count = |step: &str| {
        plan["steps"].as_array().unwrap().iter().find(|it| it["step"] == step).unwrap()["count"].clone()
    };
    assert_eq!((count("lead"), count("lead.invite")), (json!(1), json!(1)), "{plan}");
    let nobody = World::at("http://127.0.0.1:1").with_key(None);
    let plan = nobody.run(["plan", &file, "-i", &three]).expect(0).stdout;
    assert!(plan.contains("Whether 2 people were contacted is for the ledger to say."), "{plan}");
    let preview = world.run(["run", &file, "-i", &three, "--preview", "--output", "json"]).expect(0);
    let preview: Value = serde_json::from_str(&preview.stdout).unwrap();
    assert_eq!(preview.as_array().unwrap().len(), 1, "{preview}");
    assert_eq!(writes(&service), 2);

    let second = world.run(["run", &file, "-i", &three, "--output", "json"]).expect(0);
    let second = Report::of(&second);
    assert_eq!(second.outputs(), &json!({ "all": ["lucia-kowalski"], "now": [true] }));
    assert_eq!(
        service.requests().iter().filter(|it| it.endpoint == Endpoint::SendConnectionRequest).count(),
        3
    );
    // It is told again from what was recorded, whatever the ledger has by now.
    let shown = world.run(["show", second.run(), "--output", "json"]).expect(0);
    assert_eq!(Report::of(&shown).outputs(), second.outputs());

    // A run that is played again has a ledger of its own, which begins empty, as it did for the one that was recorded.
    let played = nobody.run(["run", &file, "-i", &two, "--output", "json", "--replay", &tape]).expect(0);
    assert_eq!(Report::of(&played).outputs(), &wanted);
}
