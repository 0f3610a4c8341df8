//! The paths that mark what is ours in IAM. Roles stand at `/pipectl/<pipeline>/`: their tags say the rest, their names the region.
//!
//! The operator's user and group stand at `/pipectl/<pipeline>/<environment>/<region>/[<id>/]`. It makes them listable, and
//! it is the mark of ownership. IAM is one for all regions, and the manifest alone names these two, so the region has to
//! stand in the mark: the same pipeline in another region is a stranger to them. Groups take no tags, so the path is all the
//! mark they have.

use crate::resource::{Owner, Ownership};

/// The path of a pipeline's roles.
pub(in crate::services) fn of_roles(pipeline: &str) -> String {
    format!("/pipectl/{pipeline}/")
}

/// The path of an owner's operator.
pub(in crate::services) fn of(owner: &Owner, region: &str) -> String {
    let id = owner.id.as_ref().map(|id| format!("{id}/")).unwrap_or_default();
    format!("{}{}/{region}/{id}", of_roles(&owner.pipeline), owner.environment)
}

/// Whose what stands at this path is.
pub(super) fn judge(owner: &Owner, region: &str, live: &str) -> Ownership {
    let ours = of(owner, region);
    if live == ours { Ownership::Ours } else { Ownership::Strangers(format!("its path is `{live}`, not `{ours}`")) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn owner(environment: &str, id: Option<&str>) -> Owner {
        Owner { pipeline: "spotify".into(), environment: environment.into(), id: id.map(str::to_owned) }
    }

    #[test]
    fn one_path_an_owner_and_region() {
        let paths = [
            of(&owner("dev", None), "us-east-1"),
            of(&owner("dev", Some("6f1c")), "us-east-1"),
            of(&owner("prod", None), "us-east-1"),
            of(&owner("dev", None), "eu-west-1"),
        ];
        assert_eq!(paths[..2], ["/pipectl/spotify/dev/us-east-1/", "/pipectl/spotify/dev/us-east-1/6f1c/"]);
        for (index, path) in paths.iter().enumerate() {
            assert!(!paths[..index].contains(path));
            let whose = judge(&owner("dev", None), "us-east-1", path);
            assert_eq!(whose == Ownership::Ours, index == 0, "{path}");
        }
        let told = Ownership::Strangers("its path is `/`, not `/pipectl/spotify/dev/us-east-1/`".into());
        assert_eq!(judge(&owner("dev", None), "us-east-1", "/"), told);
    }
}
