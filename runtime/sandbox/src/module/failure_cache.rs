//! Caches failed compilations, so that the next start and the next scan do not repeat them: a file
//! that is expensive by design costs its time once.
//!
//! A failure is identified by the digest of the file, the engine and the limits. It is stored in
//! the cache of compiled modules, under the same rules; without a cache it lasts as long as the
//! process.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::compile::{CompileError, CompileLimits, Compiler, LIMIT, REJECTED};
use super::{Cache, Wasm};

/// Maximum number of failures in memory. Beyond that all are dropped.
const MAX_FAILURES: usize = 1_000;

/// Modules that did not compile.
#[derive(Debug)]
pub(super) struct FailureCache {
    /// Records by digest.
    records: Mutex<HashMap<String, String>>,
    cache: Option<Arc<Cache>>,
}

impl FailureCache {
    pub(super) fn new(cache: Option<Arc<Cache>>) -> Self {
        Self {
            records: Mutex::default(),
            cache,
        }
    }

    fn records(&self) -> MutexGuard<'_, HashMap<String, String>> {
        self.records.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The earlier failure of a module under the same limits, if there was one.
    pub(super) fn get(&self, wasm: &Wasm, compiler: &Compiler) -> Option<CompileError> {
        let limits = line(&compiler.limits(wasm.bytes().len())?);
        let in_memory = self.records().get(&wasm.sha256).cloned();
        let record = in_memory.or_else(|| self.cache.as_ref()?.failure(&wasm.sha256))?;
        let mut parts = record.splitn(3, '\n');
        if parts.next() != Some(&limits) {
            return None;
        }
        let stored = parts.next()?;
        let reason = [REJECTED, LIMIT].into_iter().find(|it| *it == stored)?;
        Some(CompileError::Cached {
            reason,
            message: parts.next()?.to_owned(),
        })
    }

    /// Records the failure of a module, or removes the record if it compiled. A failure of the
    /// compiler itself says nothing about the module and is not recorded.
    pub(super) fn record(&self, wasm: &Wasm, compiler: &Compiler, error: Option<&CompileError>) {
        let Some(limits) = compiler.limits(wasm.bytes().len()) else {
            return;
        };
        match error {
            None => {
                self.records().remove(&wasm.sha256);
                if let Some(cache) = &self.cache {
                    cache.remove_failure(&wasm.sha256);
                }
            }
            Some(error) if [REJECTED, LIMIT].contains(&error.reason()) => {
                let record = format!("{}\n{}\n{error}", line(&limits), error.reason());
                if let Some(cache) = &self.cache {
                    cache.put_failure(&wasm.sha256, &record);
                }
                let mut records = self.records();
                if records.len() >= MAX_FAILURES {
                    records.clear();
                }
                records.insert(wasm.sha256.clone(), record);
            }
            Some(_) => {}
        }
    }
}

/// The limits on one line.
fn line(limits: &CompileLimits) -> String {
    let CompileLimits {
        wall,
        cpu,
        memory_bytes,
        code_bytes,
    } = limits;
    format!("{wall:?} {cpu:?} {memory_bytes} {code_bytes}")
}

#[cfg(test)]
mod tests;
