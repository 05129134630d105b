//! `outx check --fix`, and what editors and code hosts are told of fixes.

use crate::support::World;
use serde_json::Value;
use std::fs;

const MARK: &str = "\u{feff}";

/// Line ends of Windows, a mark at the beginning, two mistakes with one meaning each, and one with two.
const WRONG: &str = "name: mended\r\ninputs: { who: ada }\r\nsteps:\r\n  a:\r\n    use: core.log # 你好\r\n    with: { message: ${{ inputs.who }} }\r\n  b:\r\n    uses: core.log\r\n    with:\r\n      message: customer #1\r\n";

fn world() -> World {
    World::at("http://127.0.0.1:1").with_key(None)
}

#[test]
fn what_is_safe_is_mended_in_the_file_and_the_rest_is_told() {
    let world = world();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("x.yaml");
    let file = path.display().to_string();
    fs::write(&path, format!("{MARK}{WRONG}")).unwrap();

    let done = world.run(["check", "--fix", &file]).expect(2);
    let mended = fs::read_to_string(&path).unwrap();
    let right = WRONG
        .replace("name: mended", "outx: 1\r\nname: mended")
        .replace("use: core", "uses: core")
        .replace("${{ inputs.who }}", "\"${{ inputs.who }}\"");
    assert_eq!(mended, format!("{MARK}{right}"));
    for told in [
        "OX004 mended",
        "OX101 mended",
        "OX111 mended",
        ": a step has no key `use`; now `uses`",
        "error[OX113]",
    ] {
        assert!(done.stderr.contains(told), "{told}: {}", done.stderr);
    }
    // Nothing is left beside the file, and what a person must decide stays.
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    assert_eq!(world.run(["check", "--fix", &file]).expect(2).stderr.matches("mended").count(), 0);
    assert_eq!(fs::read_to_string(&path).unwrap(), mended);

    fs::write(&path, mended.replace("customer #1", "customer 1")).unwrap();
    assert_eq!(world.run(["check", "--fix", &file]).expect(0).stdout, format!("{file}: valid\n"));
}

#[test]
fn programs_are_told_of_fixes_and_of_what_was_fixed() {
    let world = world();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("x.yaml");
    let file = path.display().to_string();
    let text = "outx: 1\nname: x\nsteps:\n  你: { uses: core.log }\n  a: { use: core.set }\n";
    fs::write(&path, text).unwrap();

    let json: Value =
        serde_json::from_str(&world.run(["check", &file, "--output", "json"]).expect(2).stdout).unwrap();
    let found = json["files"][0]["diagnostics"].as_array().unwrap();
    let misspelt = found.iter().find(|it| it["code"] == "OX111").unwrap();
    let edit = &misspelt["fix"]["edits"][0];
    assert_eq!((&misspelt["fix"]["safe"], &edit["text"]), (&Value::from(true), &Value::from("uses")));
    let (start, end) = (edit["start"].as_u64().unwrap(), edit["end"].as_u64().unwrap());
    assert_eq!(&text[usize::try_from(start).unwrap()..usize::try_from(end).unwrap()], "use");
    assert!(json["files"][0].get("fixed").is_none());

    let sarif: Value =
        serde_json::from_str(&world.run(["check", &file, "--output", "sarif"]).expect(2).stdout).unwrap();
    let results = sarif["runs"][0]["results"].as_array().unwrap();
    let fix = &results.iter().find(|it| it["ruleId"] == "OX111").unwrap()["fixes"][0];
    let change = &fix["artifactChanges"][0];
    assert_eq!(change["artifactLocation"]["uri"], file);
    assert_eq!(
        change["replacements"][0],
        serde_json::json!({
            "deletedRegion": { "startLine": 5, "startColumn": 8, "endLine": 5, "endColumn": 11 },
            "insertedContent": { "text": "uses" },
        })
    );
    assert_eq!(fix["description"]["text"], "did you mean `uses`?");

    let json = world.run(["check", &file, "--fix", "--output", "json"]).expect(2).stdout;
    let json: Value = serde_json::from_str(&json).unwrap();
    assert_eq!(json["files"][0]["fixed"][0]["code"], "OX111");
    assert_eq!(json["files"][0]["fixed"][0]["now"], "uses");
}

#[cfg(unix)]
#[test]
fn a_file_that_may_not_be_written_is_left_and_a_link_stays_a_link() {
    use std::os::unix::fs::{PermissionsExt, symlink};

    let world = world();
    let folder = tempfile::tempdir().unwrap();
    let (path, link) = (folder.path().join("x.yaml"), folder.path().join("link.yaml"));
    let text = "outx: 1\nname: x\nsteps:\n  a: { use: core.set }\n";
    fs::write(&path, text).unwrap();
    symlink(&path, &link).unwrap();
    fs::set_permissions(&path, fs::Permissions::from_mode(0o444)).unwrap();
    let done = world.run(["check", "--fix", &path.display().to_string()]).expect(70);
    assert!(done.stderr.contains("cannot write"), "{}", done.stderr);
    assert_eq!(fs::read_to_string(&path).unwrap(), text);

    fs::set_permissions(&path, fs::Permissions::from_mode(0o640)).unwrap();
    world.run(["check", "--fix", &link.display().to_string()]).expect(0);
    assert!(fs::symlink_metadata(&link).unwrap().is_symlink());
    assert_eq!(fs::read_to_string(&path).unwrap(), text.replace("use:", "uses:"));
    assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o640);
}
