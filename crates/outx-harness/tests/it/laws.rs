//! What a file says must never come about.

use crate::support::{read_in, told, verdicts};
use outx_harness::Files;
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;

const LIKE: &str = "
outx: 1
name: like
steps:
  like: { uses: linkedin.like-post, with: { social_urn: 'urn:li:activity:7' } }
";

fn findings(never: &str) -> String {
    let files: BTreeMap<PathBuf, String> = [("like.yaml".into(), LIKE.to_owned())].into();
    let files: Arc<dyn Files> = Arc::new(files);
    let text = format!(
        "workflow: like.yaml\nnever: {never}\ncases:\n  - name: it\n    service: {{ like-post: [{{ output: {{ sent: true }} }}] }}\n    expect: {{ status: succeeded }}\n"
    );
    let file = read_in(&files, "like.test.yaml", &text).unwrap_or_else(|findings| panic!("{findings}"));
    verdicts(&file).iter().map(|verdict| told(&file, verdict)).collect()
}

#[test]
fn a_call_that_must_never_come_is_named_alone_or_with_its_input() {
    for broken in
        ["[like-post]", "[{ like-post: ~ }]", "[{ like-post: { social_urn: 'urn:li:activity:7' } }]"]
    {
        let told = findings(broken);
        assert!(told.contains("what must never be sent was sent"), "{broken}: {told}");
    }
    for kept in
        ["[send-message]", "[comment-post: ~]", "[{ like-post: { social_urn: 'urn:li:activity:8' } }]"]
    {
        assert_eq!(findings(kept), "", "{kept}");
    }
}
