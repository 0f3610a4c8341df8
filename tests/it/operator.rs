//! The operator: made, kept apart from what others give it, and gone with the pipeline.

use pipectl::manifest::model::Operator;
use pipectl::manifest::spanned::Spanned;
use pipectl::resource::{Kind, Ownership, Resource};
use serde_json::{Value, json};

use crate::convergence::{Bench, flagship};
use crate::support::project::Project;

const MANIFEST: &str = "pipeline.yaml";
const NAME: &str = "spotify-operator";

fn operators(all: Vec<Resource>) -> Vec<Resource> {
    all.into_iter().filter(|r| matches!(r.address.kind, Kind::IamUser | Kind::IamGroup)).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_others_give_an_operator_stays_and_stops_its_deletion() {
    let bench = Bench::start().await;
    let both = operators(bench.desired(&flagship()));
    bench.create_all(&both).await;
    let (group, user) = (&both[0], &both[1]);
    let iam = &bench.cloud.session.iam;
    iam.create_group().group_name("staff").send().await.unwrap();
    iam.add_user_to_group().group_name("staff").user_name(NAME).send().await.unwrap();
    let key = iam.create_access_key().user_name(NAME).send().await.unwrap().access_key.unwrap().access_key_id;
    bench.assert_equal(user).await;
    bench.update(user, "groups").await;
    let live = bench.read(user).await.unwrap().resource;
    assert_eq!(live.fields["groups"], json!({"spotify-operator": "member", "staff": "member"}));

    let error = bench.delete(user, true).await.unwrap_err();
    assert_eq!(error.code(), "foreign-policies");
    assert!(error.message().ends_with(&format!("`membership in staff`, `access key {key}`")), "{error}");
    bench.assert_equal(user).await;
    iam.create_user().user_name("ada").send().await.unwrap();
    iam.add_user_to_group().group_name(NAME).user_name("ada").send().await.unwrap();
    let error = bench.delete(group, true).await.unwrap_err();
    assert!(error.message().ends_with("somebody else put there: `ada`"), "{error}");
    bench.assert_equal(group).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_strangers_namesake_is_told_and_can_be_taken_over() {
    let bench = Bench::start().await;
    let both = operators(bench.desired(&flagship()));
    let iam = &bench.cloud.session.iam;
    iam.create_group().group_name(NAME).path("/people/").send().await.unwrap();
    iam.create_user().user_name(NAME).send().await.unwrap();
    for want in &both {
        let live = bench.read(want).await.unwrap();
        assert!(matches!(live.ownership, Ownership::Strangers(_)), "{}", want.address);
        let handler = pipectl::services::handler(want.address.kind);
        let error = handler.create(&bench.cloud.session, want).await.unwrap_err();
        assert_eq!(error.code(), "stranger", "{}", want.address);
        assert_eq!(bench.read(want).await.unwrap(), live, "{} was written", want.address);
        // Taking over writes every field.
        let fields: Vec<String> = want.fields.keys().cloned().collect();
        handler.update(&bench.cloud.session, &live.resource, want, &fields).await.unwrap();
        bench.assert_equal(want).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_group_alone_is_for_people_of_others() {
    let bench = Bench::start().await;
    let mut manifest = flagship();
    manifest.iam.operator = Some(Operator::Group(Spanned::unplaced("runners".into())));
    let all = operators(bench.desired(&manifest));
    assert_eq!(all.iter().map(|r| r.address.to_string()).collect::<Vec<_>>(), ["iam_group.runners"]);
    bench.create(&all[0]).await;
    bench.assert_equal(&all[0]).await;
}

fn apply(project: &Project) {
    project.run(&["--local", "apply", "--auto-approve"]).ok();
    let plan = project.run(&["--local", "plan", "--detailed-exitcode"]);
    assert_eq!(plan.code(), 0, "{}{}", plan.stdout(), plan.stderr());
}

fn people(project: &Project) -> (Value, Value) {
    let mut all = project.serve().python("inventory.py", &[]);
    (all["users"].take(), all["groups"].take())
}

#[test]
fn an_operator_comes_changes_and_goes() {
    let project = Project::flagship();
    project.edit(MANIFEST, "sources:\n", "iam: { operator: { user: runner } }\nsources:\n");
    apply(&project);
    assert_eq!(people(&project), (json!(["runner"]), json!(["runner"])));
    // Another environment with the same names sees a stranger's.
    let refused = project.run(&["--local", "--env", "prod", "apply", "--auto-approve"]);
    assert_eq!(refused.code(), 1);
    assert!(refused.stderr().contains("`iam_user.runner`"), "{}", refused.stderr());
    // Renamed: the old ones go, the user before its group.
    project.edit(MANIFEST, "{ user: runner }", "{ user: walker }");
    apply(&project);
    assert_eq!(people(&project), (json!(["walker"]), json!(["walker"])));
    project.edit(MANIFEST, "{ user: walker }", "{ group: walker }");
    apply(&project);
    assert_eq!(people(&project), (json!([]), json!(["walker"])));
    project.edit(MANIFEST, "iam: { operator: { group: walker } }\n", "");
    apply(&project);
    assert_eq!(people(&project), (json!([]), json!([])));
    project.edit(MANIFEST, "sources:\n", "iam: { operator: { user: runner } }\nsources:\n");
    apply(&project);
    project.run(&["--local", "destroy", "--env", "dev", "--delete-data", "--auto-approve"]).ok();
    assert_eq!(people(&project), (json!([]), json!([])));
}
