//! Fixes: what they change, what they leave, and that none of them makes anything worse.

#![expect(clippy::expect_used, reason = "helpers of tests fail as tests do")]

use crate::generated::{edges_of, workflow};
use outx_flow::diagnostic::{Diagnostic, Source, Span, mend};
use outx_flow::{CheckOptions, check, repair, yaml};
use proptest::prelude::*;
use std::path::Path;
use std::sync::OnceLock;

fn options() -> CheckOptions {
    CheckOptions::shipped()
}

fn found(text: &str) -> Vec<Diagnostic> {
    check(&Source::new("x.yaml", text), &options()).diagnostics
}

fn repaired(text: &str) -> String {
    repair(&Source::new("x.yaml", text), &options()).source.text().to_owned()
}

/// The steps of a workflow, mended.
fn mended(steps: &str) -> String {
    let head = "outx: 1\nname: x\ninputs: { who: ada }\nsteps:\n";
    let text = repaired(&format!("{head}{steps}"));
    text.strip_prefix(head).expect("the head stays").to_owned()
}

#[test]
fn what_can_only_have_been_meant_in_one_way_is_mended() {
    for (wrong, right) in [
        ("  a: { use: core.log, with: { message: x } }", "  a: { uses: core.log, with: { message: x } }"),
        ("  a: { uses: log, with: { message: x } }", "  a: { uses: core.log, with: { message: x } }"),
        ("  a: { uses: core.log, with: { mesage: x } }", "  a: { uses: core.log, with: { message: x } }"),
        (
            "  a: { uses: core.log, with: { message: ${{ inputs.who }} } }",
            "  a: { uses: core.log, with: { message: \"${{ inputs.who }}\" } }",
        ),
        (
            "  a: { uses: core.log, with: { message: [${{ {'a': {'b': 1}} }}, ${{ inputs.who }}] } }",
            "  a: { uses: core.log, with: { message: [\"${{ {'a': {'b': 1}} }}\", \"${{ inputs.who }}\"] } }",
        ),
        (
            "  a:\n    if: !(inputs.who == 'ada')\n    uses: core.log\n    with: { message: x }",
            "  a:\n    if: \"!(inputs.who == 'ada')\"\n    uses: core.log\n    with: { message: x }",
        ),
        (
            "  a:\n    if: ${{ inputs.who }} == 'ada' && ${{ size(inputs.who) > 2 }}\n    uses: core.log\n    with: { message: x }",
            "  a:\n    if: inputs.who == 'ada' && (size(inputs.who) > 2)\n    uses: core.log\n    with: { message: x }",
        ),
        (
            "  a:\n    uses: core.log\n    with:\n      message: To all: it's \"done\"",
            "  a:\n    uses: core.log\n    with:\n      message: 'To all: it''s \"done\"'",
        ),
        (
            "  a: { uses: linkedin.send-message, with: { recipient_urn: A, message: 2026 } }",
            "  a: { uses: linkedin.send-message, with: { recipient_urn: A, message: \"2026\" } }",
        ),
        (
            "  a: { uses: core.log, allow_failure: yes, with: { message: x } }",
            "  a: { uses: core.log, allow_failure: true, with: { message: x } }",
        ),
        (
            "  profile: { uses: linkedin.fetch-profile, with: { profile_slug: ada } }\n  b: { uses: core.log, with: { message: \"${{ steps.profil.full_name }}\" } }",
            "  profile: { uses: linkedin.fetch-profile, with: { profile_slug: ada } }\n  b: { uses: core.log, with: { message: \"${{ steps.profile.output.full_name }}\" } }",
        ),
        (
            "  a: { uses: core.log, with: { message: x } }\n  b:\n    needs:\n      - a\n    uses: core.log\n    with: { message: \"${{ steps.a.output }}\" }",
            "  a: { uses: core.log, with: { message: x } }\n  b:\n    uses: core.log\n    with: { message: \"${{ steps.a.output }}\" }",
        ),
    ] {
        assert_eq!(mended(&format!("{wrong}\n")), format!("{right}\n"), "{wrong}");
    }
    assert_eq!(
        repaired("# mine\r\nname: x\r\nsteps:\r\n  a: { use: core.set }\r\n"),
        "# mine\r\noutx: 1\r\nname: x\r\nsteps:\r\n  a: { uses: core.set }\r\n"
    );
}

#[test]
fn what_could_have_been_meant_in_two_ways_is_left_to_a_person() {
    for wrong in [
        // A comment, or a part of the text.
        "  a:\n    uses: core.log\n    with:\n      message: You are customer #1\n",
        // A text with a colon, or two keys on one line.
        "  a:\n    uses: core.log\n    with: message: hello\n",
        // Digits tell steps apart.
        "  step_1: { uses: core.log, with: { message: x } }\n  b: { needs: step_2, uses: core.log, with: { message: x } }\n",
        // Two names are as near.
        "  rate: { uses: core.log, with: { message: x } }\n  date: { needs: late, uses: core.log, with: { message: x } }\n",
        // The right key is there, too.
        "  a: { use: core.log, uses: core.log, with: { message: x } }\n",
    ] {
        assert!(
            found(&format!("outx: 1\nname: x\nsteps:\n{wrong}")).iter().any(Diagnostic::is_error),
            "{wrong}"
        );
        let text = format!("outx: 1\nname: x\nsteps:\n{wrong}");
        assert_eq!(repaired(&text), text);
    }
}

#[test]
fn a_file_of_another_sort_is_not_made_a_workflow() {
    for text in ["outx-scenario: 1\nseed: 3\n", "workflow: x.yaml\ncases: []\n", "a: 1\n"] {
        assert_eq!(repaired(text), text);
    }
}

/// All files of the checker's and the loader's data.
fn files() -> &'static [(String, String)] {
    static FILES: OnceLock<Vec<(String, String)>> = OnceLock::new();
    FILES.get_or_init(read_files)
}

fn read_files() -> Vec<(String, String)> {
    let data = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data");
    let mut files = Vec::new();
    for folder in ["check/err", "check/ok", "yaml/err", "yaml/ok"] {
        for entry in data.join(folder).read_dir().expect("data").flatten() {
            if entry.path().extension().is_some_and(|ending| ending == "yaml") {
                let text = std::fs::read_to_string(entry.path()).expect("readable");
                files.push((entry.path().display().to_string(), text));
            }
        }
    }
    files.sort();
    files
}

/// Nothing may stand where a fix was made that was not there before, and the finding must be gone.
fn no_safe_fix_makes_it_worse(text: &str) -> Result<usize, String> {
    let before = found(text);
    let mut tried = 0;
    for (at, finding) in before.iter().enumerate() {
        let Some(fix) = finding.fix.as_ref() else { continue };
        if !fix.fits(text) {
            return Err(format!("{finding:?} has edits that cannot be made"));
        }
        if !fix.is_safe {
            continue;
        }
        tried += 1;
        let mended = mend(text, &before, |one, _| one == at);
        let (_, place) = mended.made[0];
        let touches = |span: Span| span.start <= place.end && place.start <= span.end;
        // Of YAML itself anywhere in it, else of all of it: what an expression says was not read before.
        let about = |found: &Diagnostic| {
            let Span { start, end } = found.span;
            let inside = start >= place.start && end <= place.end;
            inside && (found.code < "OX101" || found.span == place)
        };
        if let Some(new) = found(&mended.text).iter().find(|new| {
            let known = |new: &Diagnostic| {
                before.iter().any(|old| (old.code, &old.message) == (new.code, &new.message))
            };
            let same = (new.code, &new.message) == (finding.code, &finding.message);
            // A key in its right name may turn out to belong elsewhere: `repair` then leaves it as it is.
            (new.is_error() && about(new) && new.code != "OX116" && !known(new))
                || (touches(new.span) && same)
        }) {
            return Err(format!("{finding:?}\nwas mended to\n{}\nwhich has {new:?}", mended.text));
        }
    }
    Ok(tried)
}

#[test]
fn no_fix_of_the_data_makes_anything_worse() {
    let mut tried = 0;
    for (name, text) in files() {
        for text in [text.to_owned(), text.replace('\n', "\r\n")] {
            tried += no_safe_fix_makes_it_worse(&text).unwrap_or_else(|why| panic!("{name}: {why}"));
        }
    }
    assert!(tried > 100, "{tried}");
}

#[test]
fn a_mended_file_has_nothing_more_to_mend() {
    for (name, text) in files() {
        let once = repaired(text);
        assert_eq!(repaired(&once), once, "{name}");
        // Where no fix is made, not a byte changes.
        if found(text).iter().all(|finding| finding.fix.as_ref().is_none_or(|fix| !fix.is_safe)) {
            assert_eq!(once, *text, "{name}");
        }
    }
}

#[test]
fn fixes_that_meet_are_made_one_after_the_other() {
    // Each takes the comma between them.
    let steps = "  a: { uses: core.log, with: { message: x } }\n  b: { uses: core.log, with: { message: x } }\n  c: { needs: [a, b], uses: core.log, with: { message: \"${{ [steps.a.output, steps.b.output] }}\" } }\n";
    assert!(mended(steps).contains("  c: { uses: core.log,"), "{}", mended(steps));
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, ..ProptestConfig::default() })]

    #[test]
    fn a_mended_workflow_waits_for_the_same(workflow in workflow()) {
        let text = workflow.text();
        let source = Source::new("x.yaml", &text);
        let before = check(&source, &options()).workflow.expect("valid");
        let after = repair(&source, &options());
        prop_assert!(after.checked.workflow.is_some(), "{}", after.source.text());
        let after = after.checked.workflow.expect("valid");
        prop_assert_eq!(edges_of(&before), edges_of(&after));
    }

    #[test]
    fn what_is_mended_changes_nothing_else(
        file in any::<prop::sample::Index>(),
        slips in prop::collection::vec((any::<prop::sample::Index>(), 0..SLIPS.len(), 0..3_usize), 1..4),
    ) {
        let files = files();
        let mut text = files[file.index(files.len())].1.clone();
        for (at, slip, cut) in slips {
            let from = text.floor_char_boundary(at.index(text.len().max(1)));
            let to = text.ceil_char_boundary((from + cut).min(text.len()));
            text.replace_range(from..to, SLIPS[slip]);
        }
        let source = Source::new("x.yaml", &text);
        let after = repair(&source, &options());
        // What was valid stays valid, and is the same but for what was mended.
        if check(&source, &options()).workflow.is_some() {
            prop_assert!(after.checked.workflow.is_some());
        }
        if after.made.is_empty() {
            prop_assert_eq!(after.source.text(), source.text());
        }
        if let (Ok(before), Ok(after)) = (yaml::load(&source), yaml::load(&after.source)) {
            prop_assert!(before.to_json().is_object() == after.to_json().is_object());
        }
    }
}

/// What a hand does to a file.
const SLIPS: [&str; 14] =
    ["", " ", "\n", "\t", ": ", " #", "!", "${{ ", "}}", "'", "\"", "[", "needs: [a, a]", "e"];
