//! Pictures of a workflow's graph.

use outx_flow::diagnostic::Source;
use outx_flow::{CheckOptions, check, picture};

const WORKFLOW: &str = r#"
outx: 1
name: picture
inputs: { people: { type: array, items: person } }
steps:
  all:
    each: ${{ inputs.people }}
    as: who
    steps:
      profile: { uses: linkedin.fetch-profile, with: { profile_slug: "${{ who }}" } }
      invite:
        uses: linkedin.send-connection-request
        with: { profile_urn: "${{ steps.profile.output.profile_urn }}" }
  end: { after: [all], uses: core.log, with: { message: done } }
  sum: { uses: core.set, with: { n: "${{ steps.all.items.size() }}" } }
"#;

#[test]
fn mermaid_shows_boxes_writes_and_the_kinds_of_arrows() {
    let workflow = check(&Source::new("picture.yaml", WORKFLOW), &CheckOptions::shipped()).workflow;
    let expected = r#"flowchart TD
  subgraph s_all ["all for each who"]
    s_all__profile["profile<br/><small>linkedin.fetch-profile</small>"]
    s_all__invite[["invite<br/><small>linkedin.send-connection-request</small>"]]
    s_all__profile --> s_all__invite
  end
  s_end["end<br/><small>core.log</small>"]
  s_sum["sum<br/><small>core.set</small>"]
  s_all -.-> s_end
  s_all ==> s_sum
"#;
    assert_eq!(picture::mermaid(&workflow.unwrap()), expected);
}

#[test]
fn svg_shows_every_step_once_and_the_kinds_of_arrows() {
    let text = WORKFLOW.replace("name: picture", "name: picture\ndescription: \"people & <posts>\"");
    let workflow = check(&Source::new("picture.yaml", text), &CheckOptions::shipped()).workflow.unwrap();
    let svg = picture::svg(&workflow);
    assert!(svg.starts_with("<svg ") && svg.ends_with("</svg>\n"), "{svg}");
    for id in ["profile", "invite", "end", "sum"] {
        assert_eq!(svg.matches(&format!(">{id}</text>")).count(), 1, "{id}");
    }
    assert!(svg.contains(">all for each who</text>"));
    assert!(svg.contains("<desc>people &amp; &lt;posts&gt;</desc>"));
    // The arrows have tips, the lines of the legend none.
    let arrows = |class: &str| svg.matches(&format!("<path class=\"{class}\" marker-end")).count();
    assert_eq!([arrows("edge"), arrows("edge items"), arrows("edge order")], [1, 1, 1]);
    let opened = svg.matches("<g class").count();
    assert_eq!(opened, svg.matches("</g>").count());
    assert_eq!(svg, picture::svg(&workflow), "the same workflow has the same picture");
}

#[test]
fn a_kind_that_stands_for_other_steps_is_drawn_as_one() {
    let text = r#"
outx: 1
name: x
steps:
  who: { uses: linkedin.fetch-profile, with: { profile_slug: ada-example } }
  accepted: { uses: linkedin.await-connection, with: { profile_urn: "${{ steps.who.output.profile_urn }}" } }
  watch:
    repeat: { every: 6h, for: 2d }
    steps:
      look: { after: [], uses: linkedin.fetch-profile, with: { profile_slug: ada-example } }
"#;
    let workflow = check(&Source::new("x.yaml", text), &CheckOptions::shipped()).workflow.unwrap();
    let mermaid = picture::mermaid(&workflow);
    assert!(
        mermaid.contains(r#"s_accepted["accepted<br/><small>linkedin.await-connection</small>"]"#),
        "{mermaid}"
    );
    assert!(mermaid.contains(r#"subgraph s_watch ["watch every 6h"]"#), "{mermaid}");
    let svg = picture::svg(&workflow);
    assert!(svg.contains(">accepted</text>") && svg.contains(">linkedin.await-connection</text>"), "{svg}");
    let json = picture::json(&workflow);
    assert_eq!(json["steps"][1]["uses"], "linkedin.await-connection");
    assert_eq!(json["steps"][2]["repeat"], "6h");
    for drawn in [mermaid, svg, json.to_string()] {
        assert!(!drawn.contains("_page"), "nobody wrote that: {drawn}");
    }
}
