//! A request's body that is lent to a service, and taken back for what the service did not read.
//!
//! A call may be refused before its body was read. If the rest stayed in the connection, the server would have to close
//! it under a client that is about to send its next call there.

use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;
use hyper::body::{Body, Frame, Incoming, SizeHint};

/// How much is read of a body that nobody wants.
const MOST: u64 = 64 * 1024 * 1024;
/// And how long.
const PATIENCE: Duration = Duration::from_secs(5);

/// A body in the hands of a service.
pub struct Lent(Arc<Mutex<Incoming>>);

/// The claim on a body that was lent.
pub struct Claim(Arc<Mutex<Incoming>>);

/// Lends a body.
pub fn lend(body: Incoming) -> (Lent, Claim) {
    let shared = Arc::new(Mutex::new(body));
    (Lent(shared.clone()), Claim(shared))
}

fn open(body: &Mutex<Incoming>) -> MutexGuard<'_, Incoming> {
    body.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Body for Lent {
    type Data = Bytes;
    type Error = hyper::Error;

    fn poll_frame(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, hyper::Error>>> {
        Pin::new(&mut *open(&self.0)).poll_frame(cx)
    }

    fn is_end_stream(&self) -> bool {
        open(&self.0).is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        open(&self.0).size_hint()
    }
}

impl Claim {
    /// Reads what is left, within bounds; whether it came to the end.
    pub async fn finish(self) -> bool {
        tokio::time::timeout(PATIENCE, self.drain()).await.unwrap_or(false)
    }

    async fn drain(self) -> bool {
        let mut taken = 0;
        while !open(&self.0).is_end_stream() {
            let frame = std::future::poll_fn(|cx| Pin::new(&mut *open(&self.0)).poll_frame(cx)).await;
            match frame {
                None => return true,
                Some(Err(_)) => return false,
                Some(Ok(frame)) => taken += frame.data_ref().map_or(0, |data| data.len() as u64),
            }
            if taken > MOST {
                return false;
            }
        }
        true
    }
}
