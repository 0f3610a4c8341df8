//! `local serve`: the local cloud by itself.

use super::args::{Global, ServeArgs};
use super::connect::{LOCAL_ACCOUNT, pinned, root};
use crate::error::{Error, Kind, Result};
use crate::local::glue::spark;
use crate::local::{self, Options};
use crate::report::Out;

/// Serves until interrupted; prints how clients reach it.
pub async fn serve(global: &Global, args: &ServeArgs, out: &Out) -> Result<u8> {
    let (account, region) = pinned(global).unwrap_or((None, "us-east-1".to_owned()));
    let region = global.region.clone().unwrap_or(region);
    let cloud = local::start(Options {
        root: args.root.clone().unwrap_or_else(|| root(&global.file)),
        port: args.port,
        account: args.account.clone().or(account).unwrap_or_else(|| LOCAL_ACCOUNT.to_owned()),
        region: region.clone(),
        access_key_id: args.access_key_id.clone(),
        secret_access_key: args.secret_access_key.clone(),
        request_log: global.request_log.clone(),
        faults: global.fault.clone().unwrap_or_default(),
        spark: args.spark.then(spark::find).transpose()?,
        memory_limit: None,
    })
    .await?;
    let endpoint = cloud.endpoint();
    let value = serde_json::json!({
        "AWS_ENDPOINT_URL": endpoint.url,
        "AWS_ACCESS_KEY_ID": endpoint.access_key_id,
        "AWS_SECRET_ACCESS_KEY": endpoint.secret_access_key,
        "AWS_DEFAULT_REGION": region,
    });
    out.result(&value, |_| {
        let exports = value.as_object().into_iter().flatten();
        exports.map(|(name, value)| format!("export {name}={}\n", value.as_str().unwrap_or_default())).collect()
    })?;
    out.note("serving; Ctrl-C stops it");
    tokio::signal::ctrl_c()
        .await
        .map_err(|e| Error::new(Kind::Io, "signal", format!("cannot wait for Ctrl-C: {e}")))?;
    cloud.shutdown().await;
    Ok(0)
}
