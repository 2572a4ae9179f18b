//! The processes in an answer.

use crate::rpc::{RpcError, Value};

/// A process, with the [states](http://supervisord.org/subprocess.html#process-states) of supervisord.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Process {
    pub(crate) name: String,
    pub(crate) group: String,
    /// When it was started last: seconds since 1970.
    pub(crate) start: i64,
    pub(crate) state: i64,
    pub(crate) exit_status: i64,
}

/// STARTING, RUNNING, STOPPING.
const UP: [i64; 3] = [10, 20, 40];

impl Process {
    /// The processes of an answer.
    ///
    /// # Errors
    /// It is not a list of processes, or a member that is used has another type.
    pub(crate) fn list(answer: Value) -> Result<Vec<Self>, RpcError> {
        let Value::List(list) = answer else {
            return Err(RpcError::NoProcesses);
        };
        let mut processes = Vec::with_capacity(list.len());
        // What a process lacks is that of the one before.
        let mut process = Self::default();
        for value in list {
            let Value::Members(members) = value else {
                return Err(RpcError::NoProcesses);
            };
            for (name, value) in members {
                process.set(&name, value)?;
            }
            processes.push(process.clone());
        }
        Ok(processes)
    }

    fn set(&mut self, name: &str, value: Value) -> Result<(), RpcError> {
        match name {
            "name" => self.name = text("name", value)?,
            "group" => self.group = text("group", value)?,
            "start" => self.start = integer("start", value)?,
            "state" => self.state = integer("state", value)?,
            "exitstatus" => self.exit_status = integer("exitstatus", value)?,
            _ => {}
        }
        Ok(())
    }

    /// Whether it runs, or is about to start or to stop.
    pub(crate) fn is_up(&self) -> bool {
        UP.contains(&self.state)
    }
}

fn text(member: &'static str, value: Value) -> Result<String, RpcError> {
    match value {
        Value::Text(text) => Ok(text),
        _ => Err(RpcError::Member(member)),
    }
}

fn integer(member: &'static str, value: Value) -> Result<i64, RpcError> {
    match value {
        Value::Integer(number) => Ok(number),
        _ => Err(RpcError::Member(member)),
    }
}
