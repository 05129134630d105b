//! Workflows that are broken on purpose, each in one way, and the case that finds it.

use super::{Library, entries};
use outx_harness::{Snapshots, judge};
use std::fs;
use std::path::{Path, PathBuf};

/// One way to break a workflow.
struct Broken {
    workflow: &'static str,
    /// What is wrong then, in a few words.
    what: &'static str,
    from: &'static str,
    to: &'static str,
    /// The name of a case that does not hold any more.
    found_by: &'static str,
}

const BROKEN: &[Broken] = &[
    Broken {
        workflow: "parts/newest-post.yaml",
        what: "a condition turned round: posts that are too old count, and no others",
        from: "> ago(inputs.within)",
        to: "< ago(inputs.within)",
        found_by: "of several posts on a topic the newest is found, wherever it stands in the list",
    },
    Broken {
        workflow: "like-newest.yaml",
        what: "`once: none`: liked anew by each run",
        from: "        limit: likes\n",
        to: "        limit: likes\n        once: none\n",
        found_by: "a post is liked once, however often the list is run",
    },
    Broken {
        workflow: "like-newest.yaml",
        what: "a step without its limit",
        from: "        limit: likes\n",
        to: "",
        found_by: "the eleventh like of a day waits for the next",
    },
    Broken {
        workflow: "like-newest.yaml",
        what: "`allow_failure` dropped: one profile that is gone fails the run",
        from: "        allow_failure: true\n",
        to: "",
        found_by: "a profile that is gone is told by name and stops nobody else",
    },
    Broken {
        workflow: "like-newest.yaml",
        what: "those who are to be left alone are not left out",
        from: "inputs.people.filter(p, !(p in inputs.leave_out))",
        to: "inputs.people.filter(p, !(p in []))",
        found_by: "whoever is left out is not even read, however the address is written",
    },
    Broken {
        workflow: "invite-and-thank.yaml",
        what: "an `if` that is missing: thanked without having accepted",
        from: "        if: steps.accepted.output.connected\n",
        to: "        needs: [accepted]\n",
        found_by: "nobody accepts, and after two weeks nobody was thanked",
    },
    Broken {
        workflow: "invite-and-thank.yaml",
        what: "thanked before anybody could accept",
        from: "        if: steps.accepted.output.connected\n",
        to: "        needs: [invite]\n",
        found_by: "whoever accepts on the third day is thanked then, once",
    },
    Broken {
        workflow: "invite-and-thank.yaml",
        what: "the wrong field is sent: an address in place of a name",
        from: "Thank you for connecting, ${{ vars.name }}!",
        to: "Thank you for connecting, ${{ lead.url }}!",
        found_by: "whoever has no name in the list is greeted by that of the profile",
    },
    Broken {
        workflow: "invite-and-thank.yaml",
        what: "`after` dropped: who could not be read has no row",
        from: "        after: [find, invite, accepted, thanks]\n",
        to: "",
        found_by: "a profile that is gone has a row and stops nobody else",
    },
    Broken {
        workflow: "campaign.yaml",
        what: "a second message for which nobody's yes is waited",
        from: "        needs: [ask]\n",
        to: "        needs: [pause]\n",
        found_by: "after a no there is no second message, and the campaign has succeeded",
    },
    Broken {
        workflow: "campaign.yaml",
        what: "written at night",
        from: "to: \"17:00\"",
        to: "to: \"23:00\"",
        found_by: "a list that comes in the evening is written to in the morning",
    },
    Broken {
        workflow: "search-shortlist.yaml",
        what: "rows found again by the wrong column",
        from: "      key: url\n",
        to: "      key: name\n",
        found_by: "a list that is there already is made longer, and what it says of a person is brought up to date",
    },
    Broken {
        workflow: "search-shortlist.yaml",
        what: "who is found twice stands there twice",
        from: ".flatten().distinct_by('url')",
        to: ".flatten()",
        found_by: "whoever is found by two titles stands in the list once, under the first",
    },
    Broken {
        workflow: "company-pulse.yaml",
        what: "`core.unseen` taken out: all is told each day",
        from: "core.unseen",
        to: "core.set",
        found_by: "the next day tells only what is new since then",
    },
    Broken {
        workflow: "nightly-watch.yaml",
        what: "written down before the chat was told",
        from: "    needs: [tell]\n",
        to: "",
        found_by: "what a closed chat was not told is told the next night, and is written then",
    },
    Broken {
        workflow: "connections-to-crm.yaml",
        what: "a write in doubt without its key: sent by the next run",
        from: "        once: { key: \"crm-${{ person.public_identifier }}\" }\n",
        to: "",
        found_by: "what nobody knows of is not sent by the next day's run either",
    },
    Broken {
        workflow: "connections-to-crm.yaml",
        what: "the wrong address",
        from: "url: ${{ secrets.CRM_URL }}",
        to: "url: ${{ secrets.CRM_URL }}/new",
        found_by: "each new connection is put into the CRM, with the key",
    },
];

#[test]
fn each_way_to_break_a_workflow_is_found_by_its_tests() {
    let entries = entries();
    let mut missed = Vec::new();
    for broken in BROKEN {
        let Broken { workflow, what, from, to, found_by } = broken;
        let entry = entries.iter().find(|entry| entry.path == Path::new(workflow)).unwrap();
        let text = entry.source.text();
        assert_eq!(text.matches(from).count(), 1, "{workflow}: {from}");
        let library = Library {
            changed: Some((PathBuf::from(workflow), text.replace(from, to))),
            ..Library::default()
        };
        // What the checker refuses needs no test.
        let file = entry.read_tests(&library).unwrap_or_else(|why| panic!("{workflow}, {what}:\n{why}"));
        let case = file.cases.iter().find(|case| case.name == *found_by);
        let case = case.unwrap_or_else(|| panic!("{workflow} has no case `{found_by}`"));
        if judge(&file, case, &Snapshots::default()).holds() {
            missed.push(format!("{workflow}: {what}: `{found_by}` holds all the same"));
        }
    }
    assert!(missed.is_empty(), "{}", missed.join("\n"));
}

#[test]
fn the_table_of_the_design_names_each() {
    let design = fs::read_to_string(super::folder().join("../DESIGN.md")).unwrap();
    let row = |it: &Broken| {
        format!("| {} | {} | {} |", it.workflow.trim_end_matches(".yaml"), it.what, it.found_by)
    };
    let missing: Vec<_> = BROKEN.iter().map(row).filter(|row| !design.contains(row)).collect();
    assert!(missing.is_empty(), "DESIGN.md lacks:\n{}", missing.join("\n"));
}
