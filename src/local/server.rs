//! The one HTTP server in front of all services.

use std::net::Ipv4Addr;
use std::sync::Arc;
use std::time::Duration;

use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use rand::Rng;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::JoinSet;

use super::faults::Faults;
use super::iam::Iam;
use super::lag::Lag;
use super::options::{Endpoint, Options};
use super::owners::Owner;
use super::query::QueryService;
use super::regions::Regions;
use super::request_log::RequestLog;
use super::router::Router;
use super::s3;
use super::sigv4::Verifier;
use super::store::Store;
use super::sts::Sts;
use crate::error::{Error, Kind, Result};

/// How long [`Cloud::shutdown`] waits for calls in flight.
const PATIENCE: Duration = Duration::from_secs(10);

/// The services that are one for all regions.
fn query_services(store: &Store) -> Vec<Arc<dyn QueryService>> {
    vec![Arc::new(Iam::new(store.clone())), Arc::new(Sts::new(store.clone()))]
}

/// A running local cloud. Dropping it stops it: no new calls, those in flight finish.
pub struct Cloud {
    endpoint: Endpoint,
    store: Store,
    stop: watch::Sender<bool>,
    listener: Option<tokio::task::JoinHandle<()>>,
}

/// Starts the local cloud on the running tokio runtime.
///
/// Fails when the port is taken or the root folder cannot be made.
pub async fn start(options: Options) -> Result<Cloud> {
    let store = Store::open(&options)?;
    let owner = Owner::register(&store)?;
    let log = options.request_log.as_deref().map(RequestLog::open).transpose()?;
    let bound = TcpListener::bind((Ipv4Addr::LOCALHOST, options.port)).await;
    let listener = bound.map_err(|e| cannot_listen(options.port, e))?;
    let port = listener.local_addr().map_err(|e| cannot_listen(options.port, e))?.port();
    let endpoint = Endpoint {
        url: format!("http://127.0.0.1:{port}"),
        access_key_id: options.access_key_id.unwrap_or_else(|| format!("LKIA{}", random_text(16, UPPER))),
        secret_access_key: options.secret_access_key.unwrap_or_else(|| random_text(40, ALNUM)),
    };
    store.serve_at(&endpoint);
    let router = Router {
        port,
        verifier: Verifier::new(&endpoint.access_key_id, &endpoint.secret_access_key),
        regions: Regions::new(store.clone(), owner),
        query: query_services(&store),
        s3: s3::front(&store, &endpoint),
        log,
        faults: Faults::new(options.faults),
        lag: Lag::default(),
    };
    let (stop, stopped) = watch::channel(false);
    let listener = Some(tokio::spawn(listen(listener, Arc::new(router), stopped)));
    Ok(Cloud { endpoint, store, stop, listener })
}

impl Cloud {
    /// Where it listens, and the credentials it accepts.
    pub fn endpoint(&self) -> &Endpoint {
        &self.endpoint
    }

    /// Its state.
    pub fn store(&self) -> &Store {
        &self.store
    }

    /// Stops it and waits until the calls in flight are answered, at most ten seconds.
    pub async fn shutdown(mut self) {
        let _ = self.stop.send(true);
        if let Some(listener) = self.listener.take() {
            let _ = tokio::time::timeout(PATIENCE, listener).await;
        }
    }
}

impl Drop for Cloud {
    fn drop(&mut self) {
        let _ = self.stop.send(true);
    }
}

fn cannot_listen(port: u16, error: std::io::Error) -> Error {
    let message = format!("the local cloud cannot listen on 127.0.0.1:{port}: {error}");
    Error::new(Kind::Io, "local-port", message).with_help("choose another port, or 0 for a free one").with_source(error)
}

const UPPER: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
const ALNUM: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";

fn random_text(length: usize, letters: &[u8]) -> String {
    let mut rng = rand::rng();
    (0..length).map(|_| letters[rng.random_range(0..letters.len())] as char).collect()
}

async fn listen(listener: TcpListener, router: Arc<Router>, mut stopped: watch::Receiver<bool>) {
    let mut connections = JoinSet::new();
    loop {
        tokio::select! {
            () = until(&mut stopped) => break,
            accepted = listener.accept() => match accepted {
                Ok((stream, _)) => {
                    connections.spawn(serve(stream, router.clone(), stopped.clone()));
                }
                // Out of file descriptors, or a client that was gone at once: others still want to be served.
                Err(error) => {
                    tracing::warn!(%error, "a connection was not accepted");
                    tokio::time::sleep(Duration::from_millis(50)).await;
                }
            },
            Some(_) = connections.join_next() => {}
        }
    }
    drop(listener);
    while connections.join_next().await.is_some() {}
}

/// Returns when the cloud is to stop, or is gone.
async fn until(stopped: &mut watch::Receiver<bool>) {
    let _ = stopped.wait_for(|stop| *stop).await;
}

async fn serve(stream: TcpStream, router: Arc<Router>, mut stopped: watch::Receiver<bool>) {
    let _ = stream.set_nodelay(true);
    let service = service_fn(move |request: http::Request<Incoming>| {
        let router = router.clone();
        async move { router.answer(request).await }
    });
    let mut builder = http1::Builder::new();
    builder.timer(TokioTimer::new());
    let mut connection = std::pin::pin!(builder.serve_connection(TokioIo::new(stream), service));
    let ended = tokio::select! {
        ended = connection.as_mut() => Some(ended),
        () = until(&mut stopped) => None,
    };
    let ended = match ended {
        Some(ended) => ended,
        None => {
            connection.as_mut().graceful_shutdown();
            connection.await
        }
    };
    if let Err(error) = ended {
        tracing::debug!(%error, "a connection broke");
    }
}
