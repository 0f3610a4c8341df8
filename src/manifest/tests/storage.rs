//! What `storage` says of keys and lifecycles.

use super::{SMALL, load_text};
use crate::manifest::LoadOptions;
use crate::manifest::model::{Storage, StorageClass};

fn storage(places: &str) -> Storage {
    let from = SMALL.find("storage:").unwrap();
    let to = SMALL.find("sources:").unwrap();
    let text = SMALL.replacen(&SMALL[from..to], &format!("storage:\n{places}"), 1);
    load_text(&text, &LoadOptions::default()).unwrap_or_else(|e| panic!("{e}\n{text}")).storage
}

#[test]
fn lifecycles_are_read_in_the_order_of_the_classes() {
    let read = storage(
        "  staging: { uri: s3://bucket/in/, versioning: true }\n  warehouse: { uri: s3://bucket/out/, versioning: true }\n  \
         results: s3://other/results/\n  lifecycle:\n    staging: { expire: 365d, glacier_ir: 90d, standard_ia: 30d }\n    \
         warehouse: { intelligent_tiering: 0d, expire_noncurrent: 7d }\n    \
         results: { deep_archive: 1d, expire: 30d, abort_uploads: 2d }\n",
    );
    let [staging, warehouse, results] = read.places().map(|(_, _, lifecycle)| lifecycle.unwrap().clone());
    let moves =
        |l: &crate::manifest::model::Lifecycle| l.transitions.iter().map(|(c, d)| (*c, **d)).collect::<Vec<_>>();
    assert_eq!(moves(&staging), [(StorageClass::StandardIa, 30), (StorageClass::GlacierIr, 90)]);
    assert_eq!(staging.expire.as_deref(), Some(&365));
    assert_eq!(moves(&warehouse), [(StorageClass::IntelligentTiering, 0)]);
    assert_eq!(warehouse.expire_noncurrent.as_deref(), Some(&7));
    assert_eq!(moves(&results), [(StorageClass::DeepArchive, 1)]);
    assert_eq!((results.expire.as_deref(), results.abort_uploads.as_deref()), (Some(&30), Some(&2)));
}

#[test]
fn nothing_is_said_by_default() {
    let read = storage("  staging: s3://bucket/in/\n  warehouse: s3://bucket/out/\n  results: s3://bucket/results/\n");
    assert!(read.places().iter().all(|(_, place, lifecycle)| lifecycle.is_none() && place.kms_key.is_none()));
}

#[test]
fn a_key_may_be_named_by_an_alias() {
    let key = "arn:aws:kms:us-east-1:123456789012:alias/lake";
    let place = |name: &str| format!("  {name}: {{ uri: s3://bucket/{name}/, kms_key: \"{key}\" }}\n");
    let read = storage(&["staging", "warehouse", "results"].map(place).concat());
    assert!(read.places().iter().all(|(_, place, _)| place.kms_key.as_ref().is_some_and(|k| k.value == key)));
}
