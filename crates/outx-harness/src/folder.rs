//! The folder of a case: what is written there, and what a test sees of it.

use outx_flow::{RunReport, StepReport};
use serde_json::Value;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::{fs, io};

/// The files below a folder, by their paths from there.
pub(crate) fn files(folder: &Path) -> io::Result<BTreeMap<String, Vec<u8>>> {
    let mut found = BTreeMap::new();
    let mut left: Vec<PathBuf> = vec![folder.to_path_buf()];
    while let Some(next) = left.pop() {
        for entry in fs::read_dir(next)? {
            let path = entry?.path();
            if path.is_dir() {
                left.push(path);
            } else if let Ok(inside) = path.strip_prefix(folder) {
                found.insert(inside.display().to_string().replace('\\', "/"), fs::read(&path)?);
            }
        }
    }
    Ok(found)
}

/// The folder of a case has another name each time, which is nothing that a test can expect.
pub(crate) fn hide_folder(report: &mut RunReport, folder: &Path) {
    let prefix = format!("{}/", folder.display());
    hide(&mut report.outputs, &prefix);
    let parts = [&mut report.steps, &mut report.on_failure, &mut report.finally];
    for step in parts.into_iter().flat_map(|part| part.values_mut()) {
        hide_in_step(step, &prefix);
    }
}

fn hide_in_step(step: &mut StepReport, prefix: &str) {
    hide(&mut step.output, prefix);
    hide(&mut step.error, prefix);
    for item in step.items.iter_mut().flatten() {
        hide(&mut item.outputs, prefix);
        hide(&mut item.error, prefix);
        item.steps.values_mut().for_each(|step| hide_in_step(step, prefix));
    }
    for step in step.steps.iter_mut().flat_map(|steps| steps.values_mut()) {
        hide_in_step(step, prefix);
    }
}

fn hide(value: &mut Value, prefix: &str) {
    match value {
        Value::String(text) if text.contains(prefix) => *text = text.replace(prefix, ""),
        Value::Array(items) => items.iter_mut().for_each(|item| hide(item, prefix)),
        Value::Object(fields) => fields.values_mut().for_each(|field| hide(field, prefix)),
        _ => {}
    }
}
