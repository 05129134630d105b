//! Results as CI services read them.

use super::Round;
use crate::Exit;
use crate::fault::Fault;
use outx_flow::diagnostic::render;
use quick_junit::{NonSuccessKind, Report, TestCase, TestCaseStatus, TestSuite};

/// The text of a JUnit file: a suite for each test file.
pub(super) fn report(round: &Round) -> Result<String, Fault> {
    let mut report = Report::new("outx test");
    for file in &round.files {
        let mut suite = TestSuite::new(file.path.display().to_string());
        let failed = |kind, message: &str, text: String| {
            let mut status = TestCaseStatus::non_success(kind);
            status.set_message(message.to_owned()).set_description(text);
            status
        };
        match &file.read {
            Err(wrong) => {
                let text = render(&wrong.source, &wrong.findings, false);
                let status = failed(NonSuccessKind::Error, "the file is not valid", text);
                suite.add_test_case(TestCase::new("the file is valid", status));
            }
            Ok(read) => {
                for ended in file.cases.iter().flatten() {
                    let findings = &ended.verdict.findings;
                    let broken = ended.explored.as_ref().and_then(|explored| match explored {
                        Ok(explored) => explored.broken.as_ref().map(|broken| broken.case.clone()),
                        Err(why) => Some(why.clone()),
                    });
                    let status = match (findings.first(), broken) {
                        (Some(first), _) => failed(
                            NonSuccessKind::Failure,
                            &first.message,
                            render(&read.source, findings, false),
                        ),
                        (None, Some(text)) => {
                            failed(NonSuccessKind::Failure, "a disturbed history breaks a law", text)
                        }
                        (None, None) => TestCaseStatus::success(),
                    };
                    let mut case = TestCase::new(ended.verdict.name.clone(), status);
                    case.set_classname(file.path.display().to_string()).set_time(ended.took);
                    suite.add_test_case(case);
                }
            }
        }
        report.add_test_suite(suite);
    }
    report
        .to_string()
        .map_err(|error| Fault::new(Exit::Internal, format!("the results cannot be written: {error}"), ""))
}
