//! What cannot run is refused before anything runs, with its place.
//!
//! Each file below `data/bad` begins with what must be said of it:
//! `# expect: PART | PART`, and where it needs arguments, `# args: -i name=value`. In arguments, `@FILE` is a
//! file beside it; the refusal is then about that file if it is expected so: `# in: FILE`.

use crate::support::{Service, World, bad_folder};
use std::fs;
use std::path::{Path, PathBuf};

struct Case {
    file: PathBuf,
    expected: Vec<String>,
    args: Vec<String>,
    /// The file that the refusal names.
    named: PathBuf,
}

fn cases() -> Vec<Case> {
    let mut files: Vec<_> = fs::read_dir(bad_folder()).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.retain(|path| path.extension().is_some_and(|extension| extension == "yaml"));
    files.sort();
    files.into_iter().map(|file| read(&file)).collect()
}

fn read(file: &Path) -> Case {
    let text = String::from_utf8_lossy(&fs::read(file).unwrap()).into_owned();
    let header = |name: &str| {
        let name = format!("# {name}: ");
        text.lines().take_while(|line| line.starts_with('#')).find_map(|line| line.strip_prefix(&name))
    };
    // `-i name=@FILE` keeps its sign, `--inputs @FILE` has none of its own.
    let beside = |before: &str, name: &str| {
        let sign = if before.is_empty() { "" } else { "@" };
        format!("{sign}{}", bad_folder().join(name).display())
    };
    let expected = header("expect").unwrap_or_else(|| panic!("{} expects nothing", file.display()));
    let args = header("args").unwrap_or_default().split_whitespace().map(|arg| {
        let (before, path) = arg.split_once('@').unwrap_or((arg, ""));
        if path.is_empty() { arg.to_owned() } else { format!("{before}{}", beside(before, path)) }
    });
    Case {
        file: file.to_owned(),
        expected: expected.split(" | ").map(str::to_owned).collect(),
        args: args.collect(),
        named: header("in").map_or_else(|| file.to_owned(), |name| bad_folder().join(name)),
    }
}

/// Whether a text names a line and a column of a file: `FILE:3:14`.
fn names_a_place(text: &str, file: &Path) -> bool {
    let file = format!("{}:", file.display());
    text.match_indices(&file).any(|(at, _)| {
        let mut numbers = text[at + file.len()..].splitn(2, ':');
        let line = numbers.next().is_some_and(|line| line.parse::<u32>().is_ok_and(|line| line > 0));
        line && numbers.next().is_some_and(|column| column.starts_with(|c: char| ('1'..='9').contains(&c)))
    })
}

#[test]
fn every_mistake_is_refused_with_its_place_before_anything_runs() {
    let service = Service::immediate();
    let world = World::new(&service);
    let cases = cases();
    assert!(cases.len() >= 30, "only {} cases", cases.len());
    let mut wrong = Vec::new();
    for case in &cases {
        let mut args = vec!["run".to_owned(), case.file.display().to_string()];
        args.extend(case.args.iter().cloned());
        let done = world.run(&args);
        let mut say = |what: &str| wrong.push(format!("{}: {what}\n{}", case.file.display(), done.stderr));
        if done.code() != Some(2) {
            say(&format!("ended with {:?}", done.code()));
        }
        if !done.stdout.is_empty() {
            say("printed to stdout");
        }
        if !names_a_place(&done.stderr, &case.named) {
            say("named no place");
        }
        if !done.stderr.lines().any(|line| line.contains('^') && line.trim_start().starts_with('|')) {
            say("marked no line");
        }
        for part in &case.expected {
            if !done.stderr.contains(part.as_str()) {
                say(&format!("did not say `{part}`"));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n----\n"));
    service.was_left_alone();
    assert!(world.kept().runs.is_empty());
    assert_eq!(world.written(), []);
}

#[test]
fn check_and_run_say_the_same() {
    let service = Service::immediate();
    let world = World::new(&service);
    for case in cases().iter().filter(|case| case.args.is_empty()) {
        let file = case.file.display().to_string();
        let run = world.run(["run", &file]).expect(2);
        let check = world.run(["check", &file]);
        // What is wrong with the values of inputs shows only where values are given.
        if check.code() == Some(2) {
            assert_eq!(run.stderr.trim(), check.stderr.trim(), "{file}");
        }
        let emulated = world.run(["run", &file, "--emulate"]).expect(2);
        assert_eq!(run.stderr, emulated.stderr, "{file}");
    }
}

#[test]
fn anything_at_all_may_stand_in_a_file() {
    let service = Service::immediate();
    let world = World::new(&service);
    let file = world.work().join("odd.yaml");
    let path = file.display().to_string();
    let deep = "[".repeat(20_000);
    let aliases = (1..40).fold("a0: &a0 [x, x]\n".to_owned(), |text, n| {
        format!("{text}a{n}: &a{n} [*a{}, *a{}]\n", n - 1, n - 1)
    });
    let long = format!("outx: 1\nname: {}\n", "x".repeat(2 << 20));
    for content in [
        &b""[..],
        b"\n\n\n",
        b"---\n---\n",
        b"\xff\xfe\x00",
        b"outx: 1\nname: \xc3\x28\n",
        b"\xef\xbb\xbf",
        b"just a text",
        b"- a\n- list\n",
        b"null",
        b"outx: 1\nname: a\nsteps: null\n",
        b"outx: 1\nname: a\nsteps: []\n",
        b"outx: 1\nname: a\nsteps: {a: null}\n",
        b"outx: 99999999999999999999999\n",
        b"? [complex, key]\n: value\n",
        b"a: !!binary |\n  R0lGODlhDAAMAIQAAP\n",
        deep.as_bytes(),
        aliases.as_bytes(),
        long.as_bytes(),
    ] {
        fs::write(&file, content).unwrap();
        let done = world.run(["run", &path]).expect(2);
        assert!(!done.stderr.is_empty() && done.stderr.len() < 20_000, "{} bytes", done.stderr.len());
    }
    service.was_left_alone();
}
