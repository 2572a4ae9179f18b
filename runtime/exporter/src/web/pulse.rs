//! Whether the accept loop turns: a question that only the loop itself can answer.

use tokio::sync::{mpsc, oneshot};

/// Asks the accept loop.
#[derive(Debug, Clone)]
pub struct Pulse(mpsc::Sender<oneshot::Sender<()>>);

/// The end at the accept loop.
#[derive(Debug)]
pub struct Heart(mpsc::Receiver<oneshot::Sender<()>>);

/// Both ends, for [`super::serve`] and for those who ask.
#[must_use]
pub fn pulse() -> (Pulse, Heart) {
    let (sender, receiver) = mpsc::channel(1);
    (Pulse(sender), Heart(receiver))
}

impl Pulse {
    /// Waits until the loop answers. False if it has ended.
    pub async fn beats(&self) -> bool {
        let (question, answer) = oneshot::channel();
        self.0.send(question).await.is_ok() && answer.await.is_ok()
    }

    /// Waits until the loop ends.
    pub async fn ended(&self) {
        self.0.closed().await;
    }
}

impl Heart {
    /// Waits for a question, and answers it. Ends when nobody is left to ask.
    pub(super) async fn beat(&mut self) -> Option<()> {
        let question = self.0.recv().await?;
        // Those who asked may have given up.
        let _ = question.send(());
        Some(())
    }
}
