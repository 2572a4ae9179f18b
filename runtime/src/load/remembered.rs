//! Modules that did not compile, so that the next start and the next look do not try it again: a
//! file that was made to hurt costs its time once.
//!
//! What is remembered goes by the digest of the file, the engine and the limits. It is kept beside
//! compiled modules, under the same rules; without a cache it lasts as long as the program.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::compile::{CompileError, CompileLimits, Compiler, LIMIT, REJECTED};
use super::{Cache, Wasm};

/// The most modules that are remembered without a cache. Beyond that all are forgotten.
const MOST: usize = 1_000;

/// What did not compile.
#[derive(Debug)]
pub(super) struct Remembered {
    /// Notes by digest.
    notes: Mutex<HashMap<String, String>>,
    cache: Option<Arc<Cache>>,
}

impl Remembered {
    pub(super) fn new(cache: Option<Arc<Cache>>) -> Self {
        Self {
            notes: Mutex::default(),
            cache,
        }
    }

    fn notes(&self) -> MutexGuard<'_, HashMap<String, String>> {
        self.notes.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// How a module failed before, if it did under the same limits.
    pub(super) fn get(&self, wasm: &Wasm, compiler: &Compiler) -> Option<CompileError> {
        let limits = line(&compiler.limits(wasm.bytes().len())?);
        let known = self.notes().get(&wasm.sha256).cloned();
        let note = known.or_else(|| self.cache.as_ref()?.noted(&wasm.sha256))?;
        let mut parts = note.splitn(3, '\n');
        if parts.next() != Some(&limits) {
            return None;
        }
        let told = parts.next()?;
        let reason = [REJECTED, LIMIT].into_iter().find(|it| *it == told)?;
        Some(CompileError::Remembered {
            reason,
            message: parts.next()?.to_owned(),
        })
    }

    /// Remembers how a module failed, or forgets that it ever did. Where the compiler itself was at
    /// fault, nothing is known of the module.
    pub(super) fn note(&self, wasm: &Wasm, compiler: &Compiler, error: Option<&CompileError>) {
        let Some(limits) = compiler.limits(wasm.bytes().len()) else {
            return;
        };
        match error {
            None => {
                self.notes().remove(&wasm.sha256);
                if let Some(cache) = &self.cache {
                    cache.forget(&wasm.sha256);
                }
            }
            Some(error) if [REJECTED, LIMIT].contains(&error.reason()) => {
                let note = format!("{}\n{}\n{error}", line(&limits), error.reason());
                if let Some(cache) = &self.cache {
                    cache.note(&wasm.sha256, &note);
                }
                let mut notes = self.notes();
                if notes.len() >= MOST {
                    notes.clear();
                }
                notes.insert(wasm.sha256.clone(), note);
            }
            Some(_) => {}
        }
    }
}

/// Limits on one line.
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
